#include "mta/postconf.hpp"

#include <ifaddrs.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <memory>

#include "base/child.hpp"
#include "base/text.hpp"

namespace nexthopd::mta {

namespace {

constexpr std::chrono::seconds postconf_limit{10};
constexpr std::string_view tls_parameter = "/smtp_tls_security_level";

/// The host of `[host]:port`, `host:port` or `host`, lower case.
std::string host_part(std::string_view nexthop) {
    if (!nexthop.empty() && nexthop.front() == '[')
        nexthop = nexthop.substr(1, nexthop.find(']') - 1);
    else
        nexthop = nexthop.substr(0, nexthop.find(':'));
    return base::lower(nexthop);
}

void add_names(std::string_view list, std::vector<std::string>& names, std::vector<std::string>& files) {
    for (const auto word : words(list)) {
        if (word.front() == '/')
            files.emplace_back(word);
        else if (word.front() != '!' && word.find(':') == std::string_view::npos)
            if (auto name = mail::domain_name(word.front() == '.' ? word.substr(1) : word))
                names.push_back(*std::move(name));
    }
}

/// The names in a file that a `/file` entry means: as in the parameter itself, lines with # left out.
base::Result<void> add_file(const std::string& name, std::vector<std::string>& names) {
    std::ifstream file(name);
    if (!file)
        return base::fail("the file {}, which Postfix' configuration names, cannot be read",
                          base::printable(name, 200));
    std::vector<std::string> further;  // a file in a file: postconf(5) does not promise it
    for (std::string line; std::getline(file, line);)
        if (!line.empty() && line.front() != '#') add_names(line, names, further);
    return {};
}

void add_tables(std::vector<DomainTable>& to, std::string_view value, DomainTable::Keys keys) {
    for (auto& table : tables_in(value, keys))
        if (std::find(to.begin(), to.end(), table) == to.end()) to.push_back(std::move(table));
}

mail::TlsIdentity tls_level(std::string_view level) {
    if (level == "dane" || level == "dane-only" || level == "half-dane") return mail::TlsIdentity::dane;
    if (level == "fingerprint" || level == "verify" || level == "secure") return mail::TlsIdentity::name;
    return mail::TlsIdentity::none;
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
    "myhostname",
    "mail_owner",
    "syslog_name",
    "multi_instance_name",
    "mydestination",
    "virtual_alias_domains",
    "virtual_mailbox_domains",
    "relay_domains",
    "transport_maps",
    "relayhost",
    "sender_dependent_relayhost_maps",
    "default_transport",
    "sender_dependent_default_transport_maps",
    "smtp_fallback_relay",
    "smtp_dns_reply_filter",
    "smtp_tls_security_level",
    "smtp_tls_policy_maps",
    "inet_interfaces",
    "proxy_interfaces",
    "maximal_queue_lifetime",
    "maximal_backoff_time",
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
    view.mail_owner = value("mail_owner");
    view.syslog_name = value("syslog_name");
    view.instance_name = value("multi_instance_name");
    view.myhostname = mail::host_name(value("myhostname")).value_or("");
    using Keys = DomainTable::Keys;
    for (const auto* const list : {"mydestination", "virtual_alias_domains", "virtual_mailbox_domains"}) {
        add_names(value(list), view.local_domains, view.local_files);
        add_tables(view.tables, value(list), Keys::domain);
    }
    add_names(value("relay_domains"), view.relay_domains, view.relay_files);
    add_tables(view.tables, value("relay_domains"), Keys::subdomains);
    add_tables(view.tables, value("transport_maps"), Keys::transport);
    add_tables(view.tls_tables, value("smtp_tls_policy_maps"), Keys::dotted);
    const auto transport = value("default_transport");
    const auto colon = transport.find(':');
    view.relays = !value("relayhost").empty() || !value("sender_dependent_relayhost_maps").empty() ||
                  !value("sender_dependent_default_transport_maps").empty() ||
                  (colon != std::string_view::npos && colon + 1 < transport.size());
    view.tls = tls_level(value("smtp_tls_security_level"));
    add_addresses(value("inet_interfaces"), view);
    add_addresses(value("proxy_interfaces"), view);
    for (const auto* const list : {"relayhost", "smtp_fallback_relay"})
        for (const auto word : words(value(list)))
            view.relay_hosts.push_back(host_part(word));
    view.queue_lifetime =
        postfix_time(value("maximal_queue_lifetime"), 'd').value_or(std::chrono::hours(5 * 24));
    view.maximal_backoff =
        postfix_time(value("maximal_backoff_time"), 's').value_or(std::chrono::seconds(4'000));
    return view;
}

mail::TlsIdentity tls_of_services(std::string_view text) {
    auto out = mail::TlsIdentity::none;
    for (const auto& [name, value] : parse_postconf(text))
        if (name.size() > tls_parameter.size() &&
            name.substr(name.size() - tls_parameter.size()) == tls_parameter)
            out = std::max(out, tls_level(value));
    return out;
}

bool asks_mxfilter(std::string_view transport, std::string_view main_cf_value, std::string_view services) {
    std::string value(main_cf_value);
    const auto own = std::string(transport) + "/unix/smtp_dns_reply_filter";
    for (const auto& [name, service_value] : parse_postconf(services))
        if (name == own) value = service_value;
    for (const auto table : words(value)) {
        const auto map = table.substr(table.rfind(':') + 1);  // socketmap:unix:path:map
        if (table.substr(0, 10) == "socketmap:" && map.substr(0, map.find('.')) == "mxfilter") return true;
    }
    return false;
}

base::Result<PostfixView> ask_postconf(const std::string& config_directory) {
    std::vector<std::string> command = {"/usr/sbin/postconf", "-c", config_directory, "-x"};
    command.insert(command.end(), postconf_names.begin(), postconf_names.end());
    const auto result = base::run_child(command, postconf_limit);
    if (!result) return tl::unexpected(result.error());
    if (result->status != 0)
        return base::fail("postconf -c {} ended with status {}: {}", config_directory, result->status,
                          base::printable(base::trim(result->errors), 300));
    const auto values = parse_postconf(result->output);
    auto view = postfix_view(values);
    const auto services =
        base::run_child({"/usr/sbin/postconf", "-c", config_directory, "-Px"}, postconf_limit);
    if (!services) return tl::unexpected(services.error());
    view.tls = std::max(view.tls, tls_of_services(services->output));
    const auto value = [&](const char* name) {
        const auto found = values.find(name);
        return found == values.end() ? std::string_view() : std::string_view(found->second);
    };
    const auto transport = value("default_transport");
    view.filters = asks_mxfilter(transport.substr(0, transport.find(':')), value("smtp_dns_reply_filter"),
                                 services->output);
    for (const auto& name : view.local_files)
        if (auto read = add_file(name, view.local_domains); !read) return tl::unexpected(read.error());
    for (const auto& name : view.relay_files)
        if (auto read = add_file(name, view.relay_domains); !read) return tl::unexpected(read.error());
    return view;
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
