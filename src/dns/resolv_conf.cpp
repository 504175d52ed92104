#include "dns/resolv_conf.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <string>

#include "base/text.hpp"

namespace nexthopd::dns {

namespace {

/// The next word of `line`, which is cut off it; empty at the end.
std::string_view next_word(std::string_view& line) {
    constexpr std::string_view blank = " \t\r";
    line.remove_prefix(std::min(line.find_first_not_of(blank), line.size()));
    const auto word = line.substr(0, line.find_first_of(blank));
    line.remove_prefix(word.size());
    return word;
}

std::optional<std::uint64_t> option(std::string_view word, std::string_view name, std::uint64_t max) {
    if (word.substr(0, name.size()) != name) return std::nullopt;
    const auto number = base::parse_number(word.substr(name.size()));
    if (!number) return std::nullopt;
    return std::clamp<std::uint64_t>(*number, 1, max);  // the C library caps as well
}

}  // namespace

ResolvConf parse_resolv_conf(std::string_view text) {
    ResolvConf conf;
    for (auto line : base::split(text, '\n')) {
        const auto keyword = next_word(line);
        if (keyword == "nameserver" && conf.servers.size() < max_nameservers) {
            // Not mail::ip_address(): a link-local server needs its scope ("fe80::1%eth0").
            boost::system::error_code error;
            const auto address = boost::asio::ip::make_address(std::string(next_word(line)), error);
            if (!error) conf.servers.emplace_back(address, dns_port);
        } else if (keyword == "options") {
            for (auto word = next_word(line); !word.empty(); word = next_word(line)) {
                if (const auto n = option(word, "timeout:", 30)) conf.timeout = std::chrono::seconds(*n);
                if (const auto n = option(word, "attempts:", 5)) conf.attempts = static_cast<int>(*n);
            }
        }
    }
    if (conf.servers.empty()) conf.servers.emplace_back(boost::asio::ip::address_v4::loopback(), dns_port);
    return conf;
}

}  // namespace nexthopd::dns
