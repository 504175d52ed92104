#include "serve/quarantine.hpp"

#include <fmt/format.h>

#include <fstream>

#include "base/string_hash.hpp"
#include "base/text.hpp"

namespace nexthopd::serve {

std::string fingerprint(std::string_view script) {
    const auto [high, low] = base::fingerprint(script);
    return fmt::format("{:016x}{:016x}", high, low);
}

std::string quarantine_path(const std::string& folder) { return folder + "/quarantine"; }

std::string quarantine_note(std::string_view script) { return fingerprint(script) + '\n'; }

std::string quarantined(const std::string& folder, std::string_view script) {
    std::ifstream file(quarantine_path(folder));
    std::string noted;
    std::string hook;
    if (!std::getline(file, noted) || noted != fingerprint(script)) return {};
    std::getline(file, hook);
    return fmt::format("it is in quarantine: {} kept nexthopd from answering for more than a second; change the script, "
                       "or remove {}",
                       hook.empty() ? "a hook" : base::printable(hook, 40), quarantine_path(folder));
}

}  // namespace nexthopd::serve
