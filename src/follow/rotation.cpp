#include "follow/rotation.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <vector>

#include "follow/position.hpp"

namespace nexthopd::follow {

namespace {

namespace fs = std::filesystem;

// More rotations between two looks mean a stop of weeks; each is a file that is held open.
constexpr std::size_t max_rotated = 32;

struct Rotated {
    fs::file_time_type changed;
    fs::path path;
};

/// logrotate's names: `.1`, `-20261122`, `-20261122-17`. Not `.save`, `.1.gz`, `.log.offset`.
bool is_rotation_suffix(std::string_view suffix) {
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
    std::sort(found.begin(), found.end(),
              [](const Rotated& a, const Rotated& b) { return a.changed < b.changed; });
    if (found.size() > max_rotated)
        found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(max_rotated));
    return found;
}

bool same_inode(const base::Descriptor& file, const ledger::Position& position) {
    struct stat status {};
    return ::fstat(file.get(), &status) == 0 && status.st_ino == position.inode &&
           status.st_dev == position.device;
}

}  // namespace

base::Descriptor open_log(const std::string& path) {
    // O_NONBLOCK: a FIFO in the place of a log must not stop the thread.
    base::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    struct stat status {};
    if (file && (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))) return {};
    return file;
}

std::vector<Part> unread_parts(const ledger::Position& position) {
    std::vector<Part> parts;
    auto live = open_log(position.path);
    if (live && belongs(live.get(), position)) {
        parts.push_back({std::move(live), position.offset, true});
        return parts;
    }
    std::vector<base::Descriptor> rotated;
    for (const auto& candidate : rotated_files(position.path))
        if (auto file = open_log(candidate.path.string())) rotated.push_back(std::move(file));

    // The file itself, else the newest copy of it: an older one may have been made before its end.
    auto start = rotated.end();
    for (auto file = rotated.begin(); file != rotated.end(); ++file) {
        if (!belongs(file->get(), position)) continue;
        start = file;
        if (same_inode(*file, position)) break;
    }
    for (auto file = start; file != rotated.end(); ++file) {
        if (file == start)
            parts.push_back({std::move(*file), position.offset, false});
        else if (!same_head(file->get(), position))
            parts.push_back({std::move(*file), 0, false});
    }
    if (live) parts.push_back({std::move(live), 0, true});
    return parts;
}

}  // namespace nexthopd::follow
