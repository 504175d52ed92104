// Attempts and holds as an administrator asks for them (`nexthopctl attempts`, `nexthopctl why`).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "ledger/store.hpp"
#include "mail/attempt.hpp"
#include "mail/hold.hpp"

namespace nexthopd::ledger {

/// Empty members do not filter.
struct Filter {
    std::string server;
    std::string domain;
    std::string recipient;
    std::string queue_id;
    std::optional<base::WallTime> since;
    std::uint32_t limit = 100;  // at most max_listed
    bool all = false;           // also rows that are not counted
    std::optional<mail::Status> status{};
    std::string reason{};
};

constexpr std::uint32_t max_listed = 10'000;  // about 10 MB of rows
/// Filters without an index walk back through time; the ledger thread has other work.
constexpr std::chrono::milliseconds listing_time{1'000};

struct Listed {
    std::vector<mail::Attempt> attempts;  // newest first
    bool complete = true;                 // false: the time was over, older ones may match too
};

base::Result<Listed> list_attempts(const std::string& database, const Filter& filter);

struct KnownHold {
    mail::Hold hold;
    std::optional<EndedHold> ended;
};

/// nullopt: never heard of, or ended longer ago than ended holds are kept.
base::Result<std::optional<KnownHold>> find_hold(const std::string& database, const std::string& id);

}  // namespace nexthopd::ledger
