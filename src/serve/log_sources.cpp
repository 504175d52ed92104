#include "serve/log_sources.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "follow/journal.hpp"
#include "follow/syslog_listener.hpp"
#include "maillog/exim_log.hpp"
#include "maillog/postfix_log.hpp"
#include "serve/local_zone.hpp"

namespace nexthopd::serve {

namespace {

/// Debian's names for the routers that send everything to the smarthost of dc_smarthost.
constexpr std::array debian_smarthost_routers{"smarthost", "hub_user_smarthost"};

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

std::shared_ptr<maillog::EximLog> parser_of(const config::EximInstance& instance, const MtaFacts& facts) {
    maillog::EximLog::Options options;
    options.deliveries.instance = instance.name;
    options.deliveries.own_addresses = facts.self.addresses;
    options.deliveries.own_hosts = facts.self.names;
    options.deliveries.relay_routers.assign(debian_smarthost_routers.begin(), debian_smarthost_routers.end());
    options.zone = local_zone;
    return std::make_shared<maillog::EximLog>(std::move(options));
}

template <class Parser>
decltype(follow::Source::parse) lines_to(std::shared_ptr<Parser> parser, std::shared_ptr<Reasons> reasons) {
    return with_reasons([parser = std::move(parser)](std::string_view line, base::WallTime now, auto& attempts,
                                                     auto& events) { parser->line(line, now, attempts, events); },
                        std::move(reasons));
}

follow::ParseEntry entries_to(std::shared_ptr<maillog::PostfixLog> parser, std::shared_ptr<Reasons> reasons) {
    return [parser = std::move(parser), reasons = std::move(reasons)](
               const follow::Entry& entry, base::WallTime now, auto& attempts, auto& events) {
        const auto first = attempts.size();
        parser->entry(entry.program, entry.pid, entry.body, entry.time, now, attempts, events);
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
              std::shared_ptr<Reasons> reasons) {
    follow::JournalOptions journal;
    follow::SyslogOptions syslog;
    for (const auto& instance : settings.postfix) {
        auto parser = parser_of(instance, facts);
        const auto identity = identity_of(instance, facts);
        if (instance.log.empty()) {
            syslog.mtas.push_back({identity.syslog_name, entries_to(parser, reasons)});
        } else if (instance.log.front() == '/') {
            options.sources.push_back({instance.log, lines_to(parser, reasons)});
        } else {
            journal.mtas.push_back({identity.units,
                                    {identity.users.begin(), identity.users.end()},
                                    identity.syslog_name,
                                    entries_to(parser, reasons)});
        }
    }
    for (const auto& instance : settings.exim)
        if (!instance.log.empty())
            options.sources.push_back({instance.log, lines_to(parser_of(instance, facts), reasons)});
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
