// What is in force: settings, script, and what the MTA says of itself; read at the start and again.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>

#include <systemd/sd-daemon.h>


#include "base/log.hpp"
#include "base/no_throw.hpp"
#include "serve/daemon.hpp"
#include "serve/log_sources.hpp"
#include "serve/quarantine.hpp"

namespace nexthopd::serve {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds between_looks_at_mta{300};
constexpr std::chrono::seconds retry_mta{30};

}  // namespace

void Daemon::apply(Loaded loaded) {
    settings_ = std::move(loaded.settings);
    script_ = std::move(loaded.script);
    replacing_script_ = false;
    script_text_ = std::move(loaded.texts.script);
    watch(script_text_);
    reasons_->use(loaded.judgement.classifier, loaded.judgement.rules->patterns());
    if (rules_known_) use_rules(loaded.judgement.rules);
    load_state_.problems.clear();
    std::string config_directory;
    for (const auto& instance : settings_.postfix)
        if (config_directory.empty()) config_directory = instance.config_directory;
    releaser_.set_options(settings_.release, config_directory);
    policy_.act = settings_.policy.act;
    exim_.keys = std::move(loaded.exim_keys);
    exim_problems_ = std::move(loaded.exim_problems);
    for (const auto& problem : exim_problems_)
        log::error("{}", problem);
    publish_policy();
}

void Daemon::apply(MtaFacts facts) {
    mta_problem_.clear();
    tables_.set_tables(std::move(facts.tables));
    mta_ = std::move(facts.view);
    dns_->set_self(std::move(facts.self));
    publish_policy();
}

void Daemon::publish_policy() {
    auto policy = std::make_shared<answer::Policy>(policy_of(settings_));
    policy->script = script_;
    policy->mta = mta_;
    policy->privacy = privacy_;
    pipeline_.set_policy(std::move(policy));
}

asio::awaitable<void> Daemon::reload() {
    sd_notify(0, "RELOADING=1");
    next_look_at_mta_.cancel();  // its configuration may be what has changed
    auto job = [path = settings_path_] { return load(path); };
    auto loaded = co_await worker_.run(std::move(job));
    load_state_.when = clock_.wall();
    if (loaded) {
        rules_known_ = true;
        const auto& now = loaded->settings;
        if (now.listen != settings_.listen || now.ledger != settings_.ledger ||
            now.postfix != settings_.postfix || now.dns != settings_.dns || now.syslog != settings_.syslog)
            log::warning(
                "reload: changes of listen, syslog, dns, ledger and [[postfix]] take effect at the next "
                "restart");
        // What belongs to open sockets and files stays as it is in use.
        loaded->settings.listen = settings_.listen;
        loaded->settings.ledger = settings_.ledger;
        loaded->settings.postfix = settings_.postfix;
        loaded->settings.dns = settings_.dns;
        loaded->settings.syslog = settings_.syslog;
        auto texts = loaded->texts;
        apply(*std::move(loaded));
        asio::co_spawn(io_, keep_texts(std::move(texts)), asio::detached);
        log::info("reloaded: script={}", script_ ? settings_.script.file : std::string("none"));
    } else {
        load_state_.problems = std::move(loaded.error());
        for (const auto& problem : load_state_.problems)
            log::error("{}", problem);
        log::error("reload refused: the settings and the script before stay in force");
    }
    sd_notify(0, "READY=1");
}

/// A script that has filled its memory begins anew, with what it keeps forgotten: else each of its hooks
/// would fail.
asio::awaitable<void> Daemon::replace_full_script() {
    const auto full = script_;
    auto job = [settings = settings_, text = script_text_] { return load_script_again(settings, text); };
    auto fresh = co_await worker_.run(std::move(job));
    if (script_ != full) co_return;  // a reload came between
    if (fresh) {
        log::warning(
            "the script had used up its memory (script.memory): it was loaded again, and has forgotten what "
            "it kept");
        script_ = *std::move(fresh);
        replacing_script_ = false;
        publish_policy();
    } else {
        log::error("the script has used up its memory and cannot be loaded again: {}", fresh.error().text);
    }
}

asio::awaitable<void> Daemon::ask_mta_again() {
    while (true) {
        next_look_at_mta_.expires_after(mta_ ? between_looks_at_mta : retry_mta);
        co_await next_look_at_mta_.async_wait(base::no_throw);  // cancelled: now
        auto job = [instances = settings_.postfix] { return ask_mta(instances); };
        auto facts = co_await worker_.run(std::move(job));
        if (facts)
            apply(*std::move(facts));
        else
            mta_problem_ = facts.error().text;  // what was known stays known
    }
}

/// The rules of a start. Mistakes in them leave the rest as it is.
asio::awaitable<void> Daemon::begin_rules(LastGood texts, bool all_well) {
    auto job = [path = settings_path_, folder = state_folder(settings_.ledger.database),
                sources = texts.sources] { return load_rules_for_start(path, folder, sources); };
    auto rules = co_await worker_.run(std::move(job));
    if (load_state_.when != started_ && load_state_.problems.empty()) co_return;  // a reload was quicker
    if (rules.judgement) {
        rules_known_ = true;
        reasons_->use(rules.judgement->classifier, rules.judgement->rules->patterns());
        use_rules(rules.judgement->rules);
    }
    for (const auto& problem : rules.problems)
        log::error("{}", problem);
    if (!rules.problems.empty())
        log::error("{} until this is mended and nexthopd is told to reload",
                   rules.judgement ? "the last good rules are in force" : "no rules are in force");
    all_well = all_well && rules.problems.empty();
    load_state_.problems.insert(load_state_.problems.end(), rules.problems.begin(), rules.problems.end());
    if (all_well) co_await keep_texts(std::move(texts));
}

/// For the next start, should the files have mistakes then.
asio::awaitable<void> Daemon::keep_texts(LastGood texts) {
    auto job = [folder = state_folder(settings_.ledger.database), path = settings_path_,
                texts = std::move(texts)] { return keep(folder, path, texts); };
    const auto kept = co_await worker_.run(std::move(job));
    texts_problem_ = kept ? std::string() : kept.error().text;
    if (!kept)
        log::warning("{}; a start that meets mistakes in the settings would have no older ones",
                     texts_problem_);
}

/// A new watchdog for each script: what it would note is fixed, so it shares nothing that changes.
void Daemon::watch(const std::optional<ScriptText>& script) {
    watchdog_.emplace(WatchPace(), [file = quarantine_path(state_folder(settings_.ledger.database)),
                                         note = script ? quarantine_note(script->whole()) : std::string()](
                                            const char* hook) { give_up(file, note, hook); });
}

std::vector<std::string> Daemon::mta_problems() const {
    auto out = exim_problems_;
    for (const auto& problem :
         {mta_problem_, tables_.problem(), texts_problem_, unheard_syslog(settings_), privacy_problem_})
        if (!problem.empty()) out.push_back(problem);
    return out;
}

}  // namespace nexthopd::serve
