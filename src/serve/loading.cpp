#include "serve/loading.hpp"

#include <pwd.h>
#include <unistd.h>

#include <sys/stat.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/text.hpp"
#include "classify/rules_file.hpp"
#include "mta/postconf.hpp"
#include "rules/providers_file.hpp"
#include "rules/rules_file.hpp"
#include "serve/quarantine.hpp"

namespace nexthopd::serve {

namespace {

constexpr off_t max_script = 1 << 20;  // a megabyte of Lua takes 0.2 s to compile

base::Result<std::string> read_file(const std::string& path) {
    struct stat facts {};
    if (stat(path.c_str(), &facts) != 0) return base::fail("{}: {}", path, std::strerror(errno));
    if (!S_ISREG(facts.st_mode)) return base::fail("{}: not a file", path);
    if (facts.st_size > max_script) return base::fail("{}: larger than {} bytes", path, max_script);
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file) return base::fail("{}: cannot be read", path);
    return std::move(text).str();
}

std::vector<std::string> lines_of(const config::Problems& problems) {
    std::vector<std::string> out;
    for (const auto& problem : problems)
        out.push_back(config::to_text(problem));
    return out;
}

base::Result<std::shared_ptr<script::Vm>> load_with(const config::Settings& settings, const ScriptText& text,
                                                    script::ReadModule read_module) {
    std::vector<script::Connection> connections;
    for (const auto& connection : settings.connection)
        connections.push_back({connection.name, connection.id});
    script::Vm::Options options;
    options.memory = settings.script.memory;
    options.read_module = std::move(read_module);
    auto vm = script::Vm::load(text.main, settings.script.file, connections, std::move(options));
    if (!vm) return tl::unexpected(vm.error());
    // Only now its modules are known.
    if (const auto why = quarantined(state_folder(settings.ledger.database), text.whole()); !why.empty())
        return base::fail("{}: {}", settings.script.file, why);
    return std::shared_ptr<script::Vm>(*std::move(vm));
}

}  // namespace

base::Result<std::optional<ScriptText>> read_script(const config::Settings& settings) {
    const auto& path = settings.script.file;
    if (path.empty() || (path == config::Script{}.file && access(path.c_str(), F_OK) != 0))
        return std::optional<ScriptText>();
    auto text = read_file(path);
    if (!text) return tl::unexpected(text.error());
    return std::optional<ScriptText>({*std::move(text), {}});
}

base::Result<std::shared_ptr<script::Vm>> load_script(const config::Settings& settings,
                                                      std::optional<ScriptText>& text) {
    if (!text) return std::shared_ptr<script::Vm>();
    const auto folder = std::filesystem::path(settings.script.file).parent_path();
    return load_with(settings, *text, [&](const std::string& name) -> base::Result<std::string> {
        auto& module = text->modules[name];
        auto found = read_file((folder / (name + ".lua")).string());
        if (found) module = *found;
        return found;
    });
}

base::Result<std::shared_ptr<script::Vm>> load_script_again(const config::Settings& settings,
                                                            const std::optional<ScriptText>& text) {
    if (!text) return std::shared_ptr<script::Vm>();
    return load_with(settings, *text, [&](const std::string& name) -> base::Result<std::string> {
        const auto found = text->modules.find(name);
        if (found == text->modules.end()) return base::fail("{}.lua was not kept", name);
        return found->second;
    });
}

answer::Policy policy_of(const config::Settings& settings) {
    answer::Policy policy;
    policy.observe = settings.mode == config::Mode::observe;
    policy.deadline = settings.deadline.transport;
    policy.exim_deadline = settings.deadline.exim;
    policy.script_time = settings.script.time;
    policy.hold_default = settings.hold.fallback;
    policy.hold_max = settings.hold.max;
    policy.hold_max_total = settings.hold.max_total;
    const auto shortest =
        std::min_element(settings.exim.begin(), settings.exim.end(),
                         [](const auto& a, const auto& b) { return a.retry_limit < b.retry_limit; });
    if (shortest != settings.exim.end()) policy.exim_retry_limit = shortest->retry_limit;
    policy.bypass_relayhost = settings.allow_bypass_relayhost;
    policy.insecure_override = settings.allow_insecure_override;
    policy.decide_relay_domains = settings.decide_relay_domains;
    policy.local_domains.insert(settings.local_domains.begin(), settings.local_domains.end());
    return policy;
}

namespace {

Loaded with_exim_keys(Loaded loaded) {
    loaded.exim_keys = EximKeys::read(loaded.settings, loaded.exim_problems);
    return loaded;
}

/// Everything but the rules, which take the time of a start.
tl::expected<Loaded, std::vector<std::string>> load_without_rules(const std::string& path) {
    auto sources = config::load(path);
    if (!sources) return tl::unexpected(lines_of(sources.error()));
    auto settings = config::understand(*sources);
    if (!settings) return tl::unexpected(lines_of(settings.error()));
    auto text = read_script(*settings);
    if (!text) return tl::unexpected(std::vector<std::string>{text.error().text});
    auto script = load_script(*settings, *text);
    if (!script) return tl::unexpected(std::vector<std::string>{script.error().text});
    return with_exim_keys(
        {*std::move(settings), *std::move(script), {}, {*std::move(sources), *std::move(text)}});
}

}  // namespace

tl::expected<Judgement, config::Problems> load_rules(const std::vector<config::Source>& sources) {
    Judgement out;
    auto replies = classify::read_rules(sources);
    if (!replies) return tl::unexpected(std::move(replies.error()));
    if (!replies->empty()) {
        auto classifier = classify::Classifier::build(*std::move(replies));
        if (!classifier) return tl::unexpected(std::move(classifier.error()));
        out.classifier = *std::move(classifier);
    }
    auto list = rules::read_providers(sources);
    if (!list) return tl::unexpected(std::move(list.error()));
    auto providers = rules::Providers::build(*std::move(list));
    if (!providers) return tl::unexpected(std::move(providers.error()));
    auto rules = rules::read_rules(sources);
    if (!rules) return tl::unexpected(std::move(rules.error()));
    auto set = rules::RuleSet::build(*std::move(rules), *std::move(providers), out.classifier.get());
    if (!set) return tl::unexpected(std::move(set.error()));
    out.rules = *std::move(set);
    return out;
}

tl::expected<Loaded, std::vector<std::string>> load(const std::string& path) {
    auto loaded = load_without_rules(path);
    if (!loaded) return loaded;
    auto judgement = load_rules(loaded->texts.sources);
    if (!judgement) return tl::unexpected(lines_of(judgement.error()));
    loaded->judgement = *std::move(judgement);
    return loaded;
}

Start load_for_start(const std::string& path) {
    auto loaded = load_without_rules(path);
    if (loaded) return {*std::move(loaded), {}, false};
    const auto salvaged = config::salvage(path);
    if (auto texts = recall(state_folder(salvaged.ledger.database), path))
        if (auto settings = config::understand(texts->sources))
            if (auto script = load_script_again(*settings, texts->script))
                return {with_exim_keys({*std::move(settings), *std::move(script), {}, *std::move(texts)}),
                        std::move(loaded.error()), true};
    return {with_exim_keys({salvaged, nullptr, {}, {}}), std::move(loaded.error()), false};
}

StartRules load_rules_for_start(const std::string& path, const std::string& folder,
                                const std::vector<config::Source>& sources) {
    auto judgement = load_rules(sources);
    if (judgement) return {*std::move(judgement), {}};
    StartRules out{std::nullopt, lines_of(judgement.error())};
    if (const auto texts = recall(folder, path))
        if (auto older = load_rules(texts->sources)) out.judgement = *std::move(older);
    return out;
}

base::Result<ledger::Privacy> privacy_of(const config::Ledger& settings) {
    using Mode = ledger::Privacy::Mode;
    switch (settings.privacy) {
        case config::Privacy::full:
            return ledger::Privacy();
        case config::Privacy::domain:
            return ledger::Privacy(Mode::domain, {});
        case config::Privacy::hashed:
            break;
    }
    return ledger::Privacy::open(Mode::hashed, state_folder(settings.database) + "/privacy.key");
}

config::Settings settings_for_start(const std::string& path) {
    if (auto settings = config::read(path)) return *std::move(settings);
    auto salvaged = config::salvage(path);
    if (const auto texts = recall(state_folder(salvaged.ledger.database), path))
        if (auto settings = config::understand(texts->sources)) return *std::move(settings);
    return salvaged;
}

LogIdentity log_identity(const std::string& syslog_name, const std::string& instance_name,
                         const std::string& mail_owner) {
    LogIdentity out;
    if (!syslog_name.empty()) out.syslog_name = syslog_name;
    // Debian's template unit has "-" for the default instance; others start all instances in one unit.
    out.units = {"postfix@" + (instance_name.empty() ? "-" : instance_name) + ".service", "postfix.service"};
    if (const auto* const owner = getpwnam(mail_owner.empty() ? "postfix" : mail_owner.c_str()))
        out.users.push_back(owner->pw_uid);
    out.users.push_back(0);  // local(8), pipe(8) and virtual(8)
    return out;
}

base::Result<MtaFacts> ask_mta(const std::vector<config::PostfixInstance>& instances) {
    MtaFacts out;
    std::array<char, 256> name{};
    if (gethostname(name.data(), name.size() - 1) == 0)
        if (auto host = mail::host_name(name.data())) out.self.names.push_back(*std::move(host));
    bool first = true;
    for (const auto& instance : instances) {
        if (instance.config_directory.empty()) continue;
        auto view = mta::ask_postconf(instance.config_directory);
        if (!view) return tl::unexpected(view.error());
        if (!view->myhostname.empty()) out.self.names.push_back(std::move(view->myhostname));
        if (view->all_interfaces)
            for (const auto& address : mta::interface_addresses())
                view->addresses.push_back(address);
        out.self.addresses.insert(out.self.addresses.end(), view->addresses.begin(), view->addresses.end());
        for (auto& domain : view->local_domains)
            out.view.local_domains.insert(std::move(domain));
        out.relay_hosts.insert(out.relay_hosts.end(), view->relay_hosts.begin(), view->relay_hosts.end());
        out.logged_as[instance.name] = log_identity(view->syslog_name, view->instance_name, view->mail_owner);
        if (const auto* const owner = getpwnam(view->mail_owner.c_str()))
            out.view.owners.push_back(owner->pw_uid);
        for (auto& domain : view->relay_domains)
            out.view.relay_domains.insert(std::move(domain));
        out.view.relays = out.view.relays || view->relays;
        out.view.filters = first ? view->filters : out.view.filters && view->filters;
        out.view.tls = std::max(out.view.tls, view->tls);
        if (!view->tables.empty() || !view->tls_tables.empty())
            out.tables.push_back(
                {instance.config_directory, std::move(view->tables), std::move(view->tls_tables)});
        out.view.queue_lifetime =
            first ? view->queue_lifetime : std::min(out.view.queue_lifetime, view->queue_lifetime);
        out.view.maximal_backoff =
            first ? view->maximal_backoff : std::max(out.view.maximal_backoff, view->maximal_backoff);
        first = false;
    }
    out.view.tables = !out.tables.empty();
    return out;
}

}  // namespace nexthopd::serve
