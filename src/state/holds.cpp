#include "state/holds.hpp"

#include <algorithm>

namespace nexthopd::state {

std::string_view Holds::key(std::string_view connection, std::string_view recipient,
                            std::string_view queue_id) {
    // Neither a connection's name (a word of a setting) nor an id has a line end, so the three are unambiguous,
    // and a recipient without one stands for itself.
    if (connection.empty() && queue_id.empty() && recipient.find('\n') == std::string_view::npos)
        return recipient;
    key_.assign(connection);
    key_ += '\n';
    key_ += queue_id;
    key_ += '\n';
    key_ += recipient;
    return key_;
}

ActiveHold* Holds::find_exact(std::string_view connection, std::string_view recipient,
                              std::string_view queue_id) {
    const auto found = by_mail_.find(key(connection, recipient, queue_id));
    return found == by_mail_.end() ? nullptr : found->second;
}

ActiveHold* Holds::find(std::string_view connection, std::string_view recipient, std::string_view queue_id) {
    if (by_mail_.empty()) return nullptr;
    if (!queue_id.empty())
        if (auto* const found = find_exact(connection, recipient, queue_id)) return found;
    return find_exact(connection, recipient, {});
}

const ActiveHold* Holds::find_id(std::string_view id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second.get();
}

bool Holds::add(mail::Hold hold, base::Instant now, base::WallTime wall) {
    if (hold.until <= wall) return false;
    const auto same_mail = by_mail_.find(key(hold));
    const bool replaces = same_mail != by_mail_.end();
    const auto same_id = by_id_.find(hold.id);
    if (same_id != by_id_.end() && (!replaces || same_id->second.get() != same_mail->second)) return false;
    if (!replaces && by_id_.size() >= max_holds) return false;
    auto active = std::make_unique<ActiveHold>();
    // Messages that wait under the hold before are deferred until they are woken: they wait on.
    if (replaces) active->waiting = take(std::string(same_mail->second->hold.id))->waiting;
    active->end = now + std::chrono::duration_cast<base::Duration>(hold.until - wall);
    active->hold = std::move(hold);
    auto* const raw = active.get();
    by_mail_.emplace(std::string(key(raw->hold)), raw);
    by_end_.emplace(raw->end, raw->hold.id);
    by_wall_end_.emplace(raw->hold.until, raw->hold.id);
    if (!raw->hold.version.empty()) by_version_[raw->hold.version].insert(raw->hold.id);
    by_id_.emplace(raw->hold.id, std::move(active));
    return true;
}

bool Holds::add_waiting(std::string_view id, std::string_view recipient, std::string_view queue_id) {
    const auto found = by_id_.find(id);
    if (found == by_id_.end() || found->second->hold.recipient != recipient) return false;
    const auto& held_id = found->second->hold.queue_id;
    if (!held_id.empty() && held_id != queue_id) return false;
    auto& waiting = found->second->waiting;
    if (waiting.size() < max_waiting && std::find(waiting.begin(), waiting.end(), queue_id) == waiting.end())
        waiting.emplace_back(queue_id);
    return true;
}

std::optional<ActiveHold> Holds::take(std::string_view id) {
    const auto found = by_id_.find(id);
    if (found == by_id_.end()) return std::nullopt;
    auto& hold = *found->second;
    by_end_.erase({hold.end, hold.hold.id});
    by_wall_end_.erase({hold.hold.until, hold.hold.id});
    if (const auto same = by_version_.find(hold.hold.version); same != by_version_.end()) {
        same->second.erase(hold.hold.id);
        if (same->second.empty()) by_version_.erase(same);
    }
    by_mail_.erase(by_mail_.find(key(hold.hold)));
    std::optional<ActiveHold> out(std::move(hold));
    by_id_.erase(found);
    return out;
}

std::optional<ActiveHold> Holds::remove(std::string_view id) { return take(id); }

std::vector<ActiveHold> Holds::take_ended(base::Instant now, base::WallTime wall, std::size_t limit) {
    std::vector<ActiveHold> out;
    const auto take_first = [&](const auto& ordered) {
        if (auto hold = take(std::string(ordered.begin()->second))) out.push_back(*std::move(hold));
    };
    while (out.size() < limit && !by_end_.empty() && by_end_.begin()->first <= now)
        take_first(by_end_);
    while (out.size() < limit && !by_wall_end_.empty() && by_wall_end_.begin()->first <= wall)
        take_first(by_wall_end_);
    return out;
}

std::optional<base::Instant> Holds::next_end() const {
    if (by_end_.empty()) return std::nullopt;
    return by_end_.begin()->first;
}

std::vector<std::string> Holds::versions() const {
    std::vector<std::string> out;
    for (const auto& [version, ids] : by_version_)
        out.push_back(version);
    return out;
}

std::vector<std::string> Holds::of_version(std::string_view version, std::size_t limit) const {
    std::vector<std::string> out;
    const auto found = by_version_.find(version);
    if (found == by_version_.end()) return out;
    for (auto at = found->second.begin(); at != found->second.end() && out.size() < limit; ++at)
        out.emplace_back(*at);
    return out;
}

std::vector<std::string> Holds::of_recipient(std::string_view recipient) const {
    std::vector<std::string> out;
    for (const auto& [id, hold] : by_id_)
        if (hold->hold.recipient == recipient) out.push_back(id);
    return out;
}

std::vector<const ActiveHold*> Holds::list(std::size_t limit) const {
    std::vector<const ActiveHold*> out;
    for (auto at = by_end_.begin(); at != by_end_.end() && out.size() < limit; ++at)
        out.push_back(find_id(at->second));
    return out;
}

}  // namespace nexthopd::state
