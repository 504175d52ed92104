#include "wiring/block.hpp"

#include <fmt/format.h>

#include "base/string_hash.hpp"

namespace nexthopd::wiring {

namespace {

constexpr std::string_view block_begins = "# nexthopd: begin ";
constexpr std::string_view block_ends = "# nexthopd: end\n";

std::string sum_of(std::string_view content) {
    return fmt::format("(sum {:016x})\n", base::fingerprint(content).first);
}

}  // namespace

std::string marked_block(std::string_view content) {
    return fmt::format("{}{}{}{}", block_begins, sum_of(content), content, block_ends);
}

base::Result<std::string> without_blocks(std::string_view name, std::string_view text) {
    std::string out;
    while (true) {
        auto begin = text.find(block_begins);
        while (begin != std::string_view::npos && begin != 0 && text[begin - 1] != '\n')
            begin = text.find(block_begins, begin + 1);
        out += text.substr(0, begin);
        if (begin == std::string_view::npos) return out;
        text.remove_prefix(begin + block_begins.size());
        const auto head = text.find('\n') + 1;
        const auto end = text.find(block_ends);
        if (head == 0 || end == std::string_view::npos || end < head ||
            text.substr(0, head) != sum_of(text.substr(head, end - head)))
            return base::fail(
                "{}: what stands between \"{}...\" and \"{}\" was changed by hand; take it out by hand", name,
                block_begins, block_ends.substr(0, block_ends.size() - 1));
        text.remove_prefix(end + block_ends.size());
    }
}

}  // namespace nexthopd::wiring
