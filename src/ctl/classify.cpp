#include "ctl/classify.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <istream>
#include <ostream>

#include "base/text.hpp"
#include "serve/loading.hpp"

namespace nexthopd::ctl {

namespace {

using nlohmann::ordered_json;

constexpr std::size_t max_line = 64 * 1024;  // what is longer is not looked at

/// A line without its end; false: no more lines. Memory is bounded, whatever is piped in.
bool next_line(std::istream& in, std::string& line) {
    line.clear();
    char c = '\0';
    bool any = false;
    while (in.get(c)) {
        any = true;
        if (c == '\n') break;
        if (line.size() < max_line) line += c;
    }
    return any;
}

std::string json_line(const std::string& text, const std::optional<classify::Classification>& found) {
    ordered_json out;
    out["text"] = text;
    out["reason"] = found ? ordered_json(to_text(found->rule->reason)) : ordered_json();
    out["rule"] = found ? ordered_json(found->rule->name) : ordered_json();
    out["wait"] = found && found->wait ? ordered_json(found->wait->count()) : ordered_json();
    return out.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::string plain_line(const std::optional<classify::Classification>& found) {
    if (!found) return "unknown";
    return fmt::format("{} ({}, rule {}{})", to_text(found->rule->reason), to_text(found->rule->scope),
                       found->rule->name,
                       found->wait ? fmt::format(", wait {} s", found->wait->count()) : "");
}

}  // namespace

int classify(const ClassifyRequest& request, std::istream& in, std::ostream& out, std::ostream& err) {
    const auto sources = config::load(request.settings_path);
    const auto judgement = sources ? serve::load_rules(*sources) : tl::unexpected(sources.error());
    if (!judgement) {
        for (const auto& problem : judgement.error())
            err << config::to_text(problem) << '\n';
        return 1;
    }
    const auto one = [&](const std::string& text) {
        const auto found = judgement->classifier ? judgement->classifier->classify(text) : std::nullopt;
        out << (request.as_json ? json_line(text, found) : plain_line(found)) << '\n';
        return found.has_value();
    };
    if (!request.text.empty()) return one(request.text) ? 0 : 1;
    for (std::string line; next_line(in, line);)
        one(line);
    return 0;
}

}  // namespace nexthopd::ctl
