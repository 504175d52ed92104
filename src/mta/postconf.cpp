#include "mta/postconf.hpp"

#include <ifaddrs.h>
#include <netinet/in.h>

#include <cstring>
#include <memory>

#include "base/child.hpp"
#include "base/text.hpp"

namespace nexthopd::mta {

namespace {

constexpr std::chrono::seconds postconf_limit{10};

/// The words of a list of postconf(5): separated by commas and white space.
std::vector<std::string_view> words(std::string_view text) {
    std::vector<std::string_view> out;
    constexpr std::string_view separators = ", \t\r\n";
    while (true) {
        const auto start = text.find_first_not_of(separators);
        if (start == std::string_view::npos) return out;
        text.remove_prefix(start);
        const auto end = text.find_first_of(separators);
        out.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return out;
        text.remove_prefix(end);
    }
}

/// The host of `[host]:port`, `host:port` or `host`, lower case.
std::string host_part(std::string_view nexthop) {
    if (!nexthop.empty() && nexthop.front() == '[') nexthop = nexthop.substr(1, nexthop.find(']') - 1);
    else nexthop = nexthop.substr(0, nexthop.find(':'));
    return base::lower(nexthop);
}

void add_domains(std::string_view list, PostfixView& view) {
    for (const auto word : words(list)) {
        if (word.find('/') != std::string_view::npos || word.find(':') != std::string_view::npos)
            view.unread_tables.emplace_back(word);
        else if (auto name = mail::domain_name(word.front() == '.' ? word.substr(1) : word))
            view.local_domains.push_back(*std::move(name));
    }
}

void add_addresses(std::string_view list, PostfixView& view) {
    for (auto word : words(list)) {
        if (word == "all") view.all_interfaces = true;
        if (!word.empty() && word.front() == '[') word = word.substr(1, word.find(']') - 1);
        if (const auto address = mail::ip_address(word)) view.addresses.push_back(*address);
        if (word == "loopback-only" || word == "localhost") {
            view.addresses.emplace_back(boost::asio::ip::address_v4::loopback());
            view.addresses.emplace_back(boost::asio::ip::address_v6::loopback());
        }
    }
}

}  // namespace

const std::vector<std::string> postconf_names = {
    "myhostname",       "mydestination", "virtual_mailbox_domains", "relay_domains",          "inet_interfaces",
    "proxy_interfaces", "relayhost",     "smtp_fallback_relay",     "maximal_queue_lifetime", "maximal_backoff_time",
};

std::map<std::string, std::string, std::less<>> parse_postconf(std::string_view text) {
    std::map<std::string, std::string, std::less<>> out;
    for (const auto line : base::split(text, '\n')) {
        const auto equals = line.find('=');
        if (equals == std::string_view::npos) continue;
        out.insert_or_assign(std::string(base::trim(line.substr(0, equals))),
                             std::string(base::trim(line.substr(equals + 1))));
    }
    return out;
}

std::optional<std::chrono::seconds> postfix_time(std::string_view text, char unit) {
    if (!text.empty() && !base::is_digit(text.back())) {
        unit = text.back();
        text.remove_suffix(1);
    }
    const auto number = base::parse_number(text, 1'000'000'000);
    if (!number) return std::nullopt;
    const auto count = static_cast<std::int64_t>(*number);
    switch (unit) {
        case 's':
            return std::chrono::seconds(count);
        case 'm':
            return std::chrono::minutes(count);
        case 'h':
            return std::chrono::hours(count);
        case 'd':
            return std::chrono::hours(24 * count);
        case 'w':
            return std::chrono::hours(7 * 24 * count);
        default:
            return std::nullopt;
    }
}

PostfixView postfix_view(const std::map<std::string, std::string, std::less<>>& values) {
    const auto value = [&](std::string_view name) -> std::string_view {
        const auto found = values.find(name);
        return found == values.end() ? std::string_view() : std::string_view(found->second);
    };
    PostfixView view;
    view.myhostname = mail::host_name(value("myhostname")).value_or("");
    for (const auto* const list : {"mydestination", "virtual_mailbox_domains", "relay_domains"})
        add_domains(value(list), view);
    add_addresses(value("inet_interfaces"), view);
    add_addresses(value("proxy_interfaces"), view);
    for (const auto* const list : {"relayhost", "smtp_fallback_relay"})
        for (const auto word : words(value(list)))
            view.relay_hosts.push_back(host_part(word));
    view.queue_lifetime = postfix_time(value("maximal_queue_lifetime"), 'd').value_or(std::chrono::hours(5 * 24));
    view.maximal_backoff = postfix_time(value("maximal_backoff_time"), 's').value_or(std::chrono::seconds(4'000));
    return view;
}

base::Result<PostfixView> ask_postconf(const std::string& config_directory) {
    std::vector<std::string> command = {"/usr/sbin/postconf", "-c", config_directory, "-x"};
    command.insert(command.end(), postconf_names.begin(), postconf_names.end());
    const auto result = base::run_child(command, postconf_limit);
    if (!result) return tl::unexpected(result.error());
    if (result->status != 0)
        return base::fail("postconf -c {} ended with status {}: {}", config_directory, result->status,
                          base::printable(base::trim(result->errors), 300));
    return postfix_view(parse_postconf(result->output));
}

std::vector<mail::IpAddress> interface_addresses() {
    std::vector<mail::IpAddress> out;
    ifaddrs* list = nullptr;
    if (getifaddrs(&list) != 0) return out;
    const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(list, freeifaddrs);
    for (const auto* at = list; at != nullptr; at = at->ifa_next) {
        if (at->ifa_addr == nullptr) continue;
        if (at->ifa_addr->sa_family == AF_INET) {
            sockaddr_in address{};
            std::memcpy(&address, at->ifa_addr, sizeof address);
            out.emplace_back(boost::asio::ip::address_v4(ntohl(address.sin_addr.s_addr)));
        } else if (at->ifa_addr->sa_family == AF_INET6) {
            sockaddr_in6 address{};
            std::memcpy(&address, at->ifa_addr, sizeof address);
            boost::asio::ip::address_v6::bytes_type bytes{};
            std::memcpy(bytes.data(), &address.sin6_addr, bytes.size());
            out.emplace_back(boost::asio::ip::address_v6(bytes));
        }
    }
    return out;
}

}  // namespace nexthopd::mta
