#include "process_usage.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <string>

#include "base/text.hpp"

namespace nexthopd::bench {

std::optional<ProcessUsage> parse_process_stat(std::string_view stat) {
    // The second field is the program's name in parentheses, which may itself hold blanks and parentheses.
    const auto name_end = stat.rfind(") ");
    if (name_end == std::string_view::npos) return std::nullopt;
    const auto fields = base::split(stat.substr(name_end + 2), ' ');  // fields[0] is field 3 of proc(5)
    constexpr std::size_t user_time = 14 - 3, system_time = 15 - 3, resident_pages = 24 - 3;
    if (fields.size() <= resident_pages) return std::nullopt;
    const auto user = base::parse_number(fields[user_time]);
    const auto system = base::parse_number(fields[system_time]);
    const auto pages = base::parse_number(fields[resident_pages]);
    if (!user || !system || !pages) return std::nullopt;
    static const auto ticks_per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
    static const auto page_size = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    return ProcessUsage{.cpu_seconds = static_cast<double>(*user + *system) / ticks_per_second,
                        .resident_kib = *pages * page_size / 1024};
}

std::optional<ProcessUsage> process_usage(pid_t pid) {
    std::ifstream file(fmt::format("/proc/{}/stat", pid));
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    return parse_process_stat(text);
}

}  // namespace nexthopd::bench
