#include "ctl/progress.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace nexthopd::ctl {

namespace {

std::string short_number(double value) {
    if (value >= 1e6) return fmt::format("{:.1f} M", value / 1e6);
    if (value >= 1e4) return fmt::format("{:.0f} k", value / 1e3);
    return fmt::format("{:.0f}", value);
}

std::string clock(double seconds) {
    const auto whole = static_cast<std::uint64_t>(std::min(seconds, 359'999.0));
    if (whole >= 3600) return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
    return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

}  // namespace

std::string progress_line(const Progress& progress) {
    constexpr std::size_t name_width = 24;
    auto name = base::printable(progress.what);
    if (name.size() > name_width) name = "..." + name.substr(name.size() - name_width + 3);
    std::string out = name;
    const auto taken = std::max(progress.taken.count(), 1e-3);
    if (progress.total > 0) {
        const auto done = std::min(progress.done, progress.total);
        out += fmt::format("  {:3} %", done * 100 / progress.total);
    }
    out += fmt::format("  {} lines  {} lines/s", short_number(static_cast<double>(progress.lines)),
                       short_number(static_cast<double>(progress.lines) / taken));
    if (progress.total > 0 && progress.done > 0) {
        const auto done = static_cast<double>(std::min(progress.done, progress.total));
        out += fmt::format("  {} left", clock(taken * (static_cast<double>(progress.total) - done) / done));
    }
    return out;
}

}  // namespace nexthopd::ctl
