#include "follow/rotation.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

namespace nexthopd::follow {

namespace {

namespace fs = std::filesystem;

// More rotations between two looks mean a stop of weeks; each is a file that is held open.
constexpr std::size_t max_rotated = 32;

struct Rotated {
    fs::file_time_type changed;
    fs::path path;
};

/// logrotate's names: `.1`, `-20261122`, `-20261122-17`, `.2.gz`. Not `.save`, `.log.offset`.
bool is_rotation_suffix(std::string_view suffix) {
    if (is_packed_name(suffix)) suffix = suffix.substr(0, suffix.rfind('.'));
    return suffix.size() > 1 && (suffix[0] == '.' || suffix[0] == '-') &&
           suffix.substr(1).find_first_not_of("0123456789-") == std::string_view::npos;
}

/// Oldest first.
std::vector<Rotated> rotated_files(const fs::path& log) {
    const auto name = log.filename().string();
    std::vector<Rotated> found;
    std::error_code error;
    const auto folder = log.has_parent_path() ? log.parent_path() : fs::path(".");
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        const auto other = entry->path().filename().string();
        if (!other.starts_with(name) || !is_rotation_suffix(std::string_view(other).substr(name.size())))
            continue;
        std::error_code gone;
        const auto changed = entry->last_write_time(gone);
        if (!gone) found.push_back({changed, entry->path()});
    }
    // While a file is being compressed there are two of it, and the new one is not complete.
    std::set<std::string> plain;
    for (const auto& one : found)
        plain.insert(one.path.native());
    std::erase_if(found, [&](const Rotated& one) {
        const auto& file = one.path.native();
        return is_packed_name(file) && plain.contains(file.substr(0, file.rfind('.')));
    });
    std::sort(found.begin(), found.end(),
              [](const Rotated& a, const Rotated& b) { return a.changed < b.changed; });
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
                               const ledger::Place& resume) {
    auto parts = unread_parts(path, resume);
    const auto reached = std::find_if(parts.begin(), parts.end(),
                                      [&](const Part& part) { return part.text.belongs(place); });
    if (reached == parts.end() || !parts.front().known) return unread_parts(path, place);
    for (auto part = parts.begin(); part != reached; ++part) {
        part->replay_to = UINT64_MAX;
        part->known = false;
    }
    reached->replay_to = place.offset;
    reached->known = true;
    return parts;
}

}  // namespace nexthopd::follow
