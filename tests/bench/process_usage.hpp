// What a process has used so far, from /proc/PID/stat (proc(5)).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace nexthopd::bench {

struct ProcessUsage {
    double cpu_seconds = 0;  // user and system time of all its threads; the kernel counts in 10 ms
    std::uint64_t resident_kib = 0;
};

/// nullopt when there is no such process.
std::optional<ProcessUsage> process_usage(pid_t pid);

/// The same from the text of /proc/PID/stat.
std::optional<ProcessUsage> parse_process_stat(std::string_view stat);

}  // namespace nexthopd::bench
