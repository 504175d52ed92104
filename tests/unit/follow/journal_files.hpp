// Journal files as journald writes them, trusted fields included: systemd-journal-remote takes entries in
// the export format from its standard input.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include <unistd.h>

#include "base/clock.hpp"
#include "catch.hpp"

namespace nexthopd::test {

constexpr const char* journal_writer = "/lib/systemd/systemd-journal-remote";

inline bool can_write_journals() {
    if (::access(journal_writer, X_OK) == 0) return true;
    WARN(journal_writer << " is not installed: journals were not tested");
    return false;
}

using JournalFields = std::map<std::string, std::string>;

/// An entry of smtp(8), the fields in `other` being otherwise. An empty one is left out.
inline JournalFields journal_entry(base::WallTime time, const std::string& message,
                                   const JournalFields& other = {}) {
    const auto since_1970 =
        std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
    JournalFields entry{{"__REALTIME_TIMESTAMP", fmt::to_string(since_1970)},
                        {"__MONOTONIC_TIMESTAMP", fmt::to_string(since_1970 % 1'000'000'000'000)},
                        {"_BOOT_ID", "0123456789abcdef0123456789abcdef"},
                        {"_MACHINE_ID", "0123456789abcdef0123456789abcdef"},
                        {"_TRANSPORT", "syslog"},
                        {"_SYSTEMD_UNIT", "postfix@-.service"},
                        {"_UID", "103"},
                        {"_PID", "4711"},
                        {"SYSLOG_IDENTIFIER", "postfix/smtp"},
                        {"MESSAGE", message}};
    for (const auto& [name, value] : other)
        entry[name] = value;
    return entry;
}

/// Adds them to the file, which is made when it is missing.
inline void write_journal(const std::string& file, const std::vector<JournalFields>& entries) {
    const auto command = fmt::format("{} -o {} - >/dev/null 2>&1", journal_writer, file);
    std::FILE* writer = ::popen(command.c_str(), "w");
    REQUIRE(writer != nullptr);
    for (const auto& entry : entries) {
        for (const auto& [name, value] : entry)
            if (!value.empty()) fmt::print(writer, "{}={}\n", name, value);
        std::fputc('\n', writer);
    }
    REQUIRE(::pclose(writer) == 0);
}

}  // namespace nexthopd::test
