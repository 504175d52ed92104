#include "config/accept.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "config/convert.hpp"

namespace nexthopd::config {

namespace {

constexpr std::size_t max_path = 4095;  // PATH_MAX less its final NUL
constexpr std::size_t max_name = 64;    // a name is part of many log lines

base::Result<std::string> argument(std::string_view text) {
    if (text.find('\0') != std::string_view::npos) return base::fail("an argument cannot contain a NUL");
    if (text.find('%') != std::string_view::npos && text != "%id" && text != "%config_directory")
        return base::fail("\"%\" stands only in the arguments \"%id\" and \"%config_directory\"");
    return std::string(text);
}

}  // namespace

base::Result<std::string> parse_path(std::string_view text) {
    if (text.empty() || text.front() != '/') return base::fail("write a full path, which starts with \"/\"");
    if (text.size() > max_path) return base::fail("a path has at most {} bytes", max_path);
    if (text.find('\0') != std::string_view::npos) return base::fail("a path cannot contain a NUL");
    return std::string(text);
}

base::Result<std::string> parse_name(std::string_view text) {
    const bool fits = std::all_of(text.begin(), text.end(), [](char c) {
        const char l = base::ascii_lower(c);
        return (l >= 'a' && l <= 'z') || base::is_digit(c) || c == '-' || c == '_';
    });
    if (text.empty() || text.size() > max_name || !fits)
        return base::fail("a name has 1 to {} letters, digits, \"-\" and \"_\"", max_name);
    return std::string(text);
}

base::Result<std::string> path_or_none(std::string_view text) {
    return text.empty() ? base::Result<std::string>("") : parse_path(text);
}

base::Result<std::string> log_name(std::string_view text) {
    return text == "journal" ? base::Result<std::string>("journal") : path_or_none(text);
}

base::Result<std::optional<Endpoint>> endpoint_or_none(std::string_view text) {
    if (text.empty()) return std::optional<Endpoint>{};
    return parse_endpoint(text).map([](Endpoint found) { return std::optional(std::move(found)); });
}

base::Result<std::optional<Endpoint>> port_or_none(std::string_view text) {
    auto found = endpoint_or_none(text);
    if (found && *found && (*found)->is_unix())
        return base::fail("this must be an address and a port, as in \"inet:127.0.0.1:5514\"");
    return found;
}

base::Result<Endpoint> unix_socket(std::string_view text) {
    auto found = parse_endpoint(text);
    if (found && !found->is_unix())
        return base::fail("this must be a unix socket: its permissions say who may");
    return found;
}

base::Result<std::optional<Endpoint>> local_or_none(std::string_view text) {
    auto found = endpoint_or_none(text);
    if (found && *found && !(*found)->is_unix() && !(*found)->inet.address.is_loopback())
        return base::fail("this must be a loopback address or a unix socket: everybody may read there");
    return found;
}

base::Result<Endpoint> loopback_port(std::string_view text) {
    auto found = parse_endpoint(text);
    if (found && (found->is_unix() || !found->inet.address.is_loopback()))
        return base::fail("this must be a loopback address and a port, as in \"inet:127.0.0.1:747\"");
    return found;
}

base::Result<HostPort> dns_server(std::string_view text) {
    return parse_host_port(text, dns_port);
}

base::Result<mail::IpAddress> address(std::string_view text) {
    if (const auto found = mail::ip_address(text)) return *found;
    return base::fail("write an address, as in \"127.0.0.1\"");
}

base::Result<Rate> release_rate(std::string_view text) {
    constexpr std::uint32_t most_a_second = 1000;  // more than that is all that a machine does
    auto rate = parse_rate(text);
    if (rate && (rate->count == 0 || rate->count > most_a_second * rate->period.count()))
        return base::fail("must be from 1/h to {}/s: each release starts a process", most_a_second);
    return rate;
}

void to_command(const Value& value, std::vector<std::string>& target, Unfits& faults) {
    std::vector<std::string> command;
    const auto before = faults.size();
    to_list(value, command, faults, R"("/usr/sbin/postqueue", "-i", "%id")", argument);
    if (faults.size() != before) return;
    if (command.empty() || !parse_path(command.front()))
        return unfit(faults, value, "the first element must be the full path of a program");
    if (std::find(command.begin(), command.end(), "%id") == command.end())
        return unfit(faults, value, "one element must be \"%id\", which stands for the queue id");
    target = std::move(command);
}

}  // namespace nexthopd::config
