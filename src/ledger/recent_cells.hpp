// What the counters in memory are rebuilt from: the rows of the last hours, counted by minute.
#pragma once

#include <boost/container_hash/hash.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "ledger/sqlite.hpp"
#include "ledger/store.hpp"

namespace nexthopd::ledger {

class RecentCells {
  public:
    static base::Result<RecentCells> prepare(const Database& database);

    /// Since the minute of `since`, minute by minute.
    base::Result<void> read(base::WallTime since, const std::function<void(const Cell&)>& cell);

  private:
    struct Key {
        std::int64_t server = 0;  // of names
        std::int64_t domain = 0;
        std::int64_t reason = 0;  // 0: not known
        char result_class = '0';
        friend bool operator==(const Key&, const Key&) = default;
        friend std::size_t hash_value(const Key& key) {
            std::size_t seed = 0;
            boost::hash_combine(seed, key.server);
            boost::hash_combine(seed, key.domain);
            boost::hash_combine(seed, key.reason);
            boost::hash_combine(seed, key.result_class);
            return seed;
        }
    };
    using Counts = boost::unordered_flat_map<Key, std::uint32_t>;
    using Names = boost::unordered_flat_map<std::int64_t, std::string>;

    base::Result<void> tell(base::WallTime minute, const Counts& counts, Names& names,
                            const std::function<void(const Cell&)>& cell);
    /// Empty: there is none.
    base::Result<std::string_view> name_of(std::int64_t id, Names& names);

    Statement rows_, name_;
};

}  // namespace nexthopd::ledger
