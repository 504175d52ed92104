#include "state/vetoes.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace nexthopd::state {

namespace {

std::size_t hash_of(const Vetoes::Mail& mail) {
    return base::StringHash()(
        fmt::format("{}\n{}\n{}\n{}", mail.connection, mail.sender, mail.retries, mail.size));
}

/// One that is too old is none.
template <class Made>
bool counts(const std::optional<Made>& made, base::Instant now) {
    return made && now - made->when < Vetoes::valid;
}

bool names(const std::vector<std::string>& servers, std::string_view server) {
    return std::find(servers.begin(), servers.end(), server) != servers.end();
}

}  // namespace

bool Vetoes::decided(std::string_view owner, const std::vector<std::string>& left_out, const Mail& mail,
                     base::Instant now) {
    auto found = domains_.find(owner);
    if (found == domains_.end()) {
        // A domain that was never objected to needs no entry: what is not known is not left out.
        if (left_out.empty()) return true;
        if (domains_.size() >= max_domains) return false;
        found = domains_.emplace(std::string(owner), Domain()).first;
        order_.emplace_back(owner);
    }
    auto& domain = found->second;
    const auto hash = hash_of(mail);
    if (counts(domain.newest, now) && domain.newest->left_out != left_out && domain.mail != hash) {
        // Once is what new evidence looks like, too.
        if (domain.changed && now - *domain.changed < valid) domain.dependent_until = now + dependent_for;
        domain.changed = now;
    }
    domain.mail = hash;
    domain.before = std::exchange(domain.newest, Made{now, left_out});
    return !domain.dependent(now);
}

bool Vetoes::enforces(std::string_view owner, base::Instant now) const {
    const auto found = domains_.find(owner);
    if (found == domains_.end()) return domains_.size() < max_domains;
    return !found->second.dependent(now);
}

bool Vetoes::left_out(std::string_view owner, std::string_view server, base::Instant now) const {
    const auto found = domains_.find(owner);
    if (found == domains_.end()) return false;
    const auto& domain = found->second;
    if (domain.dependent(now) || !counts(domain.newest, now)) return false;
    if (!names(domain.newest->left_out, server)) return false;
    return !counts(domain.before, now) || names(domain.before->left_out, server);
}

void Vetoes::prune(base::Instant now, std::size_t limit) {
    for (auto looked_at = std::min(limit, order_.size()); looked_at > 0; --looked_at) {
        auto owner = std::move(order_.front());
        order_.pop_front();
        const auto found = domains_.find(owner);
        const auto& domain = found->second;
        if (counts(domain.newest, now) || domain.dependent(now))
            order_.push_back(std::move(owner));
        else
            domains_.erase(found);
    }
}

}  // namespace nexthopd::state
