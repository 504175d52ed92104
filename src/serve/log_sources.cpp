#include "serve/log_sources.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "follow/journal.hpp"
#include "follow/syslog_listener.hpp"
#include "serve/local_zone.hpp"
#include "serve/log_parser.hpp"

namespace nexthopd::serve {

namespace {

follow::ParseEntry entries_to(std::shared_ptr<maillog::PostfixLog> log, std::shared_ptr<Reasons> reasons) {
    return [log = std::move(log), reasons = std::move(reasons)](
               const follow::Entry& entry, base::WallTime now, auto& attempts, auto& events) {
        const auto first = attempts.size();
        log->entry(entry.program, entry.pid, entry.body, entry.time, now, attempts, events);
        reasons->give(attempts, first);
    };
}

/// As its configuration says; where that is not read, as Postfix is without one.
LogIdentity identity_of(const config::PostfixInstance& instance, const MtaFacts& facts) {
    const auto known = facts.logged_as.find(instance.name);
    return known != facts.logged_as.end() ? known->second : log_identity({}, {}, {});
}

}  // namespace

void add_logs(follow::LedgerOptions& options, const config::Settings& settings, const MtaFacts& facts,
              const std::shared_ptr<Reasons>& reasons) {
    follow::JournalOptions journal;
    follow::SyslogOptions syslog;
    std::map<std::string, std::vector<std::pair<std::string, follow::Parser>>>
        files;  // syslogd: one for all instances
    for (const auto& instance : settings.postfix) {
        auto log = postfix_log(instance, facts.relay_hosts, facts.self);
        auto identity = identity_of(instance, facts);
        if (instance.log.empty()) {
            syslog.mtas.push_back({identity.syslog_name, entries_to(std::move(log), reasons)});
        } else if (instance.log.front() == '/') {
            files[instance.log].emplace_back(identity.syslog_name, lines_of(std::move(log), reasons));
        } else {
            journal.mtas.push_back({identity.units,
                                    {identity.users.begin(), identity.users.end()},
                                    identity.syslog_name,
                                    entries_to(std::move(log), reasons)});
        }
    }
    for (auto& [path, parsers] : files)
        options.sources.push_back({path, shared_lines(std::move(parsers))});
    for (const auto& instance : settings.exim)
        if (!instance.log.empty())
            options.sources.push_back({instance.log, lines_of(exim_log(instance, facts.self), reasons)});
    if (!journal.mtas.empty())
        options.others.push_back(
            {"journal", [journal](boost::asio::io_context& io) { return journal_source(io, journal); }});
    if (settings.syslog.listen) {
        syslog.address = settings.syslog.listen->inet.address;
        syslog.port = settings.syslog.listen->inet.port;
        syslog.allow = settings.syslog.allow;
        syslog.zone = local_zone;
        options.others.push_back(
            {"syslog", [syslog](boost::asio::io_context& io) { return syslog_listener(io, syslog); }});
    }
}

std::string unheard_syslog(const config::Settings& settings) {
    const bool heard = std::any_of(settings.postfix.begin(), settings.postfix.end(),
                                   [](const auto& instance) { return instance.log.empty(); });
    if (!settings.syslog.listen || heard) return {};
    return "what comes to syslog.listen is for nobody: set log = \"\" in the [[postfix]] whose lines are "
           "sent there";
}

}  // namespace nexthopd::serve
