// How much of an address is stored and logged.
//
// Addresses are replaced before they are stored: those of rows, and those inside the replies of servers.
// What is held is known in memory by its real recipient.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "mail/attempt.hpp"
#include "mail/hold.hpp"

namespace nexthopd::ledger {

class Privacy {
  public:
    enum class Mode {
        full,
        hashed,  // the local part becomes 16 hexadecimal digits of HMAC-SHA-256 over the address
        domain,  // the local part becomes `*`
    };

    Privacy() = default;  // full
    Privacy(Mode mode, std::string key) : mode_(mode), key_(std::move(key)) {}
    /// Reads the key of `hashed`, which is made at the first call (32 random bytes, mode 0600). May block.
    static base::Result<Privacy> open(Mode mode, const std::string& key_file);

    bool full() const { return mode_ == Mode::full; }
    /// An address; empty stays empty.
    std::string address(std::string_view address) const;
    /// Text with addresses in it.
    std::string text(std::string_view text) const;

    void apply(mail::Attempt& attempt) const;
    void apply(mail::Hold& hold) const;

  private:
    std::string hashed(std::string_view address) const;

    Mode mode_ = Mode::full;
    std::string key_;
};

}  // namespace nexthopd::ledger
