// What smtp(8) asks its DNS reply filter -> read_mx_record(): names that are none never come through.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "mail/host_name.hpp"
#include "protocol/mx_record.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace nexthopd;
    const std::string text(data, data + size);
    const auto record = protocol::read_mx_record(text);
    if (!record) return 0;
    if (!mail::is_host_name(record->owner) || !mail::is_host_name(record->host)) std::abort();
    const auto again = protocol::read_mx_record(record->owner + ". 60 IN MX 10 " + record->host + ".");
    if (!again || again->owner != record->owner || again->host != record->host) std::abort();
    return 0;
}
