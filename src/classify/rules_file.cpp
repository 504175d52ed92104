#include "classify/rules_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <string>
#include <utility>

#include "base/text.hpp"
#include "config/accept.hpp"
#include "config/convert.hpp"
#include "config/toml.hpp"

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

/// One key of a [[reply]].
struct RuleKey {
    std::string_view name;
    bool required;
    void (*store)(Rule& rule, const Value& value, Unfits& faults);
};

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

class Reading {
  public:
    void file(const config::Source& source) {
        file_ = source.name;
        const auto table = config::parse_toml(source.text);
        if (!table) return complain(table.error().place, table.error().text);
        shipped_ = std::string_view(file_).substr(file_.rfind('/') + 1) == shipped_file;
        for (const auto& member : *table)
            if (member.key == config::reply_tables) tables(member);
    }

    tl::expected<std::vector<Rule>, config::Problems> result() {
        if (!problems_.empty()) return tl::unexpected(std::move(problems_));
        std::vector<Rule> out;
        for (auto& entry : entries_)
            if (!entry.replaced) out.push_back(std::move(entry.rule));
        return out;
    }

  private:
    struct Entry {
        Rule rule;
        bool shipped = false;
        bool replaced = false;
    };

    void complain(config::Place place, std::string text) {
        problems_.push_back({file_, place, std::move(text)});
    }

    void tables(const config::Member& member) {
        const auto* elements = std::get_if<Value::Array>(&member.value.content);
        if (elements == nullptr)
            return complain(member.place,
                            "there can be several of \"reply\": write [[reply]] and below it its keys");
        for (const auto& element : *elements) {
            if (const auto* table = std::get_if<Value::Table>(&element.content))
                one(element.place, *table);
            else
                complain(element.place,
                         fmt::format("reply: {}: write [[reply]] and below it its keys", spelling(element)));
        }
    }

    void one(config::Place place, const Value::Table& table) {
        Rule rule;
        rule.file = file_;
        rule.place = place;
        bool scope_given = false;
        const auto before = problems_.size();
        for (const auto& member : table) {
            store(rule, member);
            scope_given = scope_given || member.key == "scope";
        }
        for (const auto& key : rule_keys) {
            const bool given = std::any_of(table.begin(), table.end(),
                                           [&](const auto& member) { return member.key == key.name; });
            if (key.required && !given)
                complain(place, fmt::format("this [[reply]] needs a key \"{}\"", key.name));
        }
        if (problems_.size() != before) return;
        if (!rule.wait.empty() && !rule.example_wait)
            return complain(
                place,
                "this [[reply]] has a wait: its example must state one, and example_wait say how long it is");
        if (!scope_given) rule.scope = usual_scope(rule.reason);
        add(std::move(rule));
    }

    void store(Rule& rule, const config::Member& member) {
        const auto key = std::find_if(rule_keys.begin(), rule_keys.end(),
                                      [&](const RuleKey& one) { return one.name == member.key; });
        if (key == rule_keys.end()) {
            std::vector<std::string_view> names;
            for (const auto& known : rule_keys)
                names.push_back(known.name);
            const auto near = base::nearest(member.key, names);
            return complain(member.place,
                            fmt::format("unknown key \"reply.{}\"{}", base::printable(member.key),
                                        near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near)));
        }
        Unfits faults;
        key->store(rule, member.value, faults);
        for (const auto& fault : faults)
            complain(fault.place, fmt::format("reply.{} = {}: {}", key->name, fault.spelling, fault.text));
    }

    void add(Rule rule) {
        const auto same = by_name_.find(rule.name);
        if (same == by_name_.end()) {
            by_name_.emplace(rule.name, entries_.size());
            entries_.push_back({std::move(rule), shipped_, false});
            return;
        }
        auto& other = entries_[same->second];
        if (other.shipped == shipped_)
            return complain(
                rule.place,
                fmt::format("a [[reply]] with the name \"{}\" stands already at {}:{}: each needs its own",
                            rule.name, base::printable(other.rule.file), other.rule.place.line));
        if (other.shipped) {
            other.rule = std::move(rule);
            other.shipped = false;
            return;
        }
        // The administrator's rule came first: it moves to the place of the shipped one.
        auto moved = std::move(other.rule);
        other.replaced = true;
        same->second = entries_.size();
        entries_.push_back({std::move(moved), false, false});
    }

    std::vector<Entry> entries_;
    std::map<std::string, std::size_t, std::less<>> by_name_;
    config::Problems problems_;
    std::string file_;
    bool shipped_ = false;
};

}  // namespace

tl::expected<std::vector<Rule>, config::Problems> read_rules(const std::vector<config::Source>& sources) {
    Reading reading;
    for (const auto& source : sources)
        reading.file(source);
    return reading.result();
}

}  // namespace nexthopd::classify
