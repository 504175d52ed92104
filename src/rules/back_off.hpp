// Back-off: attempts and questions in, holds, releases and throttles out. A step machine over all rules.
//
// It reads no clock and does no I/O: the daemon drives it with what it sees, a replay with an old log in
// virtual time, and both get the same decisions. Everything is bounded; what does not fit is not decided.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>

#include <chrono>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/string_hash.hpp"
#include "mail/attempt.hpp"
#include "mail/hold.hpp"
#include "mail/mx_set.hpp"
#include "rules/rule_set.hpp"
#include "rules/wide_hold.hpp"
#include "rules/window.hpp"

namespace nexthopd::rules {

/// What the machine wants done, in no particular order between the lists.
struct Effects {
    /// One message waits by itself. The times are those of the attempt and of the rule.
    struct MailHold {
        mail::Hold hold;
        std::string queue_id;
        std::optional<base::WallTime> arrived;
    };
    struct Ended {
        mail::Hold hold;
        std::string why;  // "over", "cleared", "rule changed"
    };
    struct Warning {
        std::string rule;
        std::string key;
        std::string reply;
        std::uint32_t count = 0;
    };
    std::vector<MailHold> mail;
    std::vector<mail::Hold> started;  // wider ones, observed ones too
    std::vector<mail::Hold> changed;  // the same with other times
    std::vector<Ended> ended;
    std::vector<HeldMessage> releases;
    std::vector<Warning> warnings;
};

class BackOff {
  public:
    static constexpr std::size_t max_wide_holds = 5'000;
    static constexpr std::size_t max_observed = 10'000;
    static constexpr std::size_t max_messages = 500'000;  // whose leaving is noticed
    static constexpr std::size_t max_windows = 50'000;    // about 20 MB; the one unused for longest goes
    static constexpr std::size_t max_limits = 100'000;    // domains, providers, ... of throttles
    static constexpr std::size_t max_promises = 200'000;  // mail that a throttle has given its time

    struct Options {
        bool observe = false;  // every rule only records
        RuleMode usual{0};     // of rules that name no mode
        std::chrono::milliseconds hold_max = std::chrono::hours(24);
    };

    /// `new_id`: an id for a hold that no other has.
    explicit BackOff(std::function<std::string()> new_id) : new_id_(std::move(new_id)) {}

    /// The holds of rules that are not in `set`, or say something else there, end.
    void set_rules(std::shared_ptr<const RuleSet> set, Options options, Moment moment, Effects& effects);
    const RuleSet& rules() const { return *set_; }

    /// A hold of the time before a restart. Holds of rules that are not there any more end.
    void remember(mail::Hold hold, Moment moment, Effects& effects);

    /// attempt() has use for those that succeeded.
    bool wants_successes() const { return shares_ || !by_target_.empty(); }
    /// An attempt has ended. `complete`: the log has told everything lately; else nothing new is concluded.
    void attempt(const mail::Attempt& attempt, const Provider* provider, bool complete, Moment moment,
                 Effects& effects);

    /// The log showed that message deferred with the text of hold `id`. False: no such hold.
    bool waits(std::string_view id, std::string_view recipient, std::string_view queue_id, base::Instant now);
    /// A recipient of a message does not wait any more, but perhaps under the hold `but_for`; without a
    /// recipient: none of them does.
    void left(std::string_view queue_id, std::string_view recipient = {}, std::string_view but_for = {});

    /// What time has brought.
    void advance(Moment moment, Effects& effects);
    /// When advance() has something to do.
    std::optional<base::Instant> next() const;

    // Questions. `commit`: the answer is given to the MTA, so what permits the mail to go is used up.

    /// No rule says anything of any mail now.
    bool idle() const {
        return by_target_.empty() && !standing_ && active_.empty() && !set_->providers().transports();
    }
    /// What rules say depends on the servers of a domain.
    bool asks_for_servers() const {
        return by_servers_ > 0 || standing_servers_ || !active_.empty() || set_->providers().transports();
    }

    struct Covering {
        std::string id;
        base::Instant end{};
    };
    /// The hold that this mail waits under, of its domain or of its provider.
    std::optional<Covering> covers(mail::HoldScope scope, std::string_view key, std::string_view recipient,
                                   Moment moment, bool commit);
    struct ServerHold {
        base::Duration left{};
        std::string_view rule;
        std::string_view version;
    };
    /// nullopt: the server is not held.
    std::optional<ServerHold> server_held(std::string_view server, Moment moment, bool commit);
    /// The transport that rules or the provider want; empty: none.
    std::string_view transport(std::string_view domain, const Provider* provider, std::string_view connection,
                               base::Instant now) const;

    struct Throttled {
        std::string_view rule;
        std::string_view version;
        base::Duration left{};
        bool observed = false;
    };
    struct Mail {
        std::string_view connection;
        std::string_view recipient;
        std::string_view domain;
        std::string_view server;  // the first of its servers; may be empty
        const Provider* provider = nullptr;
    };
    /// The mail is over a limit, and its turn comes when `left` is over.
    std::optional<Throttled> throttle(const Mail& mail, base::Instant now, bool commit);

    // For people.

    std::vector<const WideHold*> list(std::size_t limit) const;
    std::vector<const mail::Hold*> list_observed() const;
    const WideHold* find(std::string_view id) const;
    /// The id of a hold that the message waits under; empty: none is known.
    std::string_view holding(std::string_view queue_id) const;
    /// Ends it; its mail is released. False: no such hold.
    bool clear(std::string_view id, Moment moment, Effects& effects);
    std::size_t size() const { return by_target_.size(); }

  private:
    using Target = std::pair<mail::HoldScope, std::string>;
    struct Tracked {
        std::string key;
        Window window;
        std::string reply;  // the last that was looked for
    };
    struct Active {  // a transport or throttle that a trigger has set in force
        base::Instant until{};
    };
    struct Promise {
        base::Instant slot{};
        base::Instant expires{};
    };
    struct Observed {
        mail::Hold hold;
        base::Instant end{};
    };
    template <class T>
    using Map = boost::unordered_flat_map<std::string, T, base::StringHash, std::equal_to<>>;

    Target target_of(const Rule& rule, const mail::Attempt& attempt, const Provider* provider) const;
    std::uint32_t percent(const Rule& rule) const;
    bool enforced(const Rule& rule, std::string_view key) const;
    Tracked& track(const Rule& rule, const Target& target);
    void fire(const Rule& rule, const Target& target, Tracked& tracked, const mail::Attempt& attempt,
              Moment moment, Effects& effects);
    WideHold* at(const Target& target);
    bool add(mail::Hold hold, const Rule& rule, Moment moment);
    using Holds = std::map<std::string, WideHold, std::less<>>;
    /// The holds after it.
    Holds::iterator end(Holds::iterator hold, const char* why, Moment moment, Effects& effects);
    void touch(const WideHold& hold);
    bool in_force(std::size_t rule, const std::string& key, base::Instant now) const;
    void promise(std::string key, base::Instant slot);
    void prune(base::Instant now, Effects& effects);

    std::function<std::string()> new_id_;
    std::shared_ptr<const RuleSet> set_ = std::make_shared<RuleSet>();
    Options options_;
    std::vector<std::string> versions_;  // of set_->rules()
    bool shares_ = false;                // some rule counts successes too
    bool standing_ = false;              // some rule is in force by itself
    bool standing_servers_ = false;      // and needs to know the servers

    std::list<Tracked> tracked_;                 // the one used last in front
    Map<std::list<Tracked>::iterator> windows_;  // by rule and key

    std::vector<mail::Hold> remembered_;  // until the rules are known
    bool rules_known_ = false;
    Holds holds_;                                  // by id
    std::map<Target, std::string> by_target_;      // ids; none of those that are lifted
    std::optional<base::Instant> next_;            // the earliest of theirs, or earlier
    Map<std::vector<std::string>> waiting_under_;  // queue id -> ids of holds
    std::size_t by_servers_ = 0;                   // holds of servers and providers
    Map<Observed> observed_;                       // by rule and key
    Map<base::Instant> quiet_;                     // likewise: no further warning until then

    Map<Active> active_;                               // by rule and key
    std::map<std::string, Gcra, std::less<>> limits_;  // likewise
    std::size_t limits_sweep_ = 1'000;
    Map<Promise> promises_;
    std::deque<std::pair<base::Instant, std::string>> promised_;  // in the order in which they expire
};

}  // namespace nexthopd::rules
