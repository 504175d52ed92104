#include "ctl/show.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <string_view>

#include "base/clock.hpp"
#include "base/text.hpp"

namespace nexthopd::ctl {

using nlohmann::json;

namespace {

constexpr std::size_t reply_width = 74;

std::string text(const json& object, const char* key) {
    const auto found = object.find(key);
    if (found == object.end() || found->is_null()) return {};
    if (found->is_string()) return base::printable(found->get<std::string>());
    return base::printable(found->dump());
}

/// Cut to a width, with "..." to say so.
std::string cut(std::string value, std::size_t width) {
    if (value.size() > width) value = value.substr(0, width - 3) + "...";
    return value;
}

/// Broken at blanks into lines of at most `width`, each after `indent`.
std::string wrap(std::string_view value, std::string_view indent, std::size_t width) {
    std::string out;
    while (!value.empty()) {
        auto end = value.size();
        if (end > width) {
            end = value.rfind(' ', width);
            if (end == std::string_view::npos || end == 0) end = width;
        }
        out += fmt::format("{}{}\n", indent, value.substr(0, end));
        value.remove_prefix(end);
        if (!value.empty() && value.front() == ' ') value.remove_prefix(1);
    }
    return out;
}

std::string attempt_line(const json& attempt) {
    return fmt::format("{:<15}  {:<28}  {:<9} {}\n{}", local_time(text(attempt, "starttime")),
                       cut(text(attempt, "server"), 28), text(attempt, "status"),
                       cut(text(attempt, "recipient"), 24),
                       wrap(text(attempt, "result"), "    ", reply_width));
}

/// A bar for each number, as high as its share of the largest.
std::string sparkline(const json& numbers) {
    static constexpr std::array<const char*, 8> bars = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    std::uint64_t largest = 1;
    for (const auto& number : numbers)
        largest = std::max(largest, number.get<std::uint64_t>());
    std::string out;
    for (const auto& number : numbers) {
        const auto value = number.get<std::uint64_t>();
        out += value == 0 ? " " : bars[static_cast<std::size_t>((value * bars.size() - 1) / largest)];
    }
    return out;
}

/// Errors and notes, which any command may answer; empty when there is none.
std::string messages(const Lines& lines) {
    std::string out;
    for (const auto& line : lines)
        for (const auto* const key : {"error", "note"})
            if (line.contains(key)) out += wrap(text(line, key), "", 79);
    return out;
}

std::string verdict_text(const json& line) {
    const auto verdict = text(line, "verdict");
    std::string out = verdict;
    if (verdict == "leave alone") out = fmt::format("leave alone ({})", text(line, "cause"));
    if (verdict == "hold")
        out = fmt::format("hold {} until {}", text(line, "id"), local_time(text(line, "until")));
    out += '\n';
    if (line.contains("detail")) out += wrap(text(line, "detail"), "    ", reply_width);
    return out + fmt::format("reply: {}\n", text(line, "reply"));
}

}  // namespace

std::string local_time(const std::string& rfc3339) {
    if (rfc3339.size() != 20) return rfc3339;
    const auto time = base::parse_ledger_time(rfc3339.substr(0, 10) + ' ' + rfc3339.substr(11, 8));
    if (!time) return rfc3339;
    const auto shown = fmt::localtime(std::chrono::system_clock::to_time_t(*time));
    const auto today = fmt::localtime(std::time(nullptr));
    if (shown.tm_yday == today.tm_yday && shown.tm_year == today.tm_year)
        return fmt::format("{:%H:%M:%S}", shown);
    return fmt::format("{:%b %d %H:%M:%S}", shown);
}

std::string show_plain(const Lines& lines) {
    std::string out = messages(lines);
    for (const auto& line : lines)
        for (const auto& [key, value] : line.items())
            if (key != "error" && key != "note")
                out +=
                    fmt::format("{}: {}\n", key,
                                value.is_string() ? base::printable(value.get<std::string>()) : value.dump());
    return out;
}

std::string show_status(const Lines& lines) {
    if (lines.empty() || !lines.front().contains("version")) return messages(lines);
    const auto& status = lines.front();
    std::string hooks;
    for (const auto& hook : status["hooks"])
        hooks += (hooks.empty() ? "" : ", ") + hook.get<std::string>();
    const auto script = text(status, "script");
    std::string out = fmt::format("nexthopd {}, mode {}, since {}\n", text(status, "version"),
                                  text(status, "mode"), local_time(text(status, "started")));
    out +=
        fmt::format("script     {}{}\n", script.empty() ? "none" : script, hooks.empty() ? "" : ": " + hooks);
    out += fmt::format("questions  {}", text(status, "questions"));
    for (const auto& [verdict, count] : status["verdicts"].items())
        if (count != 0) out += fmt::format(", {} {}", count.dump(), verdict);
    out += '\n';
    if (!status["left_alone"].empty()) {
        std::string causes;
        for (const auto& [cause, count] : status["left_alone"].items())
            causes += fmt::format("{}{} {}", causes.empty() ? "" : ", ", cause, count.dump());
        out += "left alone " + causes + '\n';
    }
    const auto& filter = status["mxfilter"];
    if (filter["wired"].get<bool>())
        out +=
            fmt::format("mxfilter   {} records asked about, {} left out (not for sessions that are open)\n",
                        filter["records"].dump(), filter["ignored"].dump());
    if (const auto& policy = status["policy"]; policy["requests"] != 0)
        out += fmt::format("policy     {} requests of smtpd, {} put off\n", policy["requests"].dump(),
                           policy["deferred"].dump());
    if (const auto& exim = status["exim"]; exim["questions"] != 0 || exim["wrong_key"] != 0)
        out += fmt::format("exim       {} questions, {} of them tests; {} with a wrong key\n",
                           exim["questions"].dump(), exim["tests"].dump(), exim["wrong_key"].dump());
    out += fmt::format("holds      {}; released {}, to be released {}\n", text(status, "holds"),
                       status["releases"]["done"].dump(), status["releases"]["waiting"].dump());
    out += fmt::format("queue      {} messages seen in the log\n", text(status, "queued"));
    const auto& ledger = status["ledger"];
    out += fmt::format("ledger     {} attempts stored, {} log lines read, {} bytes behind\n", ledger["rows_stored"].dump(),
                       ledger["lines_read"].dump(), ledger["bytes_behind"].dump());
    if (const auto& gap = status["log_gap"]; gap.is_object())
        out += wrap(fmt::format("log gap    since {}: {}; rules make no new holds meanwhile", local_time(text(gap, "since")),
                                text(gap, "why")), "", 79);
    if (const auto& syslog = status["syslog"]; syslog.is_object())
        out += fmt::format("syslog     {} lines taken, {} of other programs, {} malformed, {} not allowed\n",
                           syslog["taken"].dump(), syslog["other"].dump(), syslog["malformed"].dump(),
                           syslog["not_allowed"].dump());
    const auto& dns = status["dns"];
    out += fmt::format("dns        {} lookups, {} from the cache, {} failed\n", dns["lookups"].dump(),
                       dns["cache_hits"].dump(), dns["failed"].dump());
    for (const auto& problem : status["problems"])
        out += wrap("problem: " + base::printable(problem.get<std::string>()), "", 79);
    return out;
}

std::string show_verdict(const Lines& lines) {
    if (lines.empty() || !lines.back().contains("verdict")) return messages(lines);
    return verdict_text(lines.back());
}

std::string show_explain(const Lines& lines) {
    std::string out = messages(lines);
    for (const auto& line : lines) {
        if (line.contains("step")) {
            out += fmt::format("{:8.3f} ms  {}\n", line["ms"].get<double>(), cut(text(line, "step"), 66));
            out += wrap(text(line, "detail"), "             ", 66);
        } else if (line.contains("verdict")) {
            out += fmt::format("{:8.3f} ms  {}", line["took_ms"].get<double>(), verdict_text(line));
        }
    }
    return out;
}

std::string show_why(const Lines& lines) {
    if (lines.empty() || !lines.front().contains("id")) return messages(lines);
    const auto& hold = lines.front();
    const auto connection = text(hold, "connection");
    const auto scope = text(hold, "scope");
    std::string out = fmt::format("hold {} of {}{}{}\n", text(hold, "id"),
                                  scope == "mail" ? "mail to " : "the " + scope + " ", text(hold, "key"),
                                  connection.empty() ? "" : " over the connection " + connection);
    out += fmt::format("  since {}, until {}\n", local_time(text(hold, "since")),
                       local_time(text(hold, "until")));
    if (!hold["ended"].is_null())
        out += fmt::format("  ended {} ({})\n", local_time(text(hold, "ended")), text(hold, "ended_why"));
    else
        out += fmt::format("  waiting: {} message(s)\n", text(hold, "waiting"));
    out += wrap(fmt::format("because {} ({})", text(hold, "reason"), text(hold, "rule")), "  ", 76);
    const auto& evidence = hold["evidence"];
    if (evidence.is_object() && evidence.contains("asked")) {
        for (const auto& asked : evidence["asked"]) {
            if (asked.contains("sql")) {
                out += wrap(text(asked, "sql"), "    ", reply_width);
                out += fmt::format("      -> {} row(s), the first value is {}\n", asked["rows"].dump(),
                                   text(asked, "value"));
            } else {
                out += fmt::format("    {}: {} answers {}xx in {} s\n", text(asked, "server"),
                                   asked["count"].dump(), text(asked, "class"), asked["seconds"].dump());
            }
        }
    }
    if (evidence.is_object() && evidence.contains("trigger"))
        out += wrap(fmt::format("{} of {} attempts (trigger: {})", text(evidence, "matched"),
                                text(evidence, "total"), text(evidence, "trigger")),
                    "    ", reply_width);
    out += lines.size() > 1 ? fmt::format("the attempts that counted ({}):\n", lines.size() - 1)
                            : "no attempts counted\n";
    for (std::size_t i = 1; i < lines.size(); ++i)
        out += attempt_line(lines[i]);
    return out;
}

std::string show_holds(const Lines& lines) {
    if (lines.empty()) return "no mail is held\n";
    if (!lines.front().contains("id")) return messages(lines);
    std::string out = fmt::format("{:<8} {:<15} {:>7}  {}\n", "ID", "UNTIL", "WAITING", "HELD");
    for (const auto& hold : lines) {
        const auto scope = text(hold, "scope");
        const bool wide = scope != "mail";
        out += fmt::format("{:<8} {:<15} {:>7}  {}{}\n", text(hold, "id"), local_time(text(hold, "until")),
                           text(hold, "waiting"), wide ? scope + " " : "", cut(text(hold, "key"), 45));
        if (const auto rule = text(hold, "rule"); wide || text(hold, "mode") == "observe") {
            auto more = fmt::format("rule {}{}, since {}: {}", rule,
                                    text(hold, "mode") == "observe" ? " (only recorded)" : "",
                                    local_time(text(hold, "since")), cut(text(hold, "reason"), 150));
            if (const auto probe = text(hold, "next_probe"); !probe.empty())
                more += fmt::format("; {}, next probe {}", text(hold, "phase"), local_time(probe));
            if (const auto pace = text(hold, "pace"); !pace.empty())
                more += fmt::format("; {} of the rule's ramp", pace);
            out += wrap(more, "    ", reply_width);
        }
    }
    return out;
}

std::string show_provider(const Lines& lines) {
    if (lines.empty() || !lines.front().contains("servers")) return messages(lines);
    const auto& found = lines.front();
    const auto provider = text(found, "provider");
    std::string out =
        fmt::format("{}: {}{}\n", text(found, "domain"), provider.empty() ? "no known provider" : provider,
                    text(found, "by") == "domain" ? ", by its name" : "");
    if (const auto transport = text(found, "transport"); !transport.empty())
        out += fmt::format("  transport {}\n", transport);
    for (const auto& server : found["servers"]) {
        const auto owner = text(server, "provider");
        out += fmt::format("  {:<45} {}\n", cut(text(server, "server"), 45), owner.empty() ? "-" : owner);
    }
    return out;
}

std::string show_servers(const Lines& lines) {
    if (lines.empty()) return "no attempts of the last hours are counted yet\n";
    if (!lines.front().contains("server")) return messages(lines);
    std::string out = fmt::format("{:<34} {:>9} {:>9}  {}\n", "SERVER", "ATTEMPTS", "DEFERRED", "FAILURES OF 24 HOURS");
    for (const auto& server : lines) {
        if (!server.contains("failed_by_hour")) continue;
        out += fmt::format("{:<34} {:>9} {:>8.0f}%  {}\n", cut(text(server, "server"), 34), text(server, "attempts"),
                           server["share_deferred"].get<double>() * 100, sparkline(server["failed_by_hour"]));
        if (const auto reply = text(server, "last_reply"); !reply.empty())
            out += wrap(local_time(text(server, "last_failure")) + "  " + cut(reply, 2 * reply_width), "    ", reply_width);
    }
    return out + messages(lines);
}

std::string show_attempts(const Lines& lines) {
    if (lines.empty()) return "no attempts match\n";
    std::string out;
    for (const auto& attempt : lines)
        if (attempt.contains("starttime")) out += attempt_line(attempt);
    return out + messages(lines);
}

}  // namespace nexthopd::ctl
