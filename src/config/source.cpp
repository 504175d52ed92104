#include "config/source.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/error.hpp"
#include "base/text.hpp"

namespace nexthopd::config {

namespace {

/// Closes a descriptor at the end of its scope.
class Descriptor {
  public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return fd_; }

  private:
    int fd_;
};

std::string reason() {
    return std::generic_category().message(errno);
}

base::Result<std::string> contents(const std::string& path) {
    // O_NONBLOCK: opening a FIFO must not wait for a writer.
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status {};
    if (file.get() < 0 || ::fstat(file.get(), &status) != 0) return base::fail("{}", reason());
    if (!S_ISREG(status.st_mode)) return base::fail("not a regular file");
    std::string text(max_file_size + 1, '\0');
    std::size_t filled = 0;
    while (filled < text.size()) {
        const auto got = ::read(file.get(), text.data() + filled, text.size() - filled);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return base::fail("{}", reason());
        if (got == 0) break;
        filled += static_cast<std::size_t>(got);
    }
    if (filled > max_file_size) return base::fail("larger than {} bytes", max_file_size);
    text.resize(filled);
    return text;
}

/// The names of the files of a folder; an error where it cannot be listed.
base::Result<std::vector<std::string>> toml_names(const std::string& folder) {
    std::vector<std::string> names;
    std::error_code error;
    std::filesystem::directory_iterator entry(folder, error);
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
        auto name = entry->path().filename().string();
        if (name.ends_with(".toml") && !name.starts_with('.')) names.push_back(std::move(name));
        if (names.size() > max_files) return base::fail("more than {} files of settings", max_files);
    }
    if (error) return base::fail("{}", error.message());
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace

std::string to_text(const Problem& problem) {
    const auto file = base::printable(problem.file);
    return problem.place.line == 0
               ? fmt::format("{}: {}", file, problem.text)
               : fmt::format("{}:{}:{}: {}", file, problem.place.line, problem.place.column, problem.text);
}

tl::expected<std::vector<Source>, Problems> load(const std::string& path) {
    std::error_code error;
    std::vector<std::string> files{path};
    if (std::filesystem::is_directory(path, error)) {
        const auto names = toml_names(path);
        if (!names) return tl::unexpected(Problems{{path, {}, names.error().text}});
        files.clear();
        for (const auto& name : *names)
            files.push_back((std::filesystem::path(path) / name).string());
    }
    std::vector<Source> sources;
    Problems problems;
    for (const auto& file : files) {
        if (auto text = contents(file))
            sources.push_back({file, *std::move(text)});
        else
            problems.push_back({file, {}, "cannot be read: " + text.error().text});
    }
    if (!problems.empty()) return tl::unexpected(std::move(problems));
    return sources;
}

}  // namespace nexthopd::config
