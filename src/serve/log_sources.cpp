#include "serve/log_sources.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "follow/journal.hpp"
#include "follow/syslog_listener.hpp"
#include "maillog/postfix_log.hpp"
#include "serve/local_zone.hpp"

namespace nexthopd::serve {

namespace {

std::shared_ptr<maillog::PostfixLog> parser_of(const config::PostfixInstance& instance,
                                               const MtaFacts& facts) {
    maillog::PostfixLog::Options options;
    options.deliveries.instance = instance.name;
    options.deliveries.own_addresses = facts.self.addresses;
    options.deliveries.own_hosts = facts.self.names;
    options.deliveries.relay_hosts = facts.relay_hosts;
    options.zone = local_zone;
    return std::make_shared<maillog::PostfixLog>(std::move(options));
}

follow::ParseEntry entries_to(std::shared_ptr<maillog::PostfixLog> parser) {
    return [parser = std::move(parser)](const follow::Entry& entry, base::WallTime now, auto& attempts,
                                        auto& events) {
        parser->entry(entry.program, entry.pid, entry.body, entry.time, now, attempts, events);
    };
}

/// As its configuration says; where that is not read, as Postfix is without one.
LogIdentity identity_of(const config::PostfixInstance& instance, const MtaFacts& facts) {
    const auto known = facts.logged_as.find(instance.name);
    return known != facts.logged_as.end() ? known->second : log_identity({}, {}, {});
}

}  // namespace

void add_logs(follow::LedgerOptions& options, const config::Settings& settings, const MtaFacts& facts) {
    follow::JournalOptions journal;
    follow::SyslogOptions syslog;
    for (const auto& instance : settings.postfix) {
        auto parser = parser_of(instance, facts);
        const auto identity = identity_of(instance, facts);
        if (instance.log.empty()) {
            syslog.mtas.push_back({identity.syslog_name, entries_to(parser)});
        } else if (instance.log.front() == '/') {
            options.sources.push_back(
                {instance.log, [parser](std::string_view line, base::WallTime now, auto& attempts,
                                        auto& events) { parser->line(line, now, attempts, events); }});
        } else {
            journal.mtas.push_back({identity.units,
                                    {identity.users.begin(), identity.users.end()},
                                    identity.syslog_name,
                                    entries_to(parser)});
        }
    }
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
