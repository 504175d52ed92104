// How fast the systemd journal is read, and parsed into attempts.
//
//     nexthopd-journal-bench FOLDER [ENTRIES]      with ENTRIES the journal is written first, into the new
//     FOLDER
//
// Entries as a host with Postfix has them: per message one of qmgr, one of smtp, "removed", and one of
// another service. systemd-journal-remote writes them.
#include <fmt/format.h>
#include <time.h>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "follow/journal.hpp"
#include "maillog/postfix_log.hpp"

using namespace nexthopd;

namespace {

constexpr std::uint64_t begun = 1'795'000'000'000'000;  // microseconds

void write_journal(const std::string& folder, std::uint64_t entries) {
    std::filesystem::create_directory(folder);
    const auto command =
        "/lib/systemd/systemd-journal-remote -o " + folder + "/system.journal - >/dev/null 2>&1";
    std::FILE* writer = ::popen(command.c_str(), "w");
    if (writer == nullptr) std::exit(1);
    for (std::uint64_t i = 0; i < entries; ++i) {
        const auto id = fmt::format("4fXy{:06}z1bctd", i / 4);
        const char* tag = "postfix/qmgr";
        auto text = fmt::format("{}: removed", id);
        if (i % 4 == 0)
            text =
                fmt::format("{}: from=<sender{}@example.com>, size=5210, nrcpt=1 (queue active)", id, i % 97);
        if (i % 4 == 1) {
            tag = "postfix/smtp";
            text = fmt::format(
                "{}: to=<user{}@domain{}.example>, relay=mx{}.example[192.0.2.{}]:25, delay=1.2, "
                "delays=0.01/0/0.5/0.7, dsn=4.7.1, status=deferred (host mx{}.example[192.0.2.{}] said: 450 "
                "4.7.1 <user{}@domain{}.example>: Recipient address rejected: try again later (in reply to "
                "RCPT TO command))",
                id, i, i % 500, i % 500, i % 250, i % 500, i % 250, i, i % 500);
        }
        const bool mail = i % 4 != 3;
        fmt::print(
            writer,
            "__REALTIME_TIMESTAMP={0}\n__MONOTONIC_TIMESTAMP={1}\n_BOOT_ID=0123456789abcdef0123456789abcdef\n"
            "_TRANSPORT=syslog\nPRIORITY=6\nSYSLOG_FACILITY={2}\n_HOSTNAME=mta\n_SYSTEMD_UNIT={3}\n_UID={4}"
            "\n_PID={5}\n"
            "_COMM=smtp\n_EXE=/usr/lib/postfix/sbin/"
            "smtp\n_SYSTEMD_SLICE=system-postfix.slice\nSYSLOG_IDENTIFIER={6}\n"
            "SYSLOG_PID={5}\nMESSAGE={7}\n\n",
            begun + i * 1000, i * 1000 + 1, mail ? 2 : 3, mail ? "postfix@-.service" : "cron.service",
            mail ? 103 : 0, 4000 + i % 40, mail ? tag : "cron",
            mail ? text : "pam_unix(cron:session): session opened");
    }
    if (::pclose(writer) != 0) std::exit(1);
}

double cpu_seconds() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) return 2;
    const std::string folder = argv[1];
    if (argc > 2) write_journal(folder, std::strtoull(argv[2], nullptr, 10));
    boost::asio::io_context io;
    maillog::PostfixLog parser({});
    follow::JournalOptions options;
    options.folder = folder;
    options.mtas.push_back(
        {{"postfix@-.service", "postfix.service"},
         {103, 0},
         "postfix",
         [&](const follow::Entry& entry, base::WallTime now, auto& attempts, auto& events) {
             parser.entry(entry.program, entry.pid, entry.body, entry.time, now, attempts, events);
         }});
    const auto source = follow::journal_source(io, options);
    source->start(fmt::format("{} ", begun - 1), [] {});
    const auto wall = std::chrono::steady_clock::now();
    const auto cpu = cpu_seconds();
    std::size_t attempts = 0;
    for (bool more = true; more;) {
        follow::Learnt learnt;
        const auto read =
            source->read(base::WallTime(std::chrono::microseconds(begun)) + std::chrono::hours(24), learnt);
        if (!read) {
            fmt::print(stderr, "{}\n", read.error().text);
            return 1;
        }
        more = *read;
        attempts += learnt.attempts.size();
    }
    const auto took_cpu = cpu_seconds() - cpu;
    const auto took = std::chrono::duration<double>(std::chrono::steady_clock::now() - wall).count();
    follow::Health health;
    source->report(health);
    const auto entries = static_cast<double>(health.lines_read);
    fmt::print(
        "{} entries of Postfix read, {} attempts: {:.0f} entries/s ({:.2f} s), {:.0f} per second of CPU\n",
        health.lines_read, attempts, entries / took, took, entries / took_cpu);
    return 0;
}
