// Tables that stand in the files of settings and are no settings ([[reply]], [[provider]], [[rule]]): each
// has a name, and all of a kind are in the order of the files.
//
// One file of each kind is what nexthopd comes with. A table of the same name in any other file stands in
// place of the shipped one; other tables stand where their file stands.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "config/convert.hpp"
#include "config/source.hpp"
#include "config/value.hpp"

namespace nexthopd::config {

/// One key of a table that becomes a T.
template <class T>
struct TableKey {
    std::string_view name;
    bool required;
    void (*store)(T& target, const Value& value, Unfits& faults);
};

/// T has the members `name`, `file` and `place`.
template <class T>
struct TableKind {
    std::string_view name;          // "reply", of [[reply]]
    std::string_view shipped_file;  // the last part of its name
    std::span<const TableKey<T>> keys;
    /// Looks at what all keys together made; an error is about the table as a whole.
    base::Result<void> (*finish)(T& target, const Value::Table& table);
};

/// A table as it stands in a file.
struct RawTable {
    std::string file;
    Place place;
    bool shipped = false;
    Value::Table members;
};

/// All tables of that name, and what is wrong with their files.
std::vector<RawTable> collect_tables(const std::vector<Source>& sources, std::string_view name,
                                     std::string_view shipped_file, Problems& problems);

/// `unknown key "reply.patern"; did you mean "pattern"?`
std::string unknown_key(std::string_view table, std::string_view key,
                        const std::vector<std::string_view>& known);

/// Stores the members of a table, perhaps one that is the value of a key.
template <class T>
void store_members(const Value::Table& table, std::string_view table_name, std::span<const TableKey<T>> keys,
                   T& target, const std::string& file, Problems& problems) {
    for (const auto& member : table) {
        const auto key =
            std::find_if(keys.begin(), keys.end(), [&](const auto& one) { return one.name == member.key; });
        if (key == keys.end()) {
            std::vector<std::string_view> names;
            for (const auto& known : keys)
                names.push_back(known.name);
            problems.push_back({file, member.place, unknown_key(table_name, member.key, names)});
            continue;
        }
        Unfits faults;
        key->store(target, member.value, faults);
        for (const auto& fault : faults)
            problems.push_back({file, fault.place,
                                fault.spelling.empty() ? fault.text
                                                       : fmt::format("{}.{} = {}: {}", table_name, key->name,
                                                                     fault.spelling, fault.text)});
    }
}

/// Or everything that is wrong with the tables.
template <class T>
tl::expected<std::vector<T>, Problems> read_tables(const std::vector<Source>& sources,
                                                   const TableKind<T>& kind) {
    struct Entry {
        T value;
        bool shipped = false;
        bool replaced = false;
    };
    Problems problems;
    std::vector<Entry> entries;
    std::map<std::string, std::size_t, std::less<>> by_name;
    for (const auto& raw : collect_tables(sources, kind.name, kind.shipped_file, problems)) {
        T value{};
        value.file = raw.file;
        value.place = raw.place;
        const auto before = problems.size();
        store_members(raw.members, kind.name, kind.keys, value, raw.file, problems);
        for (const auto& key : kind.keys) {
            const bool given = std::any_of(raw.members.begin(), raw.members.end(),
                                           [&](const auto& member) { return member.key == key.name; });
            if (key.required && !given)
                problems.push_back({raw.file, raw.place,
                                    fmt::format("this [[{}]] needs a key \"{}\"", kind.name, key.name)});
        }
        if (problems.size() != before) continue;
        if (auto finished = kind.finish(value, raw.members); !finished) {
            problems.push_back({raw.file, raw.place, std::move(finished.error().text)});
            continue;
        }
        const auto same = by_name.find(value.name);
        if (same == by_name.end()) {
            by_name.emplace(value.name, entries.size());
            entries.push_back({std::move(value), raw.shipped, false});
            continue;
        }
        auto& other = entries[same->second];
        if (other.shipped == raw.shipped) {
            problems.push_back(
                {raw.file, raw.place,
                 fmt::format("a [[{}]] with the name \"{}\" stands already at {}:{}: each needs its own",
                             kind.name, value.name, base::printable(other.value.file),
                             other.value.place.line)});
        } else if (other.shipped) {
            other.value = std::move(value);
            other.shipped = false;
        } else {
            // The administrator's table came first: it moves to the place of the shipped one.
            auto moved = std::move(other.value);
            other.replaced = true;
            same->second = entries.size();
            entries.push_back({std::move(moved), false, false});
        }
    }
    if (!problems.empty()) return tl::unexpected(std::move(problems));
    std::vector<T> out;
    for (auto& entry : entries)
        if (!entry.replaced) out.push_back(std::move(entry.value));
    return out;
}

}  // namespace nexthopd::config
