// How fast the ledger takes rows, and what the published example's COUNT costs in it.
//
//     ledger_bench FILE [ROWS [SERVERS]]      FILE is created and must not exist
//
// Rows as a busy host makes them: server names by Zipf's law, long (time-ordered) queue ids, batches of
// 5 000, a day of traffic. Rows per second are those of append() alone; the rest of the loop is not counted.
#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "ledger/reader.hpp"
#include "ledger/store_sqlite.hpp"

using namespace nexthopd;
using Steady = std::chrono::steady_clock;

namespace {

constexpr std::size_t batch_rows = 5'000;
constexpr std::chrono::hours span{24};

double seconds_since(Steady::time_point begun) {
    return std::chrono::duration<double>(Steady::now() - begun).count();
}

/// Of this thread: what storing costs, whatever else the machine does.
double cpu_seconds() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// Ranks by Zipf's law with exponent 1, by bisection of the cumulated weights.
class Zipf {
  public:
    explicit Zipf(std::size_t ranks) : cumulated_(ranks) {
        double sum = 0;
        for (std::size_t rank = 0; rank < ranks; ++rank)
            cumulated_[rank] = sum += 1.0 / static_cast<double>(rank + 1);
    }
    template <class Random>
    std::size_t operator()(Random& random) const {
        const double at = std::uniform_real_distribution<double>(0, cumulated_.back())(random);
        return static_cast<std::size_t>(std::lower_bound(cumulated_.begin(), cumulated_.end(), at) -
                                        cumulated_.begin());
    }

  private:
    std::vector<double> cumulated_;
};

/// Postfix's long queue id, as far as its order goes: seconds in base 52, microseconds in base 52, "z",
/// inode.
std::string long_queue_id(std::uint64_t microseconds) {
    static constexpr char digits[] = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";
    const auto base_52 = [](std::uint64_t value, std::size_t width) {
        std::string text(width, '0');
        for (auto digit = text.rbegin(); digit != text.rend(); ++digit, value /= 52)
            *digit = digits[value % 52];
        return text;
    };
    return base_52(microseconds / 1'000'000, 6) + base_52(microseconds % 1'000'000, 4) + "z1bctd";
}

mail::Attempt row(std::size_t server, base::WallTime time, std::uint64_t serial, std::mt19937_64& random) {
    const auto kind = random() % 10;
    mail::Attempt attempt;
    attempt.time = time;
    attempt.instance = "postfix";
    attempt.queue_id = long_queue_id(static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count()));
    attempt.session = serial;
    attempt.sender = fmt::format("bounce-{}@news.example.com", serial % 1'000);
    attempt.recipient = fmt::format("user{}@domain{}.example", random() % 100'000, server);
    attempt.domain = fmt::format("domain{}.example", server);
    attempt.server = fmt::format("mx{}.mail.domain{}.example", server % 4, server);
    attempt.address = fmt::format("192.0.{}.{}", server / 256 % 256, server % 256);
    attempt.result = kind < 7   ? "250 2.0.0 Ok: queued as 4jXZY83sMwz1bctd"
                     : kind < 9 ? "451 4.7.1 Greylisting in action, please come back later"
                                : "550 5.1.1 User unknown in virtual mailbox table";
    attempt.code = kind < 7 ? 250 : kind < 9 ? 451 : 550;
    attempt.dsn = kind < 7 ? "2.0.0" : kind < 9 ? "4.7.1" : "5.1.1";
    attempt.status = kind < 7   ? mail::Status::sent
                     : kind < 9 ? mail::Status::deferred
                                : mail::Status::bounced;
    attempt.stage = kind < 7 ? mail::Stage::eod : mail::Stage::rcpt;
    attempt.reason = kind < 7 ? "" : kind < 9 ? "greylist" : "recipient";
    attempt.delay = 0.25;
    attempt.size = 20'000;
    attempt.retries = 0;
    attempt.tls = true;
    return attempt;
}

void count(ledger::Reader& reader, const char* name, std::size_t server, base::WallTime end) {
    const std::string sql =
        "SELECT count(*) FROM sendattempts WHERE server=?1 AND starttime>?2 AND (result >= '4' AND result < '5')";
    const std::vector<ledger::Parameter> parameters{
        fmt::format("mx{}.mail.domain{}.example", server % 4, server),
        base::ledger_time(end - std::chrono::minutes(15))};
    std::vector<double> each;
    std::string counted;
    for (int i = 0; i < 5'000; ++i) {
        const auto begun = Steady::now();
        const auto rows = reader.run(sql, parameters, {std::chrono::seconds(10), 10, 1'000});
        each.push_back(seconds_since(begun) * 1e6);
        if (!rows) {
            fmt::print("{}\n", rows.error().text);
            return;
        }
        counted = rows->rows[0][0].value_or("");
    }
    std::sort(each.begin(), each.end());
    fmt::print("count, {}: {} rows, {:.1f} us median, {:.1f} us p99\n", name, counted, each[each.size() / 2],
               each[each.size() * 99 / 100]);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2 || std::filesystem::exists(argv[1])) {
        fmt::print(stderr, "usage: ledger_bench FILE [ROWS [SERVERS]]   (FILE must not exist)\n");
        return 2;
    }
    const std::size_t rows = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1'000'000;
    const std::size_t servers = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 2'000;
    const auto store = ledger::sqlite_store(argv[1]);
    const auto end = std::chrono::system_clock::now();
    const auto step =
        std::chrono::duration_cast<std::chrono::nanoseconds>(span) / std::max<std::size_t>(rows, 1);
    std::mt19937_64 random(1);
    const Zipf zipf(std::max<std::size_t>(servers, 1));

    double storing = 0;
    double cpu = 0;
    double slowest = 0;
    for (std::size_t done = 0; done < rows;) {
        ledger::Batch batch;
        for (; done < rows && batch.attempts.size() < batch_rows; ++done)
            batch.attempts.push_back(
                row(zipf(random), end - span + step * static_cast<std::int64_t>(done), done, random));
        batch.positions.push_back({"/var/log/mail.log", {1, 2, 3, 4096, done, 4}, 0, {1, 2, 3, 4096, done, 0}});
        const auto begun = Steady::now();
        const auto cpu_begun = cpu_seconds();
        if (const auto stored = store->append(batch); !stored) {
            fmt::print(stderr, "{}\n", stored.error().text);
            return 1;
        }
        const double took = seconds_since(begun);
        storing += took;
        cpu += cpu_seconds() - cpu_begun;
        slowest = std::max(slowest, took);
    }
    const auto total = static_cast<double>(std::max<std::size_t>(rows, 1));
    fmt::print(
        "{} rows, {} servers: {:.0f} rows/s ({:.0f} per CPU second), slowest batch {:.0f} ms, {:.0f} "
        "bytes/row\n",
        rows, servers, total / storing, total / cpu, slowest * 1e3,
        static_cast<double>(std::filesystem::file_size(argv[1])) / total);

    ledger::Reader reader(argv[1]);
    count(reader, "hottest server", 0, end);
    count(reader, "middle server", servers / 2, end);
    reader.begin();
    count(reader, "hottest server, in one read transaction", 0, end);
    count(reader, "middle server, in one read transaction", servers / 2, end);
    reader.end();

    auto begun = Steady::now();
    std::size_t cells = 0;
    if (!store->recent(end - std::chrono::hours(2), [&](const ledger::Cell&) { ++cells; })) return 1;
    fmt::print("counters of 2 h: {} cells in {:.3f} s\n", cells, seconds_since(begun));

    begun = Steady::now();
    std::size_t rolled_up = 0;
    double longest = 0;
    for (std::uint64_t step_rows = 10'000; step_rows == 10'000; rolled_up += step_rows) {
        const auto step_begun = Steady::now();
        step_rows = store->roll_up(10'000).value_or(0);
        longest = std::max(longest, seconds_since(step_begun));
    }
    fmt::print("rolling up: {:.0f} rows/s, longest step {:.0f} ms\n",
               static_cast<double>(rolled_up) / seconds_since(begun), longest * 1e3);

    begun = Steady::now();
    std::size_t pruned = 0;
    for (int i = 0; i < 50; ++i)
        pruned += store->prune({end, 0, {}, 1'000}).value_or(0);
    fmt::print("pruning: {:.0f} rows/s in steps of 1000\n",
               static_cast<double>(pruned) / seconds_since(begun));
    return 0;
}
