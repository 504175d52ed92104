#include "rules/providers.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/text.hpp"
#include "rules/star.hpp"

namespace nexthopd::rules {

namespace {

/// "mx*.example.com" -> "mx*" and "example.com"; without a star the first is empty.
std::pair<std::string_view, std::string_view> parts(std::string_view mx) {
    if (mx.find('*') == std::string_view::npos) return {{}, mx};
    const auto dot = mx.find('.');
    return {mx.substr(0, dot), mx.substr(dot + 1)};
}

/// The name above, or empty.
std::string_view above(std::string_view name) {
    const auto dot = name.find('.');
    return dot == std::string_view::npos ? std::string_view() : name.substr(dot + 1);
}

}  // namespace

/// Puts the providers in one by one, and says what does not fit with those before.
class Providers::Building {
  public:
    explicit Building(Providers& out) : out_(out) {}

    void add(std::uint32_t number) {
        const auto& provider = out_.list_[number];
        out_.names_.emplace(provider.name, number);
        out_.transports_ = out_.transports_ || !provider.transport.empty();
        for (const auto& mx : provider.mx)
            host(mx, number);
        for (const auto& domain : provider.domains) {
            const auto [place, added] = out_.domains_.emplace(domain, number);
            if (!added) twice(domain, place->second, number);
        }
    }

    /// When all are in.
    void prove() {
        for (std::uint32_t number = 0; number < out_.list_.size(); ++number) {
            const auto& provider = out_.list_[number];
            const auto* found = out_.of_domain(provider.example);
            if (found == nullptr) found = out_.of_host(provider.example);
            if (found == nullptr)
                complain(number, "its example matches none of its entries");
            else if (found != &provider)
                complain(number, fmt::format("its example \"{}\" belongs to \"{}\" ({}:{})", provider.example,
                                             found->name, base::printable(found->file), found->place.line));
            for (const auto& mx : provider.mx)
                dead(mx, number);
        }
    }

    config::Problems problems;

  private:
    void complain(std::uint32_t number, const std::string& text) {
        const auto& provider = out_.list_[number];
        problems.push_back(
            {provider.file, provider.place, fmt::format("[[provider]] \"{}\": {}", provider.name, text)});
    }

    void twice(std::string_view entry, std::uint32_t before, std::uint32_t number) {
        const auto& other = out_.list_[before];
        if (before == number)
            complain(number, fmt::format("\"{}\" stands in it twice", entry));
        else
            complain(number, fmt::format("\"{}\" belongs to \"{}\" already ({}:{})", entry, other.name,
                                         base::printable(other.file), other.place.line));
    }

    void host(const std::string& mx, std::uint32_t number) {
        const auto [first, name] = parts(mx);
        auto& entries = out_.hosts_[std::string(name)];
        for (const auto& entry : entries) {
            if (entry.first.empty() != first.empty()) continue;
            if (first.empty() || stars_meet(entry.first, first)) {
                if (entry.first == first)
                    twice(mx, entry.provider, number);
                else
                    complain(number, fmt::format("some hosts match both \"{}\" and \"{}.{}\" of \"{}\"", mx,
                                                 entry.first, name, out_.list_[entry.provider].name));
            }
        }
        entries.push_back({std::string(first), number});
    }

    /// An entry below one of the same provider decides nothing, unless another provider's stands between.
    void dead(std::string_view mx, std::uint32_t number) {
        const auto [first, name] = parts(mx);
        for (auto at = first.empty() ? above(name) : name; !at.empty(); at = above(at)) {
            const auto found = out_.hosts_.find(at);
            if (found == out_.hosts_.end()) continue;
            for (const auto& entry : found->second) {
                if (!entry.first.empty()) continue;
                if (entry.provider == number)
                    complain(number,
                             fmt::format("\"{}\" is not needed: \"{}\" has those hosts already", mx, at));
                return;
            }
        }
    }

    Providers& out_;
};

tl::expected<std::shared_ptr<const Providers>, config::Problems> Providers::build(
    std::vector<Provider> list) {
    auto out = std::make_shared<Providers>();
    Building building(*out);
    if (list.size() > max_providers) {
        const auto& first = list[max_providers];
        building.problems.push_back(
            {first.file, first.place, fmt::format("there are more than {} [[provider]]", max_providers)});
        return tl::unexpected(std::move(building.problems));
    }
    out->list_ = std::move(list);
    for (std::uint32_t number = 0; number < out->list_.size(); ++number)
        building.add(number);
    building.prove();
    if (!building.problems.empty()) return tl::unexpected(std::move(building.problems));
    return std::shared_ptr<const Providers>(std::move(out));
}

const Provider* Providers::of_host(std::string_view host) const {
    std::string_view left;  // the label before `at`, where that is the whole rest of the name
    for (auto at = host; !at.empty(); at = above(at)) {
        if (const auto found = hosts_.find(at); found != hosts_.end()) {
            const Entry* any = nullptr;
            for (const auto& entry : found->second) {
                if (entry.first.empty())
                    any = &entry;
                else if (!left.empty() && star_matches(entry.first, left))
                    return &list_[entry.provider];
            }
            if (any != nullptr) return &list_[any->provider];
        }
        left = at.size() == host.size() ? host.substr(0, host.find('.')) : std::string_view();
    }
    return nullptr;
}

const Provider* Providers::of_domain(std::string_view domain) const {
    const auto found = domains_.find(domain);
    return found == domains_.end() ? nullptr : &list_[found->second];
}

const Provider* Providers::of(std::string_view domain, const mail::MxSet& set) const {
    if (list_.empty()) return nullptr;
    if (const auto* const provider = of_domain(domain)) return provider;
    if (set.hosts.empty()) return nullptr;
    const auto* const first = of_host(set.hosts.front().name);
    if (first == nullptr) return nullptr;
    for (const auto& host : set.hosts)
        if (of_host(host.name) != first) return nullptr;
    return first;
}

const Provider* Providers::find(std::string_view name) const {
    const auto found = names_.find(name);
    return found == names_.end() ? nullptr : &list_[found->second];
}

}  // namespace nexthopd::rules
