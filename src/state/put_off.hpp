// Since when each address has been put off without a break, as Exim's retry records have it.
//
// Exim returns mail whose address has been deferred for longer than its last retry rule, and then the next
// message to it at its first deferral (retry.c). So it is not one message's wait that has to end in time, but
// the address': only an answer that lets its mail pass makes Exim forget.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>

#include <list>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/string_hash.hpp"

namespace nexthopd::state {

class PutOff {
  public:
    /// When full, the address that was put off longest ago is forgotten.
    static constexpr std::size_t max_addresses = 100'000;

    /// When the address was put off first; `now` where it is not.
    base::WallTime since(std::string_view address, base::WallTime now) const;
    void put_off(std::string_view address, base::WallTime now);
    void passed(std::string_view address);

    std::size_t size() const { return by_address_.size(); }

  private:
    struct Entry {
        std::string address;
        base::WallTime since{};
    };
    using Place = std::list<Entry>::iterator;

    std::list<Entry> entries_;  // the one that was put off last in front
    boost::unordered_flat_map<std::string_view, Place, base::StringHash, std::equal_to<>> by_address_;
};

}  // namespace nexthopd::state
