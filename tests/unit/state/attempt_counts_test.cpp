#include "state/attempt_counts.hpp"

#include <random>
#include <vector>

#include "catch.hpp"

using namespace nexthopd;
using namespace nexthopd::state;
using namespace std::chrono_literals;

namespace {

struct Attempt {
    std::string server;
    std::string domain;
    std::string reason;
    char result_class;
    std::int64_t ago;  // seconds
};

bool matches(const Attempt& attempt, const AttemptCounts::Kind& kind) {
    return (kind.server.empty() || kind.server == attempt.server) &&
           (kind.domain.empty() || kind.domain == attempt.domain) &&
           (kind.reason.empty() || kind.reason == attempt.reason) &&
           (kind.result_class == 0 || kind.result_class == attempt.result_class);
}

}  // namespace

TEST_CASE("counts by server, domain and reason lie between the window and one a minute longer") {
    std::mt19937 random(7);
    const auto any = [&](int most) { return std::uniform_int_distribution<int>(0, most)(random); };
    const auto now = base::from_unix_seconds(1'795'348'837);
    const char* const reasons[] = {"", "rate", "greylist"};
    std::vector<Attempt> attempts;
    AttemptCounts counts;
    for (int i = 0; i < 3'000; ++i) {
        attempts.push_back({"mx" + std::to_string(any(2)), "d" + std::to_string(any(2)) + ".example",
                            reasons[any(2)], "245"[any(2)], any(8'000)});
        const auto& made = attempts.back();
        counts.add({made.server, made.domain, made.reason, made.result_class},
                   now - std::chrono::seconds(made.ago), now);
    }
    for (int i = 0; i < 500; ++i) {
        const auto server = "mx" + std::to_string(any(3));
        const auto domain = "d" + std::to_string(any(3)) + ".example";
        AttemptCounts::Kind kind{{},
                                 {},
                                 reasons[any(2)],
                                 std::string_view("\0"
                                                  "245",
                                                  4)[static_cast<std::size_t>(any(3))]};
        (any(1) == 0 ? kind.server : kind.domain) = any(1) == 0 ? server : domain;
        const std::int64_t seconds = any(7'140);
        std::uint64_t least = 0;
        std::uint64_t most = 0;
        for (const auto& made : attempts) {
            if (!matches(made, kind)) continue;
            least += made.ago < seconds ? 1 : 0;
            most += made.ago <= seconds + 60 ? 1 : 0;
        }
        const auto counted = counts.matching(kind, seconds, now);
        CHECK(counted >= least);
        CHECK(counted <= most);
    }
    CHECK(counts.of_server("mx1", '4', 900, now) == counts.matching({"mx1", {}, {}, '4'}, 900, now));
    CHECK(counts.servers() == 3);
}

TEST_CASE("what is past the window is dropped everywhere") {
    AttemptCounts counts;
    const auto now = base::from_unix_seconds(1'795'348'800);
    counts.add({"mx1", "a.example", "rate", '4'}, now, now);
    counts.prune(now + 3h, 10);
    CHECK(counts.servers() == 0);
    CHECK(counts.matching({{}, "a.example", "rate", '4'}, 7'200, now) == 0);
}
