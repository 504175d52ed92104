// A log that is no file: the systemd journal, or what other hosts send by syslog. It gives entries whose
// fields are apart already. Everything happens on the ledger thread.
#pragma once

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "follow/messages.hpp"

namespace nexthopd::follow {

struct Entry {
    std::string_view program;  // "postfix/smtp"
    std::uint32_t pid = 0;
    std::string_view body;
    base::WallTime time{};
};

/// What makes attempts and events of the entries of one MTA (maillog::PostfixLog::entry, bound).
using ParseEntry = std::function<void(const Entry& entry, base::WallTime now, std::vector<mail::Attempt>&,
                                      std::vector<maillog::QueueEvent>&)>;

class EntrySource {
  public:
    virtual ~EntrySource() = default;

    /// Called once, before the rest. `place` is what was stored of place(), nullopt when there is nothing.
    /// From then on `wake` is called when there may be something to read.
    virtual void start(std::optional<std::string> place, std::function<void()> wake) = 0;

    /// Reads a slice; rows and events are appended. True: there may be more to read now. An error says what
    /// to do; it is worth another try later.
    virtual base::Result<bool> read(base::WallTime now, Learnt& learnt) = 0;

    /// Behind the last entry that was given: stored together with its rows. Empty: there is nothing to store.
    virtual std::string place() const { return {}; }

    /// Adds what it has counted.
    virtual void report(Health& health) const = 0;
};

/// An EntrySource that is made on the ledger thread.
struct OtherSource {
    std::string name;  // of its place in the ledger
    std::function<std::unique_ptr<EntrySource>(boost::asio::io_context&)> make;
};

}  // namespace nexthopd::follow
