// What is in a Postfix queue now: `postqueue -j`, one JSON object a line (postqueue(1)).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace nexthopd::mta {

struct QueuedRecipient {
    std::string address;       // as mail::Recipient::address
    std::string delay_reason;  // empty: not tried yet
    std::string hold_id;       // the reason is the text of one of our holds
};

struct QueuedMessage {
    std::string queue_id;
    base::WallTime arrived{};
    std::uint64_t size = 0;
    std::string sender;
    std::vector<QueuedRecipient> recipients;
};

/// Lines that are not such an object are passed over.
std::vector<QueuedMessage> parse_postqueue(std::string_view text);

/// Runs postqueue(1). Blocks.
base::Result<std::vector<QueuedMessage>> ask_postqueue(const std::string& config_directory);

/// A queue id that may be given to a command: 6 to 32 letters, digits and hyphens, not beginning with a hyphen.
bool is_queue_id(std::string_view text);

/// The id in `delayed by local policy until hh:mm UTC (nexthopd ID)`; empty for any other text.
std::string_view hold_id_of(std::string_view text);

}  // namespace nexthopd::mta
