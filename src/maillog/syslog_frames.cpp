#include "maillog/syslog_frames.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace nexthopd::maillog {

bool SyslogFrames::take(std::string_view bytes, const std::function<void(std::string_view)>& message) {
    constexpr std::size_t longest_length = 7;  // digits
    carried_.append(bytes);
    std::string_view rest = carried_;
    while (!rest.empty()) {
        if (skip_ > 0) {
            const auto skipped = std::min(skip_, rest.size());
            skip_ -= skipped;
            rest.remove_prefix(skipped);
            continue;
        }
        const bool counted = !skip_line_ && base::is_digit(rest.front());
        const auto end = rest.find(counted ? ' ' : '\n');
        if (counted) {
            const auto digits = rest.substr(0, end);
            const auto length = base::parse_number(digits);
            if (digits.size() > longest_length || !length || *length == 0 || digits.front() == '0')
                return false;
            if (end == std::string_view::npos) break;
            if (*length > max_message) {
                ++overlong_;
                skip_ = *length;
                rest.remove_prefix(end + 1);
            } else if (rest.size() - end - 1 < *length) {
                break;
            } else {
                message(rest.substr(end + 1, *length));
                rest.remove_prefix(end + 1 + *length);
            }
        } else if (end != std::string_view::npos) {
            if (end > max_message && !skip_line_) ++overlong_;
            // A line end alone may follow a counted message.
            if (end > 0 && end <= max_message && !skip_line_) message(rest.substr(0, end));
            skip_line_ = false;
            rest.remove_prefix(end + 1);
        } else if (rest.size() > max_message || skip_line_) {
            if (!skip_line_) ++overlong_;
            skip_line_ = true;
            rest = {};
        } else {
            break;
        }
    }
    carried_.erase(0, carried_.size() - rest.size());
    return true;
}

}  // namespace nexthopd::maillog
