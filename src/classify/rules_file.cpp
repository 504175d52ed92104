#include "classify/rules_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/text.hpp"
#include "config/accept.hpp"
#include "config/convert.hpp"
#include "config/named_tables.hpp"

namespace nexthopd::classify {

namespace {

using config::Unfits;
using config::Value;

constexpr std::size_t max_example = 2'000;
constexpr config::Range<config::Milliseconds> wait_range{std::chrono::seconds(1), std::chrono::hours(24),
                                                         "a stated wait is taken as one within these"};

base::Result<std::string> any_text(std::string_view text) {
    if (base::trim(text).empty()) return base::fail("must not be empty");
    return std::string(text);
}

base::Result<std::string> example_text(std::string_view text) {
    if (text.size() > max_example) return base::fail("longer than {} bytes", max_example);
    return any_text(text);
}

base::Result<mail::Stage> stage_name(std::string_view text) {
    using mail::Stage;
    std::string names;
    for (const auto stage : {Stage::connect, Stage::greeting, Stage::ehlo, Stage::tls, Stage::mail,
                             Stage::rcpt, Stage::data, Stage::eod}) {
        if (text == to_text(stage)) return stage;
        names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", to_text(stage));
    }
    return base::fail("write one of {}", names);
}

using RuleKey = config::TableKey<Rule>;

const std::array<RuleKey, 8> rule_keys{{
    {"name", true,
     [](Rule& r, const Value& v, Unfits& f) {
         to_text_value(v, r.name, f, R"("mailbox-full")", config::parse_name);
     }},
    {"pattern", true,
     [](Rule& r, const Value& v, Unfits& f) {
         to_text_value(v, r.pattern, f, R"('mailbox (is )?full')", any_text);
     }},
    {"reason", true, [](Rule& r, const Value& v, Unfits& f) { to_choice(v, r.reason, f, reasons); }},
    {"scope", false, [](Rule& r, const Value& v, Unfits& f) { to_choice(v, r.scope, f, scopes); }},
    {"stage", false,
     [](Rule& r, const Value& v, Unfits& f) { to_list(v, r.stages, f, R"("rcpt")", stage_name); }},
    {"wait", false,
     [](Rule& r, const Value& v, Unfits& f) {
         to_text_value(v, r.wait, f, R"('in (?P<seconds>\d+) seconds')", any_text);
     }},
    {"example", true,
     [](Rule& r, const Value& v, Unfits& f) {
         to_text_value(v, r.example, f, R"("452 4.2.2 Mailbox full")", example_text);
     }},
    {"example_wait", false,
     [](Rule& r, const Value& v, Unfits& f) {
         config::Milliseconds wait{0};
         to_duration(v, wait, f, wait_range);
         r.example_wait = std::chrono::duration_cast<std::chrono::seconds>(wait);
     }},
}};

base::Result<void> finish(Rule& rule, const Value::Table& table) {
    if (!rule.wait.empty() && !rule.example_wait)
        return base::fail(
            "this [[reply]] has a wait: its example must state one, and example_wait say how long it is");
    const bool scope_given =
        std::any_of(table.begin(), table.end(), [](const auto& member) { return member.key == "scope"; });
    if (!scope_given) rule.scope = usual_scope(rule.reason);
    return {};
}

}  // namespace

tl::expected<std::vector<Rule>, config::Problems> read_rules(const std::vector<config::Source>& sources) {
    return config::read_tables<Rule>(sources, {config::reply_tables, shipped_file, rule_keys, finish});
}

}  // namespace nexthopd::classify
