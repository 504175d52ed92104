// The commands of the control socket, one function each: request in, lines out.
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>

#include "answer/run.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "config/units.hpp"
#include "ledger/listing.hpp"
#include "ledger/server_health.hpp"
#include "serve/control.hpp"
#include "serve/daemon.hpp"
#include "serve/json.hpp"
#include "serve/problems.hpp"

namespace nexthopd::serve {

namespace asio = boost::asio;
using nlohmann::json;

namespace {

/// An attempt counts as evidence when it lies in this window before the hold, where the hook named none.
constexpr std::int64_t usual_window = 900;
constexpr std::size_t max_holds_listed = 10'000;
constexpr std::size_t max_ids_shown = 100;
constexpr std::uint64_t usual_servers = 20;
constexpr std::uint64_t max_servers_listed = 1'000;

std::string text_of(const json& request, const char* key) {
    const auto found = request.find(key);
    return found != request.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<std::uint64_t> number_of(const json& request, const char* key) {
    const auto found = request.find(key);
    if (found == request.end() || !found->is_number_unsigned()) return std::nullopt;
    return found->get<std::uint64_t>();
}

ControlReply refuse(std::string text) {
    return {{{{"error", std::move(text)}}}, 2};
}

json gap_json(const std::optional<state::LogGap::Gap>& gap) {
    if (!gap) return nullptr;
    return {{"since", base::rfc3339(gap->since)}, {"why", gap->why}};
}

json syslog_json(const std::optional<follow::SyslogCounters>& counters) {
    if (!counters) return nullptr;
    return {{"taken", counters->taken},
            {"other", counters->other},
            {"malformed", counters->malformed},
            {"not_allowed", counters->not_allowed},
            {"refused", counters->refused},
            {"dropped", counters->dropped}};
}

asio::awaitable<ControlReply> status(const json& /*request*/, Daemon& daemon) {
    const auto& statistics = daemon.pipeline().statistics();
    const auto& policy = daemon.pipeline().policy();
    json verdicts = json::object();
    for (const auto* const name : {"leave alone", "route", "hold", "fail"})
        verdicts[name] = 0;
    const std::array<const char*, 5> names = {"leave alone", "route", "hold", "hold", "fail"};
    for (std::size_t i = 0; i < names.size(); ++i)
        verdicts[names[i]] = verdicts[names[i]].get<std::uint64_t>() + statistics.verdicts[i];
    json causes = json::object();
    for (int i = 0; i < decide::cause_count; ++i)
        if (const auto count = statistics.causes[static_cast<std::size_t>(i)]; count > 0)
            causes[decide::to_text(static_cast<decide::Cause>(i))] = count;
    json hooks = json::array();
    if (policy.script) {
        const auto defined = policy.script->hooks();
        if (defined.get_check_cache) hooks.push_back("GetCheckCache");
        if (defined.get_overrides) hooks.push_back("GetOverrides");
        if (defined.check_server) hooks.push_back("CheckServer");
        if (defined.final_overrides) hooks.push_back("FinalOverrides");
    }
    const auto& health = daemon.ledger_health();
    const auto& dns = daemon.dns_counters();
    const auto problems = problems_of(daemon);
    const bool well = problems.empty();
    co_return ControlReply{
        {{{"version", NEXTHOPD_VERSION},
          {"mode", policy.observe ? "observe" : "enforce"},
          {"started", base::rfc3339(daemon.started())},
          {"loaded", base::rfc3339(daemon.load_state().when)},
          {"script", policy.script ? json(daemon.settings().script.file) : json(nullptr)},
          {"hooks", hooks},
          {"problems", problems},
          {"mta_known", policy.mta.has_value()},
          {"questions", statistics.questions},
          {"verdicts", verdicts},
          {"left_alone", causes},
          {"overruns", statistics.overruns},
          {"connections", daemon.connections().size()},
          {"malformed", daemon.socketmap().malformed},
          {"unknown_map", daemon.socketmap().unknown_map},
          {"mxfilter",
           {{"wired", policy.mta && policy.mta->filters},
            {"records", daemon.socketmap().records},
            {"ignored", daemon.socketmap().ignored}}},
          {"policy",
           {{"requests", daemon.policy().requests},
            {"deferred", daemon.policy().deferred},
            {"sessions", daemon.policy().sessions}}},
          {"exim",
           {{"questions", daemon.exim().questions},
            {"tests", daemon.exim().tests},
            {"wrong_key", daemon.exim().wrong_key},
            {"malformed", daemon.exim().malformed},
            {"sessions", daemon.exim().sessions}}},
          {"holds", daemon.knowledge().holds.size() + daemon.knowledge().back_off.size()},
          {"releases", {{"done", daemon.releaser().released()}, {"waiting", daemon.releaser().waiting()}}},
          {"queued", daemon.knowledge().queue.messages()},
          {"servers", daemon.knowledge().counters.servers()},
          {"ledger",
           {{"rows_stored", health.rows_stored},
            {"rows_waiting", health.rows_waiting},
            {"rows_lost", health.rows_lost},
            {"lines_read", health.lines_read},
            {"lines_skipped", health.lines_skipped},
            {"bytes_behind", health.bytes_behind}}},
          {"log_gap", gap_json(daemon.knowledge().log_gap.current())},
          {"syslog", syslog_json(health.syslog)},
          {"dns",
           {{"lookups", dns.lookups},
            {"cache_hits", dns.cache_hits},
            {"failed", dns.failed},
            {"timeouts", dns.timeouts},
            {"mismatched", dns.mismatched}}}}},
        well ? 0 : 1};
}

/// ask and explain: the same path as a question of the MTA, as a dry run.
asio::awaitable<ControlReply> ask(const json& request, Daemon& daemon, bool explain) {
    decide::Question question;
    question.recipient = mail::parse_recipient(text_of(request, "recipient"));
    if (question.recipient.kind == mail::Recipient::Kind::malformed)
        co_return refuse("\"recipient\" is not an address; write user@example.com");
    question.connection = text_of(request, "connection");
    question.arrival = base::Instant::clock::now();
    question.dry_run = true;
    question.assumed_size = number_of(request, "size");
    if (const auto retries = number_of(request, "retries"))
        question.assumed_retries = static_cast<std::uint32_t>(std::min<std::uint64_t>(*retries, UINT32_MAX));
    answer::Trace trace(question.arrival);
    answer::Run run(daemon.pipeline());
    run.start(std::move(question), daemon.clock().now(), explain ? &trace : nullptr);
    if (run.advance() != answer::Run::Need::nothing) co_await run.finish();
    const std::chrono::duration<double, std::milli> took =
        base::Instant::clock::now() - run.question().arrival;
    ControlReply reply;
    for (const auto& step : trace.steps())
        reply.lines.push_back({{"ms", step.milliseconds}, {"step", step.what}, {"detail", step.detail}});
    reply.lines.push_back(verdict_json(run.verdict(), took.count()));
    reply.exit = std::holds_alternative<decide::LeaveAlone>(run.verdict()) ? 1 : 0;
    co_return reply;
}

asio::awaitable<ControlReply> ask(const json& request, Daemon& daemon) {
    return ask(request, daemon, false);
}
asio::awaitable<ControlReply> explain(const json& request, Daemon& daemon) {
    return ask(request, daemon, true);
}

struct Evidence {
    ledger::KnownHold known;
    std::vector<mail::Attempt> attempts;
};

/// The attempts that the hook had before it: of the servers left out, in the window that it asked about.
base::Result<std::vector<mail::Attempt>> counted_attempts(const std::string& database,
                                                          const mail::Hold& hold) {
    std::vector<mail::Attempt> out;
    const auto evidence = json::parse(hold.evidence, nullptr, false);
    if (!evidence.is_object()) return out;
    std::int64_t window = 0;
    std::string classes;
    for (const auto& asked : evidence.value("asked", json::array())) {
        window = std::max(window, asked.value("seconds", std::int64_t{0}));
        classes += asked.value("class", std::string());
    }
    const auto rule_window = evidence.value("seconds", std::int64_t{0});
    if (rule_window > 0) {  // of a rule
        window = rule_window;
        for (const auto& server : evidence.value("servers", json::array())) {
            ledger::Filter filter;
            filter.server = server.get<std::string>();
            filter.reason = evidence.value("reason", std::string());
            if (hold.scope == mail::HoldScope::mail) filter.recipient = hold.recipient;
            if (hold.scope == mail::HoldScope::domain) filter.domain = hold.recipient;
            filter.since = hold.since - std::chrono::seconds(window);
            auto listed = ledger::list_attempts(database, filter);
            if (!listed) return tl::unexpected(listed.error());
            for (auto& attempt : listed->attempts)
                if (attempt.status != mail::Status::sent && attempt.time <= hold.since)
                    out.push_back(std::move(attempt));
        }
        return out;
    }
    if (window == 0) window = usual_window;
    for (const auto& left_out : evidence.value("left_out", json::array())) {
        ledger::Filter filter;
        filter.server = left_out.value("server", std::string());
        filter.since = hold.since - std::chrono::seconds(window);
        auto listed = ledger::list_attempts(database, filter);
        if (!listed) return tl::unexpected(listed.error());
        for (auto& attempt : listed->attempts) {
            const auto result_class = mail::result_class(attempt);
            const bool counts =
                classes.empty() ? result_class != '2' : classes.find(result_class) != std::string::npos;
            if (counts && attempt.time <= hold.since) out.push_back(std::move(attempt));
        }
    }
    return out;
}

/// why ID, or why QUEUE-ID: the hold, what the hooks asked, the attempts that counted.
asio::awaitable<ControlReply> why(const json& request, Daemon& daemon) {
    const auto id = text_of(request, "id");
    if (id.empty()) co_return refuse("\"id\" is missing: the id of a hold, or a queue id");
    auto& holds = daemon.knowledge().holds;
    const auto* active = holds.find_id(id);
    const auto* wide = daemon.knowledge().back_off.find(id);
    if (active == nullptr && wide == nullptr)
        wide = daemon.knowledge().back_off.find(daemon.knowledge().back_off.holding(id));
    if (active == nullptr) {
        for (const auto& recipient : daemon.knowledge().queue.recipients(id)) {
            active = holds.find({}, recipient, id);
            if (active != nullptr) break;
        }
    }
    std::optional<mail::Hold> hold;
    json line;
    if (wide != nullptr) {
        hold = wide->hold();
        line = wide_hold_json(*wide, daemon.moment());
        line["queue_ids"] = json::array();
        for (const auto& message : wide->waiting().list(max_ids_shown))
            line["queue_ids"].push_back(message.queue_id);
        line["ended"] = nullptr;
    } else if (active != nullptr) {
        hold = active->hold;
        line = hold_json(*hold, active->waiting.size());
        line["queue_ids"] = active->waiting;
        line["ended"] = nullptr;
    }
    const auto database = daemon.settings().ledger.database;
    auto job = [database, id, hold]() -> base::Result<std::optional<Evidence>> {
        Evidence out;
        if (hold) {
            out.known.hold = *hold;
        } else {
            auto known = ledger::find_hold(database, id);
            if (!known) return tl::unexpected(known.error());
            if (!*known) return std::optional<Evidence>();
            out.known = **std::move(known);
        }
        auto attempts = counted_attempts(database, out.known.hold);
        if (!attempts) return tl::unexpected(attempts.error());
        out.attempts = *std::move(attempts);
        return std::optional<Evidence>(std::move(out));
    };
    auto found = co_await daemon.worker().run(std::move(job));
    if (!found) co_return ControlReply{{{{"error", found.error().text}}}, 1};
    if (!*found)
        co_return ControlReply{{{{"error", "no hold is known by that id, and no message waits under it"}}},
                               1};
    const auto& evidence = **found;
    if (!hold) {
        line = hold_json(evidence.known.hold, 0);
        line["queue_ids"] = json::array();
        line["ended"] =
            evidence.known.ended ? json(base::rfc3339(evidence.known.ended->when)) : json(nullptr);
        line["ended_why"] = evidence.known.ended ? json(evidence.known.ended->why) : json(nullptr);
    }
    line["evidence"] = json::parse(evidence.known.hold.evidence, nullptr, false);
    ControlReply reply{{std::move(line)}, 0};
    for (const auto& attempt : evidence.attempts)
        reply.lines.push_back(attempt_json(attempt));
    co_return reply;
}

asio::awaitable<ControlReply> holds_list(const json& /*request*/, Daemon& daemon) {
    ControlReply reply;
    const auto& back_off = daemon.knowledge().back_off;
    for (const auto* const hold : back_off.list(max_holds_listed))
        reply.lines.push_back(wide_hold_json(*hold, daemon.moment()));
    for (const auto* const hold : back_off.list_observed())
        reply.lines.push_back(hold_json(*hold, 0));
    for (const auto* const hold : daemon.knowledge().holds.list(max_holds_listed))
        reply.lines.push_back(hold_json(hold->hold, hold->waiting.size()));
    co_return reply;
}

/// What a person was told to be done is not undone by a crash: the answer waits for the ledger.
asio::awaitable<ControlReply> when_stored(ControlReply reply, Daemon& daemon) {
    if (const auto stored = co_await daemon.stored(); !stored)
        reply.lines.push_back({{"note", "in force, but not stored yet: " + stored.error().text}});
    co_return reply;
}

asio::awaitable<ControlReply> holds_clear(const json& request, Daemon& daemon) {
    const auto id = text_of(request, "id");
    const auto rule = text_of(request, "rule");
    const auto provider = text_of(request, "provider");
    if (id.empty() + rule.empty() + provider.empty() != 2)
        co_return refuse("one of \"id\", \"rule\" and \"provider\" says which holds");
    std::size_t cleared = 0;
    if (!id.empty()) cleared = daemon.clear_hold(id) ? 1 : 0;
    if (!rule.empty()) cleared = daemon.clear_holds_of_rule(rule);
    if (!provider.empty()) cleared = daemon.clear_holds_of_provider(provider);
    if (cleared == 0)
        co_return ControlReply{{{{"error", !id.empty()     ? "no hold in force has that id"
                                           : !rule.empty() ? "no hold in force is of that rule"
                                                           : "no hold in force is of that provider"}}},
                               1};
    log::info("holds cleared: {}={} holds={} by={}",
              !id.empty()     ? "id"
              : !rule.empty() ? "rule"
                              : "provider",
              base::printable(id + rule + provider, 60), cleared,
              base::printable(text_of(request, "by"), 60));
    ControlReply reply{{{{"cleared", id + rule + provider}, {"holds", cleared}}}, 0};
    co_return co_await when_stored(std::move(reply), daemon);
}

asio::awaitable<ControlReply> holds_set(const json& request, Daemon& daemon) {
    const auto recipient = mail::parse_recipient(text_of(request, "recipient"));
    if (recipient.kind != mail::Recipient::Kind::mailbox)
        co_return refuse("\"recipient\" is not an address of a mailbox; write user@example.com");
    const auto length = config::parse_duration(text_of(request, "duration"));
    if (!length) co_return refuse(length.error().text);
    if (*length < std::chrono::seconds(1) || *length > daemon.settings().hold.max)
        co_return refuse("the duration has to be between 1s and hold.max, " +
                         config::to_text(daemon.settings().hold.max));
    const auto id = daemon.set_hold(text_of(request, "connection"), recipient.address, *length);
    if (id.empty()) co_return ControlReply{{{{"error", "there are too many holds"}}}, 1};
    ControlReply reply{{hold_json(daemon.knowledge().holds.find_id(id)->hold, 0)}, 0};
    co_return co_await when_stored(std::move(reply), daemon);
}

/// provider DOMAIN: whose servers take its mail.
asio::awaitable<ControlReply> provider(const json& request, Daemon& daemon) {
    const auto domain = mail::domain_name(text_of(request, "domain"));
    if (!domain) co_return refuse("\"domain\" is no domain; write example.com");
    const auto set = co_await daemon.resolver().mx(*domain, false);
    const auto& providers = daemon.knowledge().back_off.rules().providers();
    const auto* const found = providers.of(*domain, *set);
    json servers = json::array();
    for (const auto& host : set->hosts) {
        const auto* const owner = providers.of_host(host.name);
        servers.push_back(
            {{"server", host.name}, {"provider", owner != nullptr ? json(owner->name) : json(nullptr)}});
    }
    const bool by_name = providers.of_domain(*domain) != nullptr;
    json line = {{"domain", *domain}, {"provider", nullptr}, {"by", nullptr}, {"transport", nullptr}};
    if (found != nullptr) {
        line["provider"] = found->name;
        line["by"] = by_name ? "domain" : "mx";
        if (!found->transport.empty()) line["transport"] = found->transport;
    }
    line["servers"] = std::move(servers);
    co_return ControlReply{{std::move(line)}, found != nullptr ? 0 : 1};
}

/// forget ADDRESS: its holds end, and the ledger keeps no trace of it.
asio::awaitable<ControlReply> forget(const json& request, Daemon& daemon) {
    const auto address = mail::parse_recipient(text_of(request, "address"));
    if (address.kind != mail::Recipient::Kind::mailbox)
        co_return refuse("\"address\" is not an address of a mailbox; write user@example.com");
    const auto rewritten = co_await daemon.forget(address.address);
    if (!rewritten) co_return ControlReply{{{{"error", rewritten.error().text}}}, 1};
    co_return ControlReply{{{{"rewritten", *rewritten}}}, 0};
}

asio::awaitable<ControlReply> attempts(const json& request, Daemon& daemon) {
    ledger::Filter filter;
    filter.server = base::lower(text_of(request, "server"));
    filter.domain = base::lower(text_of(request, "domain"));
    filter.recipient = text_of(request, "recipient");
    filter.queue_id = text_of(request, "queue_id");
    filter.reason = text_of(request, "reason");
    if (const auto status = text_of(request, "status"); !status.empty()) {
        for (const auto known : {mail::Status::sent, mail::Status::deferred, mail::Status::bounced})
            if (status == mail::to_text(known)) filter.status = known;
        if (!filter.status) co_return refuse("\"status\" is sent, deferred or bounced");
    }
    filter.all = request.value("all", false);
    if (const auto limit = number_of(request, "limit"))
        filter.limit = static_cast<std::uint32_t>(std::min<std::uint64_t>(*limit, ledger::max_listed));
    if (const auto since = text_of(request, "since"); !since.empty()) {
        const auto length = config::parse_duration(since);
        if (!length) co_return refuse(length.error().text);
        filter.since = daemon.clock().wall() - std::chrono::duration_cast<base::WallTime::duration>(*length);
    }
    auto job = [database = daemon.settings().ledger.database, filter] {
        return ledger::list_attempts(database, filter);
    };
    const auto listed = co_await daemon.worker().run(std::move(job));
    if (!listed) co_return ControlReply{{{{"error", listed.error().text}}}, 1};
    ControlReply reply;
    for (const auto& attempt : listed->attempts)
        reply.lines.push_back(attempt_json(attempt));
    if (!listed->complete)
        reply.lines.push_back({{"note", "the search took too long: older attempts may match too"}});
    co_return reply;
}

/// servers: those with the most failures of the last hours first.
asio::awaitable<ControlReply> servers(const json& request, Daemon& daemon) {
    const auto limit = std::clamp<std::uint64_t>(number_of(request, "limit").value_or(usual_servers), 1, max_servers_listed);
    auto job = [database = daemon.settings().ledger.database, now = daemon.clock().wall(), limit] {
        return ledger::list_servers(database, now, static_cast<std::size_t>(limit));
    };
    const auto listed = co_await daemon.worker().run(std::move(job));
    if (!listed) co_return ControlReply{{{{"error", listed.error().text}}}, 1};
    ControlReply reply;
    for (const auto& server : listed->servers)
        reply.lines.push_back(server_json(server));
    if (!listed->complete) reply.lines.push_back({{"note", "the search took too long: other servers may have more failures"}});
    co_return reply;
}

asio::awaitable<ControlReply> reload(const json& /*request*/, Daemon& daemon) {
    co_await daemon.reload();
    const auto& problems = daemon.load_state().problems;
    if (problems.empty()) co_return ControlReply{{{{"reloaded", true}}}, 0};
    co_return ControlReply{{{{"reloaded", false}, {"problems", problems}}}, 1};
}

struct Command {
    std::string_view name;
    asio::awaitable<ControlReply> (*run)(const json&, Daemon&);
};

constexpr std::array<Command, 12> commands = {{{"status", status},
                                               {"ask", ask},
                                               {"explain", explain},
                                               {"why", why},
                                               {"holds", holds_list},
                                               {"clear", holds_clear},
                                               {"set", holds_set},
                                               {"attempts", attempts},
                                               {"servers", servers},
                                               {"provider", provider},
                                               {"forget", forget},
                                               {"reload", reload}}};

}  // namespace

asio::awaitable<ControlReply> control_command(const json& request, Daemon& daemon) {
    const auto name = text_of(request, "command");
    for (const auto& command : commands) {
        if (command.name != name) continue;
        try {
            co_return co_await command.run(request, daemon);
        } catch (const std::exception& failure) {
            co_return refuse(failure.what());
        }
    }
    std::vector<std::string_view> known;
    for (const auto& command : commands)
        known.push_back(command.name);
    const auto near = base::nearest(name, known);
    co_return refuse("\"" + base::printable(name, 40) + "\" is no command" +
                     (near.empty() ? std::string() : "; did you mean \"" + std::string(near) + "\"?"));
}

}  // namespace nexthopd::serve
