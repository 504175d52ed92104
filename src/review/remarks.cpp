#include "review/remarks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/text.hpp"
#include "review/names.hpp"

namespace nexthopd::review {

namespace {

using Known = std::set<std::string, std::less<>>;

constexpr std::array<std::string_view, 4> hooks = {"GetCheckCache", "GetOverrides", "CheckServer",
                                                   "FinalOverrides"};
constexpr std::array<std::string_view, 2> of_a_call = {"ConnectionId", "ConnectionName"};

std::string did_you_mean(std::string_view near) {
    return near.empty() ? std::string() : fmt::format("; did you mean {}?", near);
}

/// The names of the same table, or the globals.
std::vector<std::string_view> beside(std::string_view path, const Known& known) {
    const auto dot = path.rfind('.');
    const auto table = dot == path.npos ? std::string_view() : path.substr(0, dot + 1);
    std::vector<std::string_view> out;
    for (const auto& name : known)
        if (name.starts_with(table) && name.find('.', table.size()) == name.npos) out.push_back(name);
    return out;
}

/// The first part of the path that is not known; empty: all is, or belongs to a value of which nothing is
/// known.
std::string_view unknown_part(std::string_view path, const Known& known) {
    for (std::size_t end = path.find('.');; end = path.find('.', end + 1)) {
        const auto part = path.substr(0, end);
        if (!known.contains(part)) return part;
        const bool is_table =
            known.lower_bound(std::string(part) + '.') != known.end() &&
            known.lower_bound(std::string(part) + '.')->starts_with(std::string(part) + '.');
        if (end == path.npos || !is_table) return {};
    }
}

void remark_on_uses(const Names& names, const Known& known, std::vector<Remark>& out) {
    for (const auto& used : names.used) {
        const auto unknown = unknown_part(used.path, known);
        if (unknown.empty()) continue;
        out.push_back({used.line, fmt::format("{} is not known, it would be nil{}", unknown,
                                              did_you_mean(base::nearest(unknown, beside(unknown, known))))});
    }
}

/// A global that nothing uses is a hook, or was meant to be one.
void remark_on_hooks(const Names& names, std::vector<Remark>& out) {
    const std::vector<std::string_view> meant(hooks.begin(), hooks.end());
    for (const auto& defined : names.defined) {
        const auto near = base::nearest(defined.path, meant);
        const bool used = std::any_of(names.used.begin(), names.used.end(),
                                      [&](const Name& name) { return name.path == defined.path; });
        if (!used && !near.empty() && near != defined.path)
            out.push_back(
                {defined.line, fmt::format("{} is never called; did you mean {}?", defined.path, near)});
    }
}

}  // namespace

std::vector<Remark> remarks_on(std::string_view source, const std::vector<std::string>& known,
                               const std::vector<std::string>& elsewhere) {
    const auto names = names_of(source);
    Known all(known.begin(), known.end());
    all.insert(elsewhere.begin(), elsewhere.end());
    all.insert(hooks.begin(), hooks.end());
    all.insert(of_a_call.begin(), of_a_call.end());
    for (const auto& defined : names.defined)
        all.insert(defined.path);
    std::vector<Remark> out;
    remark_on_uses(names, all, out);
    remark_on_hooks(names, out);
    for (const auto& unused : names.unused)
        out.push_back({unused.line, fmt::format("the local {} is never used", unused.path)});
    for (const auto& pasted : names.pasted)
        out.push_back({pasted.line, fmt::format("{} is pasted into SQL; a value does not become SQL as in "
                                                "nexthop.query(\"... = $1\", {})",
                                                pasted.name, pasted.name)});
    std::stable_sort(out.begin(), out.end(),
                     [](const Remark& a, const Remark& b) { return a.line < b.line; });
    return out;
}

}  // namespace nexthopd::review
