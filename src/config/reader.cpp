#include "config/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "config/check.hpp"
#include "config/schema.hpp"
#include "config/toml.hpp"

namespace nexthopd::config {

namespace {

class Reading {
  public:
    void file(const Source& source) {
        file_ = source.name;
        const auto table = parse_toml(source.text);
        if (!table) return complain(table.error().place, table.error().text);
        for (const auto& member : *table)
            top_level(member);
    }

    ReadResult result() {
        auto more = check(settings_, origins_);
        std::move(more.begin(), more.end(), std::back_inserter(problems_));
        if (problems_.empty()) return std::move(settings_);
        return tl::unexpected(std::move(problems_));
    }

    /// What could be read, in spite of problems.
    Settings readable() { return std::move(settings_); }

  private:
    void complain(Place place, std::string text) { problems_.push_back({file_, place, std::move(text)}); }

    /// A key of the file itself: a setting, or a table of settings.
    void top_level(const Member& member) {
        if (is_no_setting(member.key)) return;
        const Key* key = find_key(member.key);
        if (key && key->type == table_list) return table_list_elements(*key, member);
        if (key) return single(*key, member.key, member);
        if (!is_section(member.key)) return unknown(member.key, member.place);
        const auto* table = std::get_if<Value::Table>(&member.value.content);
        if (!table)
            return complain(member.place,
                            fmt::format("\"{}\" is a table of settings: write [{}] and below it its keys",
                                        member.key, member.key));
        for (const auto& inner : *table)
            in_table(member.key, member.key, inner);
    }

    /// A key of [section] or [[section]]; `origin` is "hold" or "postfix[0]".
    void in_table(std::string_view section, std::string_view origin, const Member& member) {
        const auto path = fmt::format("{}.{}", section, member.key);
        if (const Key* key = find_key(path))
            single(*key, fmt::format("{}.{}", origin, member.key), member);
        else
            unknown(path, member.place);
    }

    void unknown(std::string_view path, Place place) {
        const auto near = nearest_key(path);
        complain(place, fmt::format("unknown key \"{}\"{}", base::printable(path),
                                    near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near)));
    }

    void single(const Key& key, std::string origin, const Member& member) {
        const auto& pending = key.pending;
        const auto shown = spelling(member.value);
        if (!pending.why.empty() && shown != pending.off) {
            complain(member.place, fmt::format("\"{}\" has no effect in this version ({}): remove it", key.path,
                                               pending.why));
            origins_.unreadable.insert(std::move(origin));
            return;
        }
        Unfits faults;
        key.store(settings_, member.value, faults);
        for (const auto& fault : faults)
            complain(fault.place, fault.place == member.value.place
                                      ? fmt::format("{} = {}: {}", key.path, fault.spelling, fault.text)
                                      : fmt::format("{}: {}: {}", key.path, fault.spelling, fault.text));
        if (faults.empty())
            origins_.set[std::move(origin)] = {file_, member.value.place};
        else
            origins_.unreadable.insert(std::move(origin));
    }

    void table_list_elements(const Key& key, const Member& member) {
        const auto* elements = std::get_if<Value::Array>(&member.value.content);
        if (elements && elements->empty()) return;
        if (!elements)
            return complain(member.place,
                            fmt::format("there can be several of \"{}\": write [[{}]] and below it its keys",
                                        key.path, key.path));
        for (const auto& element : *elements) {
            if (const auto* table = std::get_if<Value::Table>(&element.content))
                table_list_element(key, element, *table);
            else
                complain(element.place, fmt::format("{}: {}: write [[{}]] and below it its keys", key.path,
                                                    spelling(element), key.path));
        }
    }

    void table_list_element(const Key& list, const Value& element, const Value::Table& table) {
        Unfits none;
        list.store(settings_, element, none);
        const auto origin = fmt::format("{}[{}]", list.path, count_[std::string(list.path)]++);
        origins_.set[origin] = {file_, element.place};
        for (const auto& member : table)
            in_table(list.path, origin, member);
        for (const auto& key : schema()) {
            if (!key.path.starts_with(fmt::format("{}.", list.path))) continue;
            const auto name = key.path.substr(list.path.size() + 1);
            if (std::any_of(table.begin(), table.end(), [&](const Member& m) { return m.key == name; }))
                continue;
            absent(list, key, name, element.place, origin);
        }
    }

    /// Some keys of a [[table]] must be given: they have no default.
    void absent(const Key& list, const Key& key, std::string_view name, Place place,
                const std::string& origin) {
        if (!key.fallback.empty()) return;
        complain(place, fmt::format("this [[{}]] needs a {}", list.path, name));
        origins_.unreadable.insert(fmt::format("{}.{}", origin, name));
    }

    Settings settings_ = defaults();
    Origins origins_;
    Problems problems_;
    std::map<std::string, std::size_t> count_;  // elements of each [[table]] so far
    std::string file_;
};

}  // namespace

ReadResult understand(const std::vector<Source>& sources) {
    Reading reading;
    for (const auto& source : sources)
        reading.file(source);
    auto result = reading.result();
    if (!result) {
        const auto rank = [&](const Problem& problem) {
            return std::find_if(sources.begin(), sources.end(),
                                [&](const Source& source) { return source.name == problem.file; });
        };
        std::stable_sort(result.error().begin(), result.error().end(),
                         [&](const Problem& a, const Problem& b) {
                             return std::pair(rank(a), a.place) < std::pair(rank(b), b.place);
                         });
    }
    return result;
}

ReadResult read(const std::string& path) {
    const auto sources = load(path);
    if (!sources) return tl::unexpected(sources.error());
    return understand(*sources);
}

Settings salvage(const std::string& path) {
    Reading reading;
    if (const auto sources = load(path))
        for (const auto& source : *sources)
            reading.file(source);
    return reading.readable();
}

}  // namespace nexthopd::config
