#include "follow/rotation.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>

#include "base/text.hpp"

namespace nexthopd::follow {

namespace {

namespace fs = std::filesystem;

// More rotations between two looks mean a stop of weeks; each is a file that is held open.
constexpr std::size_t max_rotated = 32;

struct Rotated {
    std::chrono::sys_seconds changed;  // bzip2 keeps no more of it
    int number = 0;                    // `.2` is older than `.1`
    std::string suffix;                // `-20261122` is older than `-20261123`
    fs::path path;

    friend bool operator<(const Rotated& a, const Rotated& b) {
        return std::tie(a.changed, b.number, a.suffix) < std::tie(b.changed, a.number, b.suffix);
    }
};

/// logrotate's names: `.1`, `-20261122`, `-20261122-17`, `.2.gz`. Not `.save`, `.log.offset`.
bool is_rotation_suffix(std::string_view suffix) {
    return suffix.size() > 1 && (suffix[0] == '.' || suffix[0] == '-') &&
           suffix.substr(1).find_first_not_of("0123456789-") == std::string_view::npos;
}

Rotated rotated(const fs::path& path, std::string_view suffix, const struct stat& status) {
    constexpr std::size_t longest_number = 5;  // longer ones are dates
    Rotated out;
    out.changed = std::chrono::sys_seconds(std::chrono::seconds(status.st_mtim.tv_sec));
    if (suffix[0] == '.' && suffix.size() <= longest_number)
        out.number = static_cast<int>(base::parse_number(suffix.substr(1)).value_or(0));
    else
        out.suffix = suffix;
    out.path = path;
    return out;
}

/// Oldest first.
std::vector<Rotated> rotated_files(const fs::path& log) {
    const auto name = log.filename().string();
    std::vector<Rotated> found;
    std::error_code error;
    const auto folder = log.has_parent_path() ? log.parent_path() : fs::path(".");
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        const auto other = entry->path().filename().string();
        if (!other.starts_with(name)) continue;
        auto suffix = std::string_view(other).substr(name.size());
        if (is_packed_name(suffix)) suffix = suffix.substr(0, suffix.rfind('.'));
        struct stat status {};
        if (is_rotation_suffix(suffix) && ::stat(entry->path().c_str(), &status) == 0)
            found.push_back(rotated(entry->path(), suffix, status));
    }
    // While a file is being compressed there are two of it, and the new one is not complete.
    std::set<std::string> plain;
    for (const auto& one : found)
        plain.insert(one.path.native());
    std::erase_if(found, [&](const Rotated& one) {
        const auto& file = one.path.native();
        return is_packed_name(file) && plain.contains(file.substr(0, file.rfind('.')));
    });
    std::sort(found.begin(), found.end());
    if (found.size() > max_rotated)
        found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(max_rotated));
    return found;
}

/// The file of the place and all newer ones, oldest first; empty: it is none of them.
std::vector<LogText> from_place_on(const std::string& path, const ledger::Place& place) {
    const auto files = rotated_files(path);
    std::vector<LogText> newer;  // newest first
    std::size_t found = 0;       // how many of them reach back to the place; 0: none does
    // The file itself, else the newest copy of it: an older one may have been made before its end. To look
    // into a compressed one takes long: only until one is found.
    for (auto file = files.rbegin(); file != files.rend(); ++file) {
        if (found > 0 && is_packed_name(file->path.native())) break;
        auto text = LogText::open(file->path.string());
        if (!text) continue;
        const bool belongs = text->belongs(place);
        const bool itself = belongs && text->same_inode(place);
        newer.push_back(*std::move(text));
        if (itself || (belongs && found == 0)) found = newer.size();
        if (itself) break;
    }
    newer.erase(newer.begin() + static_cast<std::ptrdiff_t>(found), newer.end());
    std::reverse(newer.begin(), newer.end());
    return newer;
}

}  // namespace

std::vector<Part> unread_parts(const std::string& path, const ledger::Place& place) {
    std::vector<Part> parts;
    auto live = LogText::open(path);
    if (live && live->belongs(place)) {
        parts.push_back({*std::move(live), place.offset, place.offset, true, true});
        return parts;
    }
    for (auto& text : from_place_on(path, place)) {
        if (parts.empty())
            parts.push_back({std::move(text), place.offset, place.offset, false, true});
        else if (!text.same_head(place))
            parts.push_back({std::move(text)});
    }
    if (live) parts.push_back({*std::move(live), 0, 0, true, false});
    return parts;
}

std::vector<Part> unread_parts(const std::string& path, const ledger::Place& place,
                               const ledger::Place& resume, std::uint64_t max_replay) {
    auto parts = unread_parts(path, resume);
    const auto reached =
        std::find_if(parts.begin(), parts.end(), [&](const Part& part) { return part.text.belongs(place); });
    if (reached == parts.end() || !parts.front().known) {
        parts = unread_parts(path, place);
        // What is left of it in the same file; a line that is cut by the bound is not given.
        if (!parts.empty() && parts.front().known) parts.front().offset -= std::min(place.offset, max_replay);
        return parts;
    }
    for (auto part = parts.begin(); part != reached; ++part) {
        part->replay_to = UINT64_MAX;
        part->known = false;
    }
    reached->replay_to = place.offset;
    reached->known = true;
    return parts;
}

}  // namespace nexthopd::follow
