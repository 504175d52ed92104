// How fast a Postfix log is read and parsed: nexthopd-log-bench FILE [ROUNDS]
//
// Each round reads the file from its beginning as the ledger thread does (LogFile, PostfixLog); nothing is
// stored.
#include <fmt/format.h>
#include <time.h>

#include <cstdlib>

#include "follow/file.hpp"
#include "maillog/postfix_log.hpp"

using namespace nexthopd;

namespace {

double cpu_seconds() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace

int main(int argc, char** argv) {
    auto text = argc > 1 ? follow::LogText::open(argv[1]) : std::nullopt;
    if (!text) {
        fmt::print(stderr, "usage: nexthopd-log-bench FILE [ROUNDS]\n");
        return 2;
    }
    const auto begin = text->place(0);
    const int rounds = argc > 2 ? std::atoi(argv[2]) : 5;
    for (int round = 0; round < rounds; ++round) {
        follow::LogFile file(argv[1], ledger::Position{argv[1], begin, 0, begin});
        maillog::PostfixLog parser(maillog::PostfixLog::Options{{"postfix", {}, {}, {}}});
        std::vector<mail::Attempt> attempts;
        std::vector<maillog::QueueEvent> events;
        std::size_t rows = 0;
        const auto now = std::chrono::system_clock::now();
        const auto begun = cpu_seconds();
        for (bool more = true; more;) {
            const auto read =
                file.read([&](std::string_view line, bool) { parser.line(line, now, attempts, events); });
            if (!read) return 1;
            more = *read;
            rows += attempts.size();
            attempts.clear();
            events.clear();
            static_cast<void>(file.position(parser.first_open_line()));
        }
        const auto taken = cpu_seconds() - begun;
        const auto lines = static_cast<double>(parser.counters().lines);
        fmt::print("{:.0f} lines, {} attempts: {:.2f} M lines per CPU second\n", lines, rows,
                   lines / taken / 1e6);
    }
    return 0;
}
