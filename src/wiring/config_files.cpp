#include "wiring/config_files.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/string_hash.hpp"
#include "base/text.hpp"

namespace nexthopd::wiring {

namespace {

constexpr std::string_view begin_mark = "# nexthopd: begin ";
constexpr std::string_view unended_mark = "the line before had no end, ";
constexpr std::string_view end_line = "# nexthopd: end";
constexpr std::string_view rewrite_option = "    -o rewrite_service_name=nexthop-rewrite";
constexpr std::string_view filter_option = "    -o smtp_dns_reply_filter=$nexthopd_mx_filter";

using Lines = std::vector<std::string_view>;

/// The lines without their ends; a text that ends with a line end has an empty one last.
std::string joined(const Lines& lines) {
    return fmt::format("{}", fmt::join(lines, "\n"));
}

/// The first line of a block: with a sum of what is in it, so that a later edit is noticed.
std::string begin_line(std::string_view content, bool ended) {
    return fmt::format("{}({}sum {:016x})", begin_mark, ended ? "" : unended_mark,
                       base::fingerprint(content).first);
}

std::string with_block(std::string_view text, const std::vector<std::string>& lines) {
    const bool ended = text.empty() || text.back() == '\n';
    const auto content = fmt::format("{}", fmt::join(lines, "\n"));
    return fmt::format("{}{}{}\n{}\n{}\n", text, ended ? "" : "\n", begin_line(content, ended), content,
                       end_line);
}

/// The text without the block.
base::Result<std::string> without_block(std::string_view name, std::string_view text) {
    auto lines = base::split(text, '\n');
    const auto begin = std::find_if(lines.begin(), lines.end(), [](std::string_view line) {
        return line.substr(0, begin_mark.size()) == begin_mark;
    });
    if (begin == lines.end()) return std::string(text);
    const auto end = std::find(begin, lines.end(), end_line);
    if (end == lines.end())
        return base::fail(
            "{}: the line \"{}\" is missing: take nexthopd's lines out by hand, then \"postfix reload\"",
            name, end_line);
    const bool unended = begin->find(unended_mark) != std::string_view::npos;
    const auto content = joined(Lines(begin + 1, end));
    if (*begin != begin_line(content, !unended))
        return base::fail(
            "{}: what stands between \"{}...\" and \"{}\" was changed by hand:\n{}\n"
            "take it out by hand, then \"postfix reload\"",
            name, begin_mark, end_line, content);
    const auto rest = lines.erase(begin, end + 1);
    if (unended && rest + 1 == lines.end() && rest->empty()) lines.pop_back();
    return joined(lines);
}

/// Fields of a master.cf entry: name and type; empty: not the first line of one.
std::pair<std::string_view, std::string_view> entry_of(std::string_view line) {
    if (line.empty() || base::is_blank(line.front()) || line.front() == '#') return {};
    const auto name = line.substr(0, line.find_first_of(" \t"));
    auto rest = line.substr(name.size());
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    return {name, rest.substr(0, rest.find_first_of(" \t"))};
}

/// The option below the first line of the service. An error: no such service, or it has that option already.
base::Result<std::string> with_option(std::string_view text, std::string_view service,
                                      std::string_view option) {
    auto lines = base::split(text, '\n');
    const auto at = std::find_if(lines.begin(), lines.end(), [&](std::string_view line) {
        const auto [name, type] = entry_of(line);
        return name == service && (type == "unix" || type == "fifo");
    });
    if (at == lines.end()) return base::fail("master.cf has no service \"{}\" of type unix", service);
    const auto parameter = base::trim(option.substr(option.find("-o ") + 3));
    const auto name = parameter.substr(0, parameter.find('=') + 1);
    for (auto line = at; line != lines.end() && (line == at || entry_of(*line).first.empty()); ++line)
        if (!line->empty() && line->front() != '#' && line->find(name) != std::string_view::npos)
            return base::fail(
                "master.cf: the service \"{}\" has an option {} already: \"{}\"; wire by hand, see "
                "nexthopd-postfix(7)",
                service, name, base::printable(base::trim(*line), 200));
    lines.insert(at + 1, option);
    return joined(lines);
}

std::string without_line(std::string_view text, std::string_view removed) {
    auto lines = base::split(text, '\n');
    lines.erase(std::remove(lines.begin(), lines.end(), removed), lines.end());
    return joined(lines);
}

/// The first line that speaks of nexthopd, comments left out; empty: none does.
std::string_view mention(std::string_view text) {
    for (const auto line : base::split(text, '\n')) {
        if (base::trim(line).substr(0, 1) == "#") continue;
        for (const auto* const word :
             {"nexthopd_maps", "nexthopd_verify_maps", "nexthopd_mx_filter", "nexthop-rewrite"})
            if (line.find(word) != std::string_view::npos) return line;
    }
    return {};
}

base::Result<void> no_mention(const ConfigFiles& files, std::string_view what_to_do) {
    for (const auto& [name, text] :
         {std::pair("main.cf", &files.main_cf), std::pair("master.cf", &files.master_cf)})
        if (const auto line = mention(*text); !line.empty())
            return base::fail("{}: \"{}\" was written or changed by hand: {}", name,
                              base::printable(base::trim(line), 200), what_to_do);
    return {};
}

}  // namespace

base::Result<ConfigFiles> enabled(const ConfigFiles& files, const Plan& plan) {
    if (auto clean = no_mention(files, "remove it first, or go on wiring by hand"); !clean)
        return tl::unexpected(clean.error());
    ConfigFiles out = files;
    std::vector<std::string> parameters;
    const auto tables = plan.transport_maps.empty() ? std::string() : plan.transport_maps + ", ";
    if (plan.transport) {
        parameters.push_back(fmt::format("nexthopd_maps = {}socketmap:{}:transport", tables, plan.socket));
        if (!tables.empty()) parameters.push_back("nexthopd_verify_maps = " + plan.transport_maps);
        auto edited = with_option(out.master_cf, "qmgr", rewrite_option);
        if (!edited) return tl::unexpected(edited.error());
        out.master_cf = *std::move(edited);
    }
    if (plan.mxfilter) {
        parameters.push_back(fmt::format("nexthopd_mx_filter = socketmap:{}:mxfilter", plan.socket));
        auto edited = with_option(out.master_cf, plan.delivery, filter_option);
        if (!edited) return tl::unexpected(edited.error());
        out.master_cf = *std::move(edited);
    }
    out.main_cf = with_block(out.main_cf, parameters);
    if (plan.transport)
        out.master_cf = with_block(
            out.master_cf, {fmt::format("nexthop-rewrite unix - - {} - - trivial-rewrite", plan.chroot),
                            "    -o transport_maps=$nexthopd_maps",
                            fmt::format("    -o address_verify_transport_maps={}",
                                        tables.empty() ? "" : "$nexthopd_verify_maps")});
    return out;
}

base::Result<ConfigFiles> disabled(const ConfigFiles& files) {
    ConfigFiles out = files;
    for (auto [name, text] : {std::pair("main.cf", &out.main_cf), std::pair("master.cf", &out.master_cf)}) {
        auto without = without_block(name, *text);
        if (!without) return tl::unexpected(without.error());
        *text = *std::move(without);
    }
    for (const auto option : {rewrite_option, filter_option})
        out.master_cf = without_line(out.master_cf, option);
    if (auto clean = no_mention(out, "take it out by hand, then \"postfix reload\""); !clean)
        return tl::unexpected(clean.error());
    return out;
}

std::string difference(std::string_view name, std::string_view before, std::string_view after) {
    // Lines are only ever added or only taken out: what one text has more than the other is found in one
    // walk.
    const bool grows = after.size() >= before.size();
    const auto more = base::split(grows ? after : before, '\n');
    const auto less = base::split(grows ? before : after, '\n');
    std::string out;
    std::size_t at = 0;
    std::size_t shown = 0;
    for (std::size_t i = 0; i < more.size(); ++i) {
        if (at < less.size() && more[i] == less[at]) {
            ++at;
            continue;
        }
        if (out.empty()) out = fmt::format("{}:\n", name);
        if (i != shown && i > 0)
            out += fmt::format("@@ line {} @@\n  {}\n", i, base::printable(more[i - 1], 200));
        out += fmt::format("{} {}\n", grows ? '+' : '-', base::printable(more[i], 1'000));
        shown = i + 1;
    }
    return out;
}

}  // namespace nexthopd::wiring
