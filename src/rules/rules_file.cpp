#include "rules/rules_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/string_hash.hpp"
#include "base/text.hpp"
#include "classify/patterns.hpp"
#include "config/accept.hpp"
#include "config/named_tables.hpp"
#include "config/units.hpp"
#include "mail/host_name.hpp"
#include "rules/providers_file.hpp"

namespace nexthopd::rules {

namespace {

using config::Unfits;
using config::Value;
using mail::HoldScope;
using namespace std::chrono_literals;

constexpr config::Range<config::Milliseconds> hold_range{1s, 24h, "longer needs a person who decides it"};
constexpr std::size_t max_example = 2'000;

const std::initializer_list<std::pair<std::string_view, HoldScope>> scopes{{"provider", HoldScope::provider},
                                                                           {"server", HoldScope::server},
                                                                           {"domain", HoldScope::domain},
                                                                           {"mail", HoldScope::mail}};

/// Of transports and throttles.
const std::initializer_list<std::pair<std::string_view, HoldScope>> keys{{"provider", HoldScope::provider},
                                                                         {"server", HoldScope::server},
                                                                         {"domain", HoldScope::domain},
                                                                         {"connection", HoldScope::mail}};

base::Result<std::string> pattern_text(std::string_view text) {
    if (auto checked = classify::check_pattern_text(std::string(text)); !checked)
        return tl::unexpected(checked.error());
    return std::string(text);
}

base::Result<std::string> example_text(std::string_view text) {
    if (base::trim(text).empty()) return base::fail("must not be empty");
    if (text.size() > max_example) return base::fail("longer than {} bytes", max_example);
    return std::string(text);
}

base::Result<std::string> host_text(std::string_view text) {
    auto name = mail::host_name(text);
    if (!name) return base::fail("this is no name of a host");
    return *std::move(name);
}

base::Result<classify::Reason> reason_name(std::string_view text) {
    std::vector<std::string_view> names;
    for (const auto& [name, reason] : classify::reasons) {
        if (text == name) return reason;
        names.push_back(name);
    }
    const auto near = base::nearest(text, names);
    return base::fail("{}", near.empty() ? "nexthopd-replies(5) has the list of reasons"
                                         : fmt::format("did you mean \"{}\"?", near));
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

base::Result<std::string> classes_text(std::string_view text) {
    if (text != "4" && text != "5" && text != "45") return base::fail(R"(write "4", "5" or "45")");
    return std::string(text);
}

/// One of a list, or a list.
template <class T, class Parse>
void to_one_or_more(const Value& value, std::vector<T>& target, Unfits& faults, std::string_view example,
                    Parse parse) {
    if (!std::holds_alternative<std::string>(value.content))
        return to_list(value, target, faults, example, parse);
    T item{};
    const auto before = faults.size();
    to_text_value(value, item, faults, example, parse);
    if (faults.size() == before) target = {std::move(item)};
}

const std::array<config::TableKey<When>, 7> when_keys{{
    {"reason", false,
     [](When& w, const Value& v, Unfits& f) { to_one_or_more(v, w.reasons, f, R"("rate")", reason_name); }},
    {"class", false,
     [](When& w, const Value& v, Unfits& f) { to_text_value(v, w.classes, f, R"("4")", classes_text); }},
    {"pattern", false,
     [](When& w, const Value& v, Unfits& f) {
         to_text_value(v, w.pattern, f, R"('too many connections')", pattern_text);
     }},
    {"stage", false,
     [](When& w, const Value& v, Unfits& f) { to_one_or_more(v, w.stages, f, R"("connect")", stage_name); }},
    {"provider", false,
     [](When& w, const Value& v, Unfits& f) {
         to_one_or_more(v, w.providers, f, R"("google")", config::parse_name);
     }},
    {"domain", false,
     [](When& w, const Value& v, Unfits& f) {
         to_one_or_more(v, w.domains, f, R"("example.com")", mail::domain_name);
     }},
    {"server", false,
     [](When& w, const Value& v, Unfits& f) {
         to_one_or_more(v, w.servers, f, R"("mx1.example.com")", host_text);
     }},
}};

void to_when(Rule& rule, const Value& value, Unfits& faults) {
    const auto* const table = std::get_if<Value::Table>(&value.content);
    if (table == nullptr)
        return unfit(faults, value, R"(write a table, as in { reason = "rate", class = "4" })");
    config::Problems problems;
    config::store_members<When>(*table, "rule.when", when_keys, rule.when, {}, problems);
    for (auto& problem : problems)
        faults.push_back({problem.place, {}, std::move(problem.text)});
}

using RuleKey = config::TableKey<Rule>;
const std::array<RuleKey, 14> rule_keys{{
    {"name", true,
     [](Rule& r, const Value& v, Unfits& f) {
         to_text_value(v, r.name, f, R"("provider-busy")", config::parse_name);
     }},
    {"when", true, to_when},
    {"trigger", false,
     [](Rule& r, const Value& v, Unfits& f) {
         to_text_value(v, r.trigger, f, R"("5 in 10m")", parse_trigger);
     }},
    {"hold", false, [](Rule& r, const Value& v, Unfits& f) { to_choice(v, r.scope, f, scopes); }},
    {"transport", false,
     [](Rule& r, const Value& v, Unfits& f) {
         to_text_value(v, r.transport, f, R"("slow")", parse_transport);
     }},
    {"throttle", false,
     [](Rule& r, const Value& v, Unfits& f) {
         to_text_value(v, r.throttle, f, R"("100/10m,max_burst=5")", parse_limit);
     }},
    {"warn", false, [](Rule& r, const Value& v, Unfits& f) { to_choice(v, r.scope, f, scopes); }},
    {"per", false, [](Rule& r, const Value& v, Unfits& f) { to_choice(v, r.scope, f, keys); }},
    {"for", false, [](Rule& r, const Value& v, Unfits& f) { to_duration(v, r.length, f, hold_range); }},
    {"stated", false, [](Rule& r, const Value& v, Unfits& f) { to_switch(v, r.stated, f); }},
    {"most", false, [](Rule& r, const Value& v, Unfits& f) { to_duration(v, r.most, f, hold_range); }},
    {"ramp", false,
     [](Rule& r, const Value& v, Unfits& f) { to_text_value(v, r.ramp, f, R"("10/m")", parse_limit); }},
    {"mode", false,
     [](Rule& r, const Value& v, Unfits& f) { to_text_value(v, r.mode, f, R"("enforce")", parse_mode); }},
    {"example", false,
     [](Rule& r, const Value& v, Unfits& f) {
         to_text_value(v, r.example, f, R"("421 4.7.0 too many messages")", example_text);
     }},
}};

base::Result<void> finish(Rule& rule, const Value::Table& table) {
    const auto given = [&](std::string_view key) {
        return std::any_of(table.begin(), table.end(), [&](const auto& member) { return member.key == key; });
    };
    const int actions = given("hold") + given("transport") + given("throttle") + given("warn");
    if (actions != 1)
        return base::fail("this [[rule]] needs one of \"hold\", \"transport\", \"throttle\" and \"warn\"");
    if (given("transport")) rule.action = Rule::Action::transport;
    if (given("throttle")) rule.action = Rule::Action::throttle;
    if (given("warn")) rule.action = Rule::Action::warn;
    const bool named = given("hold") || given("warn");
    if (named && given("per"))
        return base::fail("\"per\" goes with \"transport\" and \"throttle\": what waits is named already");
    if (!named && !given("per"))
        return base::fail(
            "this [[rule]] needs \"per\": \"provider\", \"server\", \"domain\" or \"connection\"");
    if (rule.action == Rule::Action::transport && rule.scope == HoldScope::server)
        return base::fail(
            "which server takes the mail is not known when a transport is chosen: write per = "
            "\"domain\" or \"provider\"");
    const auto& when = rule.when;
    const bool always = when == When();
    if (always && rule.action != Rule::Action::throttle)
        return base::fail(
            "\"when\" is empty, so every attempt would count: name a reason, class, stage or "
            "pattern");
    if (!when.about_replies() && (rule.action == Rule::Action::hold || rule.action == Rule::Action::warn))
        return base::fail("\"when\" says nothing of replies: name a reason, class, stage or pattern");
    if (rule.scope != HoldScope::mail &&
        std::any_of(when.reasons.begin(), when.reasons.end(),
                    [](const auto reason) { return about_one_mailbox(classify::to_text(reason)); }))
        return base::fail("a full or unknown mailbox says nothing of other mail: write \"mail\"");
    if (!when.pattern.empty() && rule.example.empty())
        return base::fail("this [[rule]] has a pattern: it needs an example that matches it");
    rule.most = std::max(rule.most, rule.length);
    return {};
}

}  // namespace

base::Result<Trigger> parse_trigger(std::string_view text) {
    const auto wrong =
        base::fail(R"(write "immediate", so many in a time as "5 in 10m", or "50% of 20 in 10m")");
    Trigger out;
    if (text == "immediate") return out;
    const auto in = text.find(" in ");
    if (in == std::string_view::npos) return wrong;
    const auto window = config::parse_duration(text.substr(in + 4));
    if (!window || *window < 1s || *window > 24h) return wrong;
    out.window = std::chrono::duration_cast<std::chrono::seconds>(*window);
    auto count = text.substr(0, in);
    out.kind = Trigger::Kind::count;
    if (const auto of = count.find("% of "); of != std::string_view::npos) {
        const auto percent = base::parse_number(count.substr(0, of), 100);
        if (!percent || *percent == 0) return wrong;
        out.kind = Trigger::Kind::share;
        out.share = static_cast<double>(*percent) / 100;
        count.remove_prefix(of + 5);
    }
    const auto number = base::parse_number(count, 1'000'000);
    if (!number || *number == 0) return wrong;
    out.count = static_cast<std::uint32_t>(*number);
    return out;
}

std::string to_text(const Trigger& trigger) {
    const auto window = config::to_text(trigger.window);
    switch (trigger.kind) {
        case Trigger::Kind::immediate:
            return "immediate";
        case Trigger::Kind::count:
            return fmt::format("{} in {}", trigger.count, window);
        case Trigger::Kind::share:
            break;
    }
    return fmt::format("{}% of {} in {}", std::lround(trigger.share * 100), trigger.count, window);
}

base::Result<RuleMode> parse_mode(std::string_view text) {
    if (text == "observe") return RuleMode{0};
    if (text == "enforce") return RuleMode{100};
    const auto percent = text.ends_with('%') ? base::parse_number(text.substr(0, text.size() - 1), 100)
                                             : std::optional<std::uint64_t>();
    if (!percent) return base::fail(R"(write "observe", "enforce" or a percentage as "25%")");
    return RuleMode{static_cast<std::uint32_t>(*percent)};
}

std::string Rule::version() const {
    std::string text = fmt::format("{}\n{}\n{}\n", name, when.classes, when.pattern);
    for (const auto reason : when.reasons)
        text += fmt::format("r{}\n", classify::to_text(reason));
    for (const auto stage : when.stages)
        text += fmt::format("s{}\n", mail::to_text(stage));
    for (const auto* const list : {&when.providers, &when.domains, &when.servers})
        text += fmt::format("{}\n", fmt::join(*list, " "));
    text += fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}", to_text(trigger), static_cast<int>(action),
                        mail::to_text(scope), length.count(), stated, most.count(), rules::to_text(ramp),
                        transport, rules::to_text(throttle), mode ? static_cast<int>(mode->percent) : -1);
    return fmt::format("{:016x}", base::fingerprint(text).first);
}

tl::expected<std::vector<Rule>, config::Problems> read_rules(const std::vector<config::Source>& sources) {
    return config::read_tables<Rule>(sources, {config::rule_tables, shipped_rules, rule_keys, finish});
}

}  // namespace nexthopd::rules
