#include "answer/script_lookup.hpp"

#include <utility>

namespace nexthopd::answer {

dns::Type record_type(script::Lookup::Kind kind) {
    switch (kind) {
        case script::Lookup::Kind::mx:
            return dns::Type::mx;
        case script::Lookup::Kind::a:
            return dns::Type::a;
        case script::Lookup::Kind::aaaa:
            return dns::Type::aaaa;
        case script::Lookup::Kind::txt:
            break;
    }
    return dns::Type::txt;
}

script::LookupResult lookup_result(const mail::MxSet& set) {
    script::LookupResult out;
    out.failed = set.state == mail::MxSet::State::failed || set.state == mail::MxSet::State::loop;
    for (const auto& host : set.hosts)
        if (host.valid) out.records.push_back({host.name, host.preference});
    return out;
}

script::LookupResult lookup_result(const dns::Records& records) {
    script::LookupResult out;
    out.failed = records.state == dns::Records::State::failed;
    for (const auto& text : records.texts)
        out.records.push_back({text});
    return out;
}

boost::asio::awaitable<script::LookupResult> look_up(dns::Resolver& resolver, script::Lookup lookup) {
    if (lookup.kind == script::Lookup::Kind::mx) {
        const auto set = co_await resolver.mx(std::move(lookup.name), false);
        co_return lookup_result(*set);
    }
    const auto records = co_await resolver.records(std::move(lookup.name), record_type(lookup.kind));
    co_return lookup_result(*records);
}

}  // namespace nexthopd::answer
