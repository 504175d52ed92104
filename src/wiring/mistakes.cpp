#include "wiring/mistakes.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace nexthopd::wiring {

namespace {

std::string_view value_of(const Parameters& parameters, std::string_view name) {
    const auto found = parameters.find(name);
    return found == parameters.end() ? std::string_view() : std::string_view(found->second);
}

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

/// `$name` replaced by its value, as postconf -x does it for main.cf only.
std::string expanded(std::string_view value, const Parameters& parameters) {
    if (value.substr(0, 1) != "$") return std::string(value);
    return std::string(value_of(parameters, value.substr(1)));
}

bool asks(std::string_view tables, std::string_view map) {
    return contains(tables, "socketmap:") && contains(tables, fmt::format(":{}", map));
}

/// The columns of a service's entry: name, type, private, unprivileged, chroot, ...
std::vector<std::string_view> columns(std::string_view entries, std::string_view service) {
    for (const auto line : base::split(entries, '\n')) {
        std::vector<std::string_view> out;
        for (const auto word : base::split(line, ' '))
            if (!word.empty()) out.push_back(word);
        if (out.size() > 7 && out[0] == service && out[1] == "unix") return out;
    }
    return {};
}

}  // namespace

Wired wired(const Parameters& parameters, const Parameters& services) {
    Wired out;
    const auto rewrite = value_of(services, "qmgr/unix/rewrite_service_name");
    if (!rewrite.empty()) {
        const auto maps = value_of(services, fmt::format("{}/unix/transport_maps", rewrite));
        out.transport = asks(expanded(maps, parameters), "transport");
    }
    const auto delivery = value_of(parameters, "default_transport");
    auto filter = value_of(
        services, fmt::format("{}/unix/smtp_dns_reply_filter", delivery.substr(0, delivery.find(':'))));
    if (filter.empty()) filter = value_of(parameters, "smtp_dns_reply_filter");
    out.mxfilter = asks(expanded(filter, parameters), "mxfilter");
    for (const auto* const list : {"smtpd_recipient_restrictions", "smtpd_end_of_data_restrictions"})
        out.policy = out.policy || contains(value_of(parameters, list), "nexthopd/policy");
    return out;
}

std::vector<std::string> mistakes(const Parameters& parameters, const Parameters& services,
                                  std::string_view entries) {
    std::vector<std::string> out;
    const auto value = [&](std::string_view name) { return value_of(parameters, name); };
    if (asks(value("transport_maps"), "transport"))
        out.emplace_back(
            "transport_maps asks nexthopd: smtpd does so, too, and refuses mail that is held. Take it out "
            "there, "
            "and give qmgr a service of its own: nexthopctl postfix enable");
    const auto state = wired(parameters, services);
    if (state.transport) {
        const auto rewrite = value_of(services, "qmgr/unix/rewrite_service_name");
        const auto entry = columns(entries, rewrite);
        const auto maps =
            expanded(value_of(services, fmt::format("{}/unix/transport_maps", rewrite)), parameters);
        if (entry.empty())
            out.push_back(fmt::format(
                "qmgr asks the service \"{}\", which master.cf does not have: all mail is deferred",
                rewrite));
        else if (entry[4] != "n" && contains(maps, "socketmap:unix:/"))
            out.push_back(
                fmt::format("the service \"{}\" is chrooted, and its socketmap has an absolute path: write "
                            "unix:nexthopd/socketmap, below the queue directory",
                            rewrite));
        const auto tables = value("transport_maps");
        if (!tables.empty() && !contains(maps, tables))
            out.emplace_back(
                "transport_maps was changed since nexthopd was wired; qmgr goes by the old value: run "
                "nexthopctl "
                "postfix enable again");
    }
    for (const auto* const name :
         {"relayhost", "sender_dependent_relayhost_maps", "sender_dependent_default_transport_maps"})
        if (!value(name).empty())
            out.push_back(fmt::format(
                "{} is set: mail leaves through another host, so nexthopd holds mail, but leaves servers "
                "as they are (allow_bypass_relayhost)",
                name));
    if (!value("smtp_tls_policy_maps").empty() && !state.mxfilter)
        out.emplace_back(
            "smtp_tls_policy_maps is set: for those domains servers are left out only through the mxfilter "
            "map");
    for (const auto* const service : {"retry", "error"})
        if (!entries.empty() && columns(entries, service).empty())
            out.push_back(fmt::format(
                "master.cf has no service \"{}\": mail that is held or failed stays as \"mail transport "
                "unavailable\"",
                service));
    return out;
}

}  // namespace nexthopd::wiring
