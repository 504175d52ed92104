// The files of the settings, before anybody understands them.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "config/toml.hpp"

namespace nexthopd::config {

struct Source {
    std::string name;  // as shown in messages
    std::string text;
    friend bool operator==(const Source&, const Source&) = default;
};

/// Something wrong with the settings. It names the file; the place is {0, 0} where the file as a whole,
/// or no file at all, is meant.
struct Problem {
    std::string file;
    Place place;
    std::string text;
    friend bool operator==(const Problem&, const Problem&) = default;
};
using Problems = std::vector<Problem>;

/// `conf.d/10-dns.toml:3:9: unknown key "dns.server"; did you mean "dns.servers"?`
std::string to_text(const Problem& problem);

/// Tables that stand in the same files and are no settings: classify/rules_file.hpp, rules/providers_file.hpp
/// and rules/rules_file.hpp read them.
constexpr std::string_view reply_tables = "reply";
constexpr std::string_view provider_tables = "provider";
constexpr std::string_view rule_tables = "rule";
constexpr bool is_no_setting(std::string_view key) {
    return key == reply_tables || key == provider_tables || key == rule_tables;
}

constexpr std::size_t max_file_size = 1U << 20;  // bytes; settings written by hand are a thousandth of it
constexpr std::size_t max_files = 200;           // more is not a folder of settings

/// The file `path`, or where it is a folder every `*.toml` in it, in the order of their bytes. Names that
/// start with a dot are ignored, as a shell does: editors keep half-written copies there.
tl::expected<std::vector<Source>, Problems> load(const std::string& path);

}  // namespace nexthopd::config
