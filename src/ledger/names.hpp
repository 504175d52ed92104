// The table `name`: texts that repeat from row to row (servers, domains, addresses, instances) by number.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/string_hash.hpp"
#include "ledger/sqlite.hpp"

namespace nexthopd::ledger {

class Names {
  public:
    /// Strangers choose the names: beyond this the cache starts anew (about 6 MB of host names). A name
    /// that is not in it costs one look-up in the index, some 2 µs.
    static constexpr std::size_t max_cached = 65'536;

    static base::Result<Names> prepare(const Database& database);

    /// Days since 1970; days before come from broken clocks only.
    static std::int64_t day_of(base::WallTime time);

    /// The number of `name`, given out when it has none. `day` (days since 1970) is that of the row which
    /// uses it. Within the writer's transaction.
    base::Result<std::int64_t> id(const Database& database, std::string_view name, std::int64_t day);

    /// After a rollback: numbers given out in that transaction do not exist.
    void forget() { cache_.clear(); }

    /// Removes names last used before `day`, looking at no more than `limit` names; the next call goes on
    /// from there. Rows that use them must be gone.
    base::Result<void> prune(const Database& database, std::int64_t day, std::int64_t limit);

  private:
    struct Known {
        std::int64_t id;
        std::int64_t used;
    };
    base::Result<Known> look_up(const Database& database, std::string_view name, std::int64_t day);

    boost::unordered_flat_map<std::string, Known, base::StringHash, std::equal_to<>> cache_;
    std::int64_t pruned_up_to_ = 0;
    Statement find_, add_, touch_, last_, remove_cells_, remove_;
};

}  // namespace nexthopd::ledger
