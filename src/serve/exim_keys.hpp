// The keys that Exim's questions carry: loopback TCP does not tell who asks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"

namespace nexthopd::serve {

class EximKeys {
  public:
    /// Shorter ones can be guessed.
    static constexpr std::size_t shortest = 16;
    static constexpr std::size_t longest = 200;

    EximKeys() = default;
    explicit EximKeys(std::vector<std::string> keys) : keys_(std::move(keys)) {}
    /// Those of the key_files; where the settings have nothing listen for Exim, of those that are there. What
    /// cannot be had is appended to `problems`: questions with that key are left alone. Blocks.
    static EximKeys read(const config::Settings& settings, std::vector<std::string>& problems);

    /// Takes the same time for each key of the same length.
    bool accept(std::string_view key) const;

  private:
    std::vector<std::string> keys_;
};

}  // namespace nexthopd::serve
