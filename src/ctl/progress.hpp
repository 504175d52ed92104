// One line on a terminal that tells how far a long command is.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace nexthopd::ctl {

struct Progress {
    std::string what;         // a file name; made printable and cut by whoever shows it
    std::uint64_t done = 0;   // of `total`, in any unit
    std::uint64_t total = 0;  // 0: not known
    std::uint64_t lines = 0;
    std::chrono::duration<double> taken{0};
};

/// At most 79 columns: "mail.log.2.gz   43 %   1.2 M lines   350 k lines/s   0:12 left".
std::string progress_line(const Progress& progress);

}  // namespace nexthopd::ctl
