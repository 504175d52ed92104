// Whatever rules, replies and arrivals are: every message that waits is asked about again within hold.max.
#include <algorithm>
#include <map>
#include <random>

#include "back_off_rig.hpp"

using namespace nexthopd;

namespace {

constexpr auto hold_max = std::chrono::minutes(40);
constexpr auto tolerance = std::chrono::seconds(2);

template <class T>
T pick(std::mt19937& random, const std::vector<T>& list) {
    return list[random() % list.size()];
}

std::string random_rules(std::mt19937& random) {
    std::string out = big_provider;
    const auto count = 1 + random() % 4;
    for (std::size_t i = 0; i < count; ++i) {
        out += fmt::format("[[rule]]\nname='r{}'\n", i);
        if (random() % 3 == 0) {
            out += fmt::format("when={{}}\nthrottle='{}'\nper='{}'\n",
                               pick<std::string>(random, {"1/h", "10/m,max_burst=4", "100/10m", "3/10m"}),
                               pick<std::string>(random, {"provider", "domain", "server", "connection"}));
            continue;
        }
        out += fmt::format("when={{class='4'}}\ntrigger='{}'\nhold='{}'\nfor='{}'\nmost='{}'\nramp='{}'\n",
                           pick<std::string>(random, {"immediate", "3 in 10m", "40% of 5 in 5m"}),
                           pick<std::string>(random, {"provider", "domain", "mail"}),
                           pick<std::string>(random, {"1m", "10m", "2h", "20h"}),
                           pick<std::string>(random, {"10m", "24h"}),
                           pick<std::string>(random, {"1/m", "1/h", "20/s"}));
    }
    return out;
}

/// One message on its way through a queue manager that retries nothing by itself.
struct Message {
    std::string recipient;
    base::Duration asked{};
    base::Duration asks_at{};  // when it is asked about next, if it waits by itself
    bool alone = false;
};

}  // namespace

TEST_CASE("every waiting message is asked about again within hold.max") {
    for (std::uint32_t seed = 1; seed <= 16; ++seed) {
        std::mt19937 random(seed);
        const auto text = random_rules(random);
        INFO(seed << "\n" << text);
        Rig rig(text, true, hold_max);
        std::map<std::string, Message> queue;
        const auto failing = random() % 100;
        const auto question = [&](const std::string& id, Message& message) {
            message.asked = rig.passed;
            message.alone = false;
            const auto domain = message.recipient.substr(message.recipient.find('@') + 1);
            if (!rig.ask(message.recipient, id)) return false;
            const rules::BackOff::Mail mail{"", message.recipient, domain, "mx1.big.net", rig.big()};
            auto wait = base::Duration(0);
            if (const auto over = rig.back_off.throttle(mail, rig.moment().now, true)) {
                wait = over->left;
            } else {
                auto attempt = rig.attempt("mx1.big.net", message.recipient,
                                           random() % 100 < failing ? "421 no" : "250 ok");
                attempt.queue_id = id;
                rig.back_off.left(id, message.recipient);
                rig.effects.mail.clear();
                rig.learn(attempt);
                if (attempt.status == mail::Status::sent) return true;
                wait = base::Duration(10min);  // the MTA's own schedule
                for (const auto& hold : rig.effects.mail)
                    wait = std::max<base::Duration>(wait, hold.hold.until - rig.moment().wall);
            }
            message.alone = true;
            message.asks_at = rig.passed + wait;
            return false;
        };
        std::size_t number = 0;
        for (int minute = 0; minute < 200; ++minute) {
            for (auto arrivals = random() % 8; arrivals > 0; --arrivals) {
                const auto id = fmt::format("Q{}", number++);
                Message message{fmt::format("u{}@d{}.test", random() % 50, random() % 4), {}, {}, false};
                if (!question(id, message)) queue.emplace(id, message);
            }
            for (int step = 0; step < 6; ++step) {
                rig.pass(10s);
                for (const auto& id : rig.released())
                    if (const auto found = queue.find(id);
                        found != queue.end() && question(id, found->second))
                        queue.erase(found);
                for (auto at = queue.begin(); at != queue.end();) {
                    auto& message = at->second;
                    const bool sent =
                        message.alone && message.asks_at <= rig.passed && question(at->first, message);
                    // A step of the test is 10 s long.
                    if (!sent && rig.passed - message.asked > hold_max + tolerance + 10s)
                        FAIL(at->first << " to " << message.recipient << " waits since "
                                       << message.asked.count());
                    at = sent ? queue.erase(at) : std::next(at);
                }
            }
        }
    }
}
