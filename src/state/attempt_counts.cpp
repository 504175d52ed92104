#include "state/attempt_counts.hpp"

namespace nexthopd::state {

namespace {

/// No host name has a blank.
std::string with_reason(std::string_view name, std::string_view reason) {
    std::string out;
    out.reserve(name.size() + 1 + reason.size());
    out.append(name).append(1, ' ').append(reason);
    return out;
}

}  // namespace

void AttemptCounts::add(const Kind& kind, base::WallTime time, base::WallTime now, std::uint32_t count) {
    const auto add_to = [&](Counters& counters, std::string_view name) {
        counters.add(name, kind.result_class, time, now, count);
    };
    add_to(servers_, kind.server);
    add_to(domains_, kind.domain);
    if (kind.reason.empty()) return;
    add_to(server_reasons_, with_reason(kind.server, kind.reason));
    add_to(domain_reasons_, with_reason(kind.domain, kind.reason));
}

std::uint64_t AttemptCounts::matching(const Kind& kind, std::int64_t seconds, base::WallTime now) const {
    const bool of_server = !kind.server.empty();
    const auto name = of_server ? kind.server : kind.domain;
    const auto key = kind.reason.empty() ? std::string(name) : with_reason(name, kind.reason);
    const auto& counters = kind.reason.empty() ? (of_server ? servers_ : domains_)
                                               : (of_server ? server_reasons_ : domain_reasons_);
    std::uint64_t out = 0;
    for (const char result_class : {'2', '4', '5'})
        if (kind.result_class == 0 || kind.result_class == result_class)
            out += counters.count(key, result_class, seconds, now);
    return out;
}

void AttemptCounts::prune(base::WallTime now, std::size_t names) {
    for (auto* const counters : {&servers_, &domains_, &server_reasons_, &domain_reasons_})
        counters->prune(now, names);
}

}  // namespace nexthopd::state
