#include "protocol/mx_record.hpp"

#include "base/text.hpp"
#include "mail/host_name.hpp"

namespace nexthopd::protocol {

std::optional<MxRecord> read_mx_record(std::string_view text) {
    // Owner, TTL (it changes from question to question), class, type, preference, host.
    const auto fields = base::split(text, ' ');
    if (fields.size() != 6 || fields[2] != "IN" || fields[3] != "MX") return std::nullopt;
    if (!base::parse_number(fields[1]) || !base::parse_number(fields[4], 65'535)) return std::nullopt;
    auto owner = mail::host_name(fields[0]);
    auto host = mail::host_name(fields[5]);
    if (!owner || !host) return std::nullopt;
    return MxRecord{*std::move(owner), *std::move(host)};
}

}  // namespace nexthopd::protocol
