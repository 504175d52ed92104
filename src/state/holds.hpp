// The holds that are in force, and which queued messages wait under each. Answered from memory.
//
// An end is kept in wall and in monotonic time and the earlier one wins: setting the clock back never
// makes mail wait longer, setting it forward releases it early rather than late.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/string_hash.hpp"
#include "mail/hold.hpp"

namespace nexthopd::state {

struct ActiveHold {
    mail::Hold hold;
    base::Instant end{};
    std::uint64_t last_question = 0;  // serial of the last question answered with it; 0: none yet
    base::Instant last_asked{};
    std::vector<std::string> waiting;  // queue ids, in the order in which the log showed them

    bool over(base::Instant now, base::WallTime wall) const { return now >= end || wall >= hold.until; }
};

class Holds {
  public:
    static constexpr std::size_t max_holds = 1'000'000;     // about 600 MB; a rule made these, not a person
    static constexpr std::size_t max_waiting = 10'000;      // queue ids remembered for one hold

    /// The hold that covers this mail, perhaps one that is over(); or nullptr. Valid until the next change. A
    /// hold on the message itself goes before one on all mail to the recipient.
    ActiveHold* find(std::string_view connection, std::string_view recipient, std::string_view queue_id = {});
    const ActiveHold* find_id(std::string_view id) const;

    /// Adds a hold that ends at hold.until; `wall` and `now` are the same moment on both clocks. Replaces
    /// a hold on the same mail and takes over who waits under it. False, and nothing is changed, when it is
    /// full, the end has passed, or another mail's hold has that id.
    bool add(mail::Hold hold, base::Instant now, base::WallTime wall);

    /// The log showed that message deferred with the text of hold `id`. False when the hold is not known, or
    /// is not on that mail: a text that someone else wrote.
    bool add_waiting(std::string_view id, std::string_view recipient, std::string_view queue_id);

    /// Takes a hold out before its end.
    std::optional<ActiveHold> remove(std::string_view id);
    /// Takes out those that have ended, at most `limit` of them.
    std::vector<ActiveHold> take_ended(base::Instant now, base::WallTime wall, std::size_t limit);
    /// When take_ended() has something to do, by the monotonic clock.
    std::optional<base::Instant> next_end() const;

    /// The versions of the rules that made holds, and the ids of those of one, at most `limit`.
    std::vector<std::string> versions() const;
    std::vector<std::string> of_version(std::string_view version, std::size_t limit) const;

    std::size_t size() const { return by_id_.size(); }
    /// The ids of the holds on a recipient, whatever the connection or message. Looks at every hold.
    std::vector<std::string> of_recipient(std::string_view recipient) const;
    /// Every hold, earliest end first, at most `limit`.
    std::vector<const ActiveHold*> list(std::size_t limit) const;

    /// An id that no remembered hold has: 6 characters of Crockford's base 32 (no I, L, O, U) from `random`,
    /// called for 32 bits at a time.
    template <class Random>
    std::string new_id(Random&& random) const {
        static constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        while (true) {
            std::string id;
            for (std::uint32_t bits = random(), i = 0; i < 6; ++i, bits >>= 5U)
                id.push_back(alphabet[bits & 31U]);
            if (!by_id_.contains(id)) return id;
        }
    }

  private:
    using Owner = std::unique_ptr<ActiveHold>;
    std::string_view key(std::string_view connection, std::string_view recipient, std::string_view queue_id);
    std::string_view key(const mail::Hold& hold) { return key(hold.connection, hold.recipient, hold.queue_id); }
    ActiveHold* find_exact(std::string_view connection, std::string_view recipient, std::string_view queue_id);
    std::optional<ActiveHold> take(std::string_view id);

    boost::unordered_flat_map<std::string, Owner, base::StringHash, std::equal_to<>> by_id_;
    boost::unordered_flat_map<std::string, ActiveHold*, base::StringHash, std::equal_to<>> by_mail_;
    std::set<std::pair<base::Instant, std::string_view>> by_end_;        // views of the ids in the holds
    std::set<std::pair<base::WallTime, std::string_view>> by_wall_end_;
    std::map<std::string, std::set<std::string_view>, std::less<>> by_version_;  // views like these
    std::string key_;  // reused, so that find() does not allocate
};

}  // namespace nexthopd::state
