#include "rehearse/single_hook.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "answer/script_host.hpp"
#include "base/text.hpp"
#include "mail/nexthop.hpp"
#include "mail/recipient.hpp"
#include "rehearse/played.hpp"

namespace nexthopd::rehearse {

namespace {

using State = script::HookState;

constexpr auto hook_time = std::chrono::seconds(10);  // a person waits

struct Form {
    const char* hook;
    const char* arguments;
    std::size_t least;
    std::size_t most;
};
constexpr std::array forms = {
    Form{"GetCheckCache", "DOMAIN [RETRIES [SIZE]]", 1, 3},
    Form{"GetOverrides", "DOMAIN [RETRIES [SIZE]]", 1, 3},
    Form{"CheckServer", "DOMAIN SERVER [RETRIES [SIZE [true|false]]]", 2, 5},
    Form{"FinalOverrides", "DOMAIN RETRIES SIZE [SERVER ...]", 3, 3 + mail::max_nexthop_hosts},
};

struct Arguments {
    const Form* form = nullptr;
    std::string domain;
    decide::MailFacts mail;
    std::vector<std::string> servers;
    bool default_result = true;
};

base::Result<Arguments> read(const HookCall& call) {
    Arguments out;
    const auto form =
        std::find_if(forms.begin(), forms.end(), [&](const Form& one) { return one.hook == call.hook; });
    if (form == forms.end())
        return base::fail(R"("{}" is no hook: GetCheckCache, GetOverrides, CheckServer, FinalOverrides)",
                          call.hook);
    out.form = &*form;
    const auto& given = call.arguments;
    if (given.size() < form->least || given.size() > form->most)
        return base::fail("{} takes {}", form->hook, form->arguments);
    out.domain = given.front();
    std::size_t at = 1;
    if (call.hook == "CheckServer") out.servers.push_back(given[at++]);
    std::array<std::uint64_t, 2> numbers{};  // retries and size
    for (auto& number : numbers) {
        if (at == given.size()) break;
        const auto value = base::parse_number(given[at], UINT32_MAX);
        if (!value)
            return base::fail("{}: \"{}\" is not a number; it takes {}", form->hook, given[at],
                              form->arguments);
        number = *value;
        ++at;
    }
    out.mail.retries = static_cast<std::uint32_t>(numbers[0]);
    out.mail.size = numbers[1];
    if (call.hook == "FinalOverrides") {
        out.servers.assign(given.begin() + static_cast<std::ptrdiff_t>(at), given.end());
    } else if (at < given.size()) {
        if (given[at] != "true" && given[at] != "false")
            return base::fail("{}: \"{}\" is neither true nor false", form->hook, given[at]);
        out.default_result = given[at] == "true";
    }
    return out;
}

/// What nexthop.count() of a daemon with that ledger would know.
void remember_attempts(ledger::Reader& reader, base::WallTime now, state::AttemptCounts& counters) {
    ledger::QueryLimits limits;
    limits.time = hook_time;
    limits.rows = 1'000'000;
    limits.bytes = 100'000'000;
    const auto since = now - std::chrono::seconds(state::Counters::window_seconds);
    const auto rows = reader.run(
        "SELECT server, domain, reason, substr(result, 1, 1), starttime FROM sendattempts WHERE starttime > "
        "?1",
        {base::ledger_time(since)}, limits);
    if (!rows) return;  // no ledger yet: nothing was counted
    for (const auto& row : rows->rows) {
        const auto time = base::parse_ledger_time(row[4].value_or(""));
        if (time && row[3] && !row[3]->empty())
            counters.add({row[0].value_or(""), row[1].value_or(""), row[2].value_or(""), row[3]->front()},
                         *time, now);
    }
}

State start(script::HookRun& run, const Arguments& arguments, base::Instant limit) {
    const std::string_view hook = arguments.form->hook;
    if (hook == "GetCheckCache") return run.get_check_cache(arguments.domain, arguments.mail, limit);
    if (hook == "GetOverrides") return run.get_overrides(arguments.domain, arguments.mail, limit);
    if (hook == "CheckServer")
        return run.check_server(arguments.domain, arguments.servers.front(), arguments.mail,
                                arguments.default_result, limit);
    std::vector<decide::Candidate> servers;
    for (const auto& server : arguments.servers)
        servers.push_back({server, static_cast<std::uint16_t>(10 * (servers.size() + 1))});
    return run.final_overrides(arguments.domain, arguments.mail, servers, limit);
}

script::Awaited answer_slowly(ledger::Reader& reader, const script::HookRun& run) {
    const auto& query = *run.pending_query();  // the resolver has an answer to everything at hand
    ledger::QueryLimits limits;
    limits.time = hook_time;
    auto rows = reader.run(query.sql, query.parameters, limits);
    if (!rows) return script::QueryFailure{std::move(rows.error().text)};
    rows->columns = query.columns;
    return *std::move(rows);
}

std::string text_of(const std::optional<bool>& value) {
    return value ? (*value ? "true" : "false") : "nil";
}

base::Result<std::string> returned(script::HookRun& run, std::string_view hook) {
    if (hook == "GetCheckCache") {
        auto answer = run.check_cache_answer();
        if (!answer) return tl::unexpected(answer.error());
        return text_of(*answer);
    }
    if (hook == "CheckServer") {
        auto answer = run.server_answer();
        if (!answer) return tl::unexpected(answer.error());
        return text_of(answer->use) + (answer->minutes ? fmt::format(", {}", *answer->minutes) : "");
    }
    auto answer = run.overrides_answer();
    if (!answer) return tl::unexpected(answer.error());
    std::string text = "nil";
    if (answer->map) {
        auto nexthop = mail::nexthop_text(*answer->map);
        if (!nexthop) return tl::unexpected(nexthop.error());
        text = *std::move(nexthop);
    }
    return answer->go_on ? text : text + ", false";
}

bool defines(const script::Vm& vm, std::string_view hook) {
    const auto hooks = vm.hooks();
    return (hook == "GetCheckCache" && hooks.get_check_cache) ||
           (hook == "GetOverrides" && hooks.get_overrides) || (hook == "CheckServer" && hooks.check_server) ||
           (hook == "FinalOverrides" && hooks.final_overrides);
}

}  // namespace

base::Result<HookOutcome> run_hook(const std::shared_ptr<script::Vm>& vm, const HookCall& call) {
    const auto arguments = read(call);
    if (!arguments) return tl::unexpected(arguments.error());
    if (!defines(*vm, call.hook)) return base::fail("the script does not define {}", call.hook);

    const base::SystemClock clock;
    ledger::Reader reader(call.database);
    answer::Knowledge knowledge;
    remember_attempts(reader, clock.wall(), knowledge.counters);
    sql::Translations translations;
    script::Store store;
    PlayedResolver resolver;
    answer::ScriptHost host(knowledge, resolver, reader, translations, store, clock);
    answer::Trace trace(clock.now());
    decide::Question question;
    question.recipient = mail::parse_recipient("postmaster@" + arguments->domain);
    host.reset(&trace, question, arguments->mail, false);

    script::HookRun run(vm, host, "");
    const auto limit = clock.now() + hook_time;
    auto state = start(run, *arguments, limit);
    while (state == State::waiting)
        state = run.resume(answer_slowly(reader, run), limit);
    host.pause();
    HookOutcome out{trace.steps(), {}};
    if (state == State::failed) return base::fail("{}", run.error());
    if (state == State::out_of_time)
        return base::fail("{} was stopped after {} s", call.hook, hook_time.count());
    auto text = returned(run, call.hook);
    if (!text) return tl::unexpected(text.error());
    out.returned = *std::move(text);
    return out;
}

}  // namespace nexthopd::rehearse
