#include "serve/pages.hpp"

#include <algorithm>
#include <utility>

#include "metrics/exposition.hpp"
#include "serve/daemon.hpp"
#include "serve/problems.hpp"

namespace nexthopd::serve {

using metrics::Type;

namespace {

// Each name is described in nexthopd-metrics(7).

double unix_seconds(base::WallTime time) {
    return std::chrono::duration<double>(time.time_since_epoch()).count();
}

void single(metrics::Exposition& page, const char* name, Type type, const char* help, std::uint64_t value) {
    page.family(name, type, help);
    page.sample(value);
}

void add_daemon(metrics::Exposition& page, const Daemon& daemon) {
    page.family("nexthopd_build_info", Type::gauge, "Always 1; the version is a label.");
    page.sample("version", NEXTHOPD_VERSION, 1);
    page.family("nexthopd_start_time_seconds", Type::gauge, "When it started, in seconds since 1970.");
    page.sample(unix_seconds(daemon.started()));
    page.family("nexthopd_load_time_seconds", Type::gauge,
                "When settings and script were last read, in seconds since 1970.");
    page.sample(unix_seconds(daemon.load_state().when));
    single(page, "nexthopd_load_failed", Type::gauge,
           "1 when those that were last read were refused, and the ones before stay in force.",
           daemon.load_state().problems.empty() ? 0 : 1);
    single(page, "nexthopd_problems", Type::gauge, "Problems that nexthopctl status names.",
           problems_of(daemon).size());
}

void add_questions(metrics::Exposition& page, const Daemon& daemon) {
    const auto& statistics = daemon.pipeline().statistics();
    const auto& socketmap = daemon.socketmap();
    const auto& policy = daemon.policy();
    page.family("nexthopd_questions_total", Type::counter, "Questions of an MTA.");
    const auto& exim = daemon.exim();
    const auto asked_by_exim = exim.questions - exim.tests;  // that of a test is a dry run
    page.sample("surface", "transport", statistics.questions - std::min(statistics.questions, asked_by_exim));
    page.sample("surface", "exim", asked_by_exim);
    page.sample("surface", "mxfilter", socketmap.records);
    page.sample("surface", "policy", policy.requests);
    page.family("nexthopd_verdicts_total", Type::counter,
                "What the questions of transport and exim were answered.");
    // By the alternatives of decide::Verdict; a hold that is made and one that exists are the same to an MTA.
    const auto& verdicts = statistics.verdicts;
    page.sample("verdict", "leave_alone", verdicts[0]);
    page.sample("verdict", "route", verdicts[1]);
    page.sample("verdict", "hold", verdicts[2] + verdicts[3]);
    page.sample("verdict", "fail", verdicts[4]);
    page.family("nexthopd_left_alone_total", Type::counter, "Why mail was left alone.");
    for (int i = 0; i < decide::cause_count; ++i)
        page.sample("cause", decide::to_text(static_cast<decide::Cause>(i)),
                    statistics.causes[static_cast<std::size_t>(i)]);
    page.family("nexthopd_answer_seconds", Type::histogram,
                "From the arrival of a question of transport or exim to its verdict.");
    page.sample(statistics.answer_times);
    page.family("nexthopd_hook_seconds", Type::histogram, "How long one call of a hook ran.");
    page.sample(statistics.hook_times);
    single(page, "nexthopd_hook_overruns_total", Type::counter, "Hooks that were stopped by script.time.",
           statistics.overruns);
    single(page, "nexthopd_mxfilter_ignored_total", Type::counter, "Records that smtp(8) was told to ignore.",
           socketmap.ignored);
    single(page, "nexthopd_policy_deferred_total", Type::counter,
           "Recipients that smtpd(8) was told to defer.", policy.deferred);
    single(page, "nexthopd_connections", Type::gauge, "Open connections of the socketmap surface.",
           daemon.connections().size());
    page.family("nexthopd_malformed_total", Type::counter,
                "Connections closed for bytes that are no request.");
    page.sample("surface", "socketmap", socketmap.malformed);
    page.sample("surface", "policy", policy.malformed);
    page.sample("surface", "exim", exim.malformed);
    single(page, "nexthopd_wrong_key_total", Type::counter, "Questions of Exim with a key that is not known.",
           exim.wrong_key);
    single(page, "nexthopd_unknown_map_total", Type::counter, "Questions with a map name that means nothing.",
           socketmap.unknown_map);
}

void add_mail(metrics::Exposition& page, const Daemon& daemon) {
    const auto& known = daemon.knowledge();
    single(page, "nexthopd_holds", Type::gauge, "Holds in force.",
           known.holds.size() + known.back_off.size());
    single(page, "nexthopd_released_total", Type::counter, "Messages released after a hold.",
           daemon.releaser().released());
    single(page, "nexthopd_releases_waiting", Type::gauge, "Messages to be released.",
           daemon.releaser().waiting());
    single(page, "nexthopd_queue_messages", Type::gauge, "Messages of the queue that the log has told of.",
           known.queue.messages());
    single(page, "nexthopd_servers", Type::gauge, "Servers with attempts in the last two hours.",
           known.counters.servers());
}

void add_ledger(metrics::Exposition& page, const Daemon& daemon) {
    const auto& health = daemon.ledger_health();
    single(page, "nexthopd_ledger_rows_stored_total", Type::counter, "Attempts stored.", health.rows_stored);
    single(page, "nexthopd_ledger_rows_waiting", Type::gauge, "Attempts that wait for a database that fails.",
           health.rows_waiting);
    page.family("nexthopd_ledger_lost_total", Type::counter, "What could not be stored, as too much waited.");
    page.sample("what", "attempts", health.rows_lost);
    page.sample("what", "holds", health.holds_lost);
    single(page, "nexthopd_log_lines_total", Type::counter, "Lines of mail logs that were read.",
           health.lines_read);
    single(page, "nexthopd_log_lines_skipped_total", Type::counter, "Lines that were too long or cut off.",
           health.lines_skipped);
    single(page, "nexthopd_log_behind_bytes", Type::gauge, "What is written in the logs and not read yet.",
           health.bytes_behind);
    single(page, "nexthopd_log_behind_seconds", Type::gauge, "Since everything in the logs was read.",
           static_cast<std::uint64_t>(health.behind.count()));
    single(page, "nexthopd_log_gap", Type::gauge, "1 while the log does not tell everything.",
           daemon.knowledge().log_gap.current() ? 1 : 0);
    const auto syslog = health.syslog.value_or(follow::SyslogCounters());
    page.family("nexthopd_syslog_total", Type::counter, "What came to syslog.listen, by what became of it.");
    for (const auto& [name, value] :
         {std::pair("taken", syslog.taken), std::pair("other", syslog.other),
          std::pair("malformed", syslog.malformed), std::pair("not_allowed", syslog.not_allowed),
          std::pair("refused", syslog.refused), std::pair("dropped", syslog.dropped)})
        page.sample("result", name, value);
}

void add_dns(metrics::Exposition& page, const dns::Counters& dns) {
    page.family("nexthopd_dns_lookups_total", Type::counter, "MX sets that were wanted, by where they were.");
    page.sample("from", "cache", dns.cache_hits);
    page.sample("from", "network", dns.lookups);
    single(page, "nexthopd_dns_failed_total", Type::counter, "Lookups without a usable answer.", dns.failed);
    single(page, "nexthopd_dns_queries_total", Type::counter, "Queries sent to name servers.", dns.queries);
    page.family("nexthopd_dns_troubles_total", Type::counter, "Queries that brought no answer, by why.");
    for (const auto& [name, value] :
         {std::pair("timeout", dns.timeouts), std::pair("unreachable", dns.unreachable),
          std::pair("mismatched", dns.mismatched), std::pair("truncated", dns.truncated),
          std::pair("overload", dns.overload)})
        page.sample("why", name, value);
}

protocol::HttpPage metrics_page(const Daemon& daemon) {
    metrics::Exposition page;
    add_daemon(page, daemon);
    add_questions(page, daemon);
    add_mail(page, daemon);
    add_ledger(page, daemon);
    add_dns(page, daemon.dns_counters());
    return {200, page.text(), "text/plain; version=0.0.4; charset=utf-8"};
}

}  // namespace

protocol::HttpPage http_page(std::string_view path, const Daemon& daemon) {
    if (path == "/metrics") return metrics_page(daemon);
    if (path == "/healthz") {
        if (problems_of(daemon).empty()) return {200, "ok\n"};
        return {503, "something is wrong: nexthopctl status\n"};
    }
    if (path == "/") return {200, "nexthopd " NEXTHOPD_VERSION "\n/metrics\n/healthz\n"};
    return {404, "/metrics and /healthz are here\n"};
}

}  // namespace nexthopd::serve
