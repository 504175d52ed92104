// The parser of each MTA's log, made as its settings and its own configuration say.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "config/settings.hpp"
#include "dns/mx.hpp"
#include "follow/parser.hpp"
#include "maillog/exim_log.hpp"
#include "maillog/postfix_log.hpp"
#include "serve/reasons.hpp"

namespace nexthopd::serve {

std::shared_ptr<maillog::PostfixLog> postfix_log(const config::PostfixInstance& instance,
                                                 const std::vector<std::string>& relay_hosts,
                                                 const dns::Self& self);
std::shared_ptr<maillog::EximLog> exim_log(const config::EximInstance& instance, const dns::Self& self);

/// For the lines of a file; attempts get their reasons. For one reader's thread.
template <class Log>
follow::Parser lines_of(std::shared_ptr<Log> log, std::shared_ptr<Reasons> reasons) {
    follow::Parser out;
    out.first_open_line = [log] { return log->first_open_line(); };
    out.line = [log = std::move(log), reasons = std::move(reasons)](std::string_view line, base::WallTime now,
                                                                    auto& attempts, auto& events) {
        const auto first = attempts.size();
        log->line(line, now, attempts, events);
        reasons->give(attempts, first);
    };
    return out;
}

/// For a file that several instances write to: each line is for the one whose name (syslog_name) its tag
/// begins with, all others are for the first.
follow::Parser shared_lines(std::vector<std::pair<std::string, follow::Parser>> parsers);

}  // namespace nexthopd::serve
