#include "serve/exim_keys.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/error.hpp"
#include "base/text.hpp"

namespace nexthopd::serve {

namespace {

base::Result<std::string> key_in(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::array<char, EximKeys::longest + 3> bytes{};  // a line end, and one more to notice that it is longer
    if (!file) return base::fail("{}: {}", path, std::strerror(errno));
    file.read(bytes.data(), bytes.size());
    const auto key = base::trim({bytes.data(), static_cast<std::size_t>(file.gcount())});
    // Exim's configuration has it in a macro, where other characters may mean something.
    const bool plain = std::all_of(key.begin(), key.end(), [](char c) {
        return base::is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    });
    if (!plain || key.size() < EximKeys::shortest || key.size() > EximKeys::longest)
        return base::fail("{}: write a key of {} to {} letters and digits, as \"openssl rand -hex 24\" does",
                          path, EximKeys::shortest, EximKeys::longest);
    return std::string(key);
}

/// No byte of the loop's way depends on where the first difference is.
bool equal(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    unsigned difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
    return difference == 0;
}

}  // namespace

EximKeys EximKeys::read(const config::Settings& settings, std::vector<std::string>& problems) {
    std::vector<std::string> keys;
    for (const auto& instance : settings.exim) {
        // Perhaps its log is followed only; but systemd may listen where the settings do not.
        if (settings.listen.exim.empty() && access(instance.key_file.c_str(), F_OK) != 0) continue;
        auto key = key_in(instance.key_file);
        if (key)
            keys.push_back(*std::move(key));
        else
            problems.push_back("exim.key_file: " + key.error().text + "; questions of \"" + instance.name +
                               "\" are left alone");
    }
    return EximKeys(std::move(keys));
}

bool EximKeys::accept(std::string_view key) const {
    bool found = false;
    for (const auto& known : keys_)
        found = equal(known, key) || found;
    return found;
}

}  // namespace nexthopd::serve
