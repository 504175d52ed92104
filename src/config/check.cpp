#include "config/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <string_view>

#include "base/text.hpp"

namespace nexthopd::config {

namespace {

constexpr std::uint16_t first_unprivileged_port = 1024;

class Checker {
  public:
    Checker(const Settings& settings, const Origins& origins) : settings_(settings), origins_(origins) {}

    Problems run() {
        const auto& hold = settings_.hold;
        const auto half = settings_.deadline.transport / 2;
        if (settings_.script.time > half)
            complain(
                {"script.time", "deadline.transport"},
                fmt::format("script.time ({}) must be at most half of deadline.transport ({}): the other "
                            "half is for DNS and the way back",
                            to_text(settings_.script.time), to_text(settings_.deadline.transport)));
        if (hold.fallback > hold.max)
            complain({"hold.default", "hold.max"},
                     fmt::format("hold.default ({}) must not exceed hold.max ({})", to_text(hold.fallback),
                                 to_text(hold.max)));
        if (hold.max > hold.max_total)
            complain({"hold.max", "hold.max_total"},
                     fmt::format("hold.max ({}) must not exceed hold.max_total ({})", to_text(hold.max),
                                 to_text(hold.max_total)));
        for (const auto& endpoint : settings_.listen.exim)
            if (endpoint.inet.port >= first_unprivileged_port && !settings_.allow_unprivileged_port)
                complain({"listen.exim"},
                         fmt::format("any user can take port {} while the daemon is down and "
                                     "would be sent the key: choose one below {}, or set "
                                     "allow_unprivileged_port = true",
                                     endpoint.inet.port, first_unprivileged_port));
        if (!settings_.listen.exim.empty() && settings_.exim.empty())
            complain({"listen.exim"},
                     "Exim's questions carry a key: add an [[exim]] table, whose key_file has it");
        names("postfix", settings_.postfix);
        names("exim", settings_.exim);
        names("connection", settings_.connection);
        return std::move(problems_);
    }

  private:
    /// At the first of `keys` that was set.
    void complain(std::initializer_list<std::string_view> keys, std::string text) {
        Problem problem{{}, {}, std::move(text)};
        for (const auto key : keys) {
            if (origins_.unreadable.contains(key)) return;
            const auto found = origins_.set.find(key);
            if (found == origins_.set.end() || !problem.file.empty()) continue;
            problem.file = found->second.file;
            problem.place = found->second.place;
        }
        problems_.push_back(std::move(problem));
    }

    template <class Element>
    void names(std::string_view table, const std::vector<Element>& elements) {
        std::map<std::string_view, std::size_t> seen;
        for (std::size_t i = 0; i < elements.size(); ++i) {
            const auto key = fmt::format("{}[{}].name", table, i);
            if (origins_.unreadable.contains(key)) continue;
            const auto [first, fresh] = seen.emplace(elements[i].name, i);
            if (!fresh)
                complain(
                    {key, fmt::format("{}[{}]", table, i)},
                    fmt::format("a [[{}]] with the name \"{}\" stands already at {}: each needs its own",
                                table, elements[i].name, where(fmt::format("{}[{}]", table, first->second))));
        }
    }

    std::string where(std::string_view key) const {
        const auto found = origins_.set.find(key);
        if (found == origins_.set.end()) return "another place";
        const auto& [file, place] = found->second;
        return fmt::format("{}:{}:{}", base::printable(file), place.line, place.column);
    }

    const Settings& settings_;
    const Origins& origins_;
    Problems problems_;
};

}  // namespace

Problems check(const Settings& settings, const Origins& origins) {
    return Checker(settings, origins).run();
}

}  // namespace nexthopd::config
