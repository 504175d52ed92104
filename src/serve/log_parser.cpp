#include "serve/log_parser.hpp"

#include <memory>
#include <utility>

#include "maillog/postfix_log.hpp"
#include "serve/local_zone.hpp"

namespace nexthopd::serve {

follow::Parser postfix_parser(const config::PostfixInstance& instance,
                              const std::vector<std::string>& relay_hosts, const dns::Self& self) {
    maillog::PostfixLog::Options options;
    options.deliveries.instance = instance.name;
    options.deliveries.own_addresses = self.addresses;
    options.deliveries.own_hosts = self.names;
    options.deliveries.relay_hosts = relay_hosts;
    options.zone = local_zone;
    const auto log = std::make_shared<maillog::PostfixLog>(std::move(options));
    follow::Parser parser;
    parser.line = [log](std::string_view line, base::WallTime now, auto& attempts, auto& events) {
        log->line(line, now, attempts, events);
    };
    parser.first_open_line = [log] { return log->first_open_line(); };
    return parser;
}

}  // namespace nexthopd::serve
