// A folder of one's own for a while, removed with what is in it.
#pragma once

#include <stdlib.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>

namespace nexthopd::rehearse {

class ScratchFolder {
  public:
    /// Throws std::system_error where none can be made.
    ScratchFolder() : path_((std::filesystem::temp_directory_path() / "nexthopctl-XXXXXX").string()) {
        if (mkdtemp(path_.data()) == nullptr) throw std::system_error(errno, std::generic_category(), path_);
    }
    ~ScratchFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;

    const std::string& path() const { return path_; }

  private:
    std::string path_;
};

}  // namespace nexthopd::rehearse
