// What smtp(8) asks a smtp_dns_reply_filter(5): a DNS record as text, `ok.test. 300 IN MX 10 mx1.ok.test.`
//
// Only MX records are taken apart. Address records concern relay hosts and pinned hosts too, and the wire
// form of TLSA comes garbled (Postfix 3.7): all of them are kept.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace nexthopd::protocol {

struct MxRecord {
    std::string owner;  // canonical: the target of CNAMEs, not the domain of the recipient
    std::string host;   // both as mail::host_name() gives them
};

/// nullopt: another type, or a name that is none.
std::optional<MxRecord> read_mx_record(std::string_view text);

/// The reply that makes smtp(8) act as if the record were not there.
inline constexpr std::string_view ignore_record = "OK IGNORE";

}  // namespace nexthopd::protocol
