#include "maillog/exim_join.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "maillog/exim_address.hpp"
#include "maillog/exim_failure.hpp"
#include "maillog/mailbox.hpp"

namespace nexthopd::maillog {

namespace {

FailureText success(std::string_view reply) {
    FailureText out;
    out.kind = FailureText::Kind::server;
    out.reply = reply;
    out.code = reply_code(reply);
    out.enhanced = enhanced_code(reply);
    out.stage = mail::Stage::eod;
    out.one_recipient = true;
    return out;
}

bool is_sent(EximOutcome::Flag flag) {
    using Flag = EximOutcome::Flag;
    return flag == Flag::delivered || flag == Flag::further || flag == Flag::cutthrough;
}

template <class Sessions>
std::size_t endings_of(const Sessions& sessions) {
    std::size_t total = 0;
    for (const auto& session : sessions)
        total += session.refusals.size() + (session.end ? 1U : 0U);
    return total;
}

/// The session that told it: the newest with that server, or with that end.
template <class Sessions, class Is>
auto newest(Sessions& sessions, Is is) {
    const auto found = std::find_if(sessions.rbegin(), sessions.rend(), is);
    return found == sessions.rend() ? nullptr : &*found;
}

}  // namespace

std::size_t EximJoin::Delivery::sessions() const {
    auto total = pending.size();
    for (const auto& group : groups)
        total += group.sessions.size();
    return total;
}

EximJoin::Delivery& EximJoin::delivery(std::string_view id, const LogPoint& at) {
    auto& delivery = deliveries_.at(id, [this](Delivery& oldest) { forget(oldest); });
    if (at.time - delivery.seen > max_silence) forget(delivery);
    if (delivery.id.empty()) delivery.id = id;
    delivery.seen = at.time;
    return delivery;
}

/// nullptr: there are too many. Whoever holds a Session* of these must not use it afterwards.
EximJoin::Session* EximJoin::open(Delivery& delivery, std::vector<Session>& sessions, Server&& server,
                                  const LogPoint& at) {
    if (delivery.sessions() >= max_connections) {
        ++counters_.dropped;
        return nullptr;
    }
    auto& session = sessions.emplace_back();
    session.number = session_number(delivery.id, server, at, ++delivery.opened);
    session.server = std::move(server);
    session.pid = at.pid;
    return &session;
}

/// Room for one more ending? Deliveries that have long ended make it.
bool EximJoin::may_keep() {
    // The newest entry is the message that asks.
    while (endings_ >= max_endings && deliveries_.size() > 1)
        deliveries_.drop_oldest([this](Delivery& oldest) { forget(oldest); });
    if (endings_ >= max_endings) {
        ++counters_.dropped;
        return false;
    }
    ++endings_;
    return true;
}

void EximJoin::failed(std::string_view id, const Peer& peer, std::string_view text, const LogPoint& at) {
    const auto parts = parse_exim_failure(text);
    if (parts.kind != FailureText::Kind::server) return;
    auto server = remote_server(peer, options_.own_addresses, options_.own_hosts);
    if (!server) return;
    auto recipient = mailbox(unquoted(refused_recipient(text))).address;
    if (parts.one_recipient && recipient.empty()) return;
    auto& delivery = this->delivery(id, at);
    auto* session = newest(delivery.pending, [&](const Session& one) {
        return one.server == *server && one.pid == at.pid && !one.end;
    });
    if (session == nullptr) session = open(delivery, delivery.pending, *std::move(server), at);
    if (session == nullptr || !may_keep()) return;
    if (peer.port != 0) session->server.port = peer.port;
    auto ending = make_ending(mail::Status::deferred, parts, text, parts.enhanced, at.time, at.line);
    if (parts.one_recipient) {
        session->refusals.push_back({std::move(recipient), std::move(ending)});
    } else {
        session->end = std::move(ending);
        session->for_all = true;
    }
}

/// A recipient shows. One that has been shown already begins another round: what its lines told is over.
void EximJoin::meet(Delivery& delivery, const mail::Attempt& recipient, const LogPoint& at, Rows& rows) {
    const auto hash = base::StringHash{}(recipient.recipient);
    auto& met = delivery.met;
    if (std::find(met.begin(), met.end(), hash) != met.end()) {
        for (auto& group : delivery.groups)
            abandon(delivery, group.sessions, rows);
        delivery.groups.clear();
        auto& pending = delivery.pending;
        const auto old = std::stable_partition(pending.begin(), pending.end(), [&](const Session& session) {
            if (session.end) return session.end->line > delivery.last_outcome;
            return !session.refusals.empty() && session.refusals.front().ending.line > delivery.last_outcome;
        });
        std::vector<Session> left(std::make_move_iterator(old), std::make_move_iterator(pending.end()));
        pending.erase(old, pending.end());
        abandon(delivery, left, rows);
        met.clear();
    }
    if (met.empty())
        delivery.domain = recipient.domain;
    else if (delivery.domain != recipient.domain)
        delivery.domain.clear();
    if (met.size() < max_recipients) met.push_back(hash);
    delivery.last_outcome = at.line;
}

EximJoin::Group& EximJoin::group_of(Delivery& delivery, const mail::Attempt& recipient,
                                    const std::optional<Server>& server) {
    auto& pending = delivery.pending;
    auto* group = newest(delivery.groups, [&](const Group& one) {
        return one.domain == recipient.domain || (server && one.last == *server);
    });
    // A server that has failed this group already failed another transaction, of more recipients.
    const auto again = [&](const Session& waiting) {
        return newest(group->sessions, [&](const Session& known) {
                   return known.end && known.server == waiting.server;
               }) != nullptr;
    };
    if (group != nullptr && std::none_of(pending.begin(), pending.end(), again)) return *group;
    if (delivery.groups.size() >= max_groups) {
        forget(delivery.groups.front().sessions);
        delivery.groups.erase(delivery.groups.begin());
    }
    auto& fresh = delivery.groups.emplace_back();
    fresh.domain = recipient.domain;
    if (server) fresh.last = *server;
    fresh.sessions.swap(pending);
    return fresh;
}

/// The session whose end `outcome` tells: to all recipients that were left, or to one.
EximJoin::Session* EximJoin::own_session(Delivery& delivery, Group& group, Server&& server,
                                         const EximOutcome& outcome, const FailureText& parts,
                                         std::string_view text, const LogPoint& at) {
    auto* session = newest(group.sessions, [&](const Session& one) { return one.server == server; });
    // The line of the host said the same already, or was written after this recipient had been refused.
    // Otherwise the server got a second connection: without TLS, after TLS has failed.
    if (session != nullptr && session->end) {
        const bool told = session->end->stage == parts.stage && session->end->code == parts.code;
        const bool refused_before = parts.one_recipient && !is_sent(outcome.flag);
        if (!told && !refused_before) session = nullptr;
    }
    if (session == nullptr) session = open(delivery, group.sessions, std::move(server), at);
    if (session == nullptr) return nullptr;
    if (outcome.peer.port != 0) session->server.port = outcome.peer.port;
    session->tls = session->tls || outcome.tls;
    if (!parts.one_recipient && !session->end && may_keep())
        session->end = make_ending(mail::Status::deferred, parts, text, parts.enhanced, at.time, at.line);
    return session;
}

bool EximJoin::outcome(const EximOutcome& outcome, std::string_view text, mail::Attempt&& recipient,
                       const LogPoint& at, Rows& rows) {
    const bool sent = is_sent(outcome.flag);
    const auto parts = sent ? success(text) : parse_exim_failure(text);
    if (parts.kind == FailureText::Kind::other || outcome.transport.empty()) return false;
    const auto& peer = outcome.peer.address.empty() ? parts.peer : outcome.peer;
    std::optional<Server> server;
    if (parts.kind == FailureText::Kind::server && !peer.address.empty()) {
        server = remote_server(peer, options_.own_addresses, options_.own_hosts);
        if (!server) return false;
    } else if (sent || deliveries_.find(recipient.queue_id) == nullptr) {
        return false;  // a local transport; without H= only the lines before can name a server
    }
    auto& delivery = this->delivery(recipient.queue_id, at);
    meet(delivery, recipient, at, rows);
    auto& group = group_of(delivery, recipient, server);
    auto ending = make_ending(recipient.status, parts, text.empty() ? "delivered" : text, parts.enhanced,
                              at.time, at.line);
    const bool attempted = server.has_value();
    auto* own = attempted ? own_session(delivery, group, *std::move(server), outcome, parts, text, at)
                          : newest(group.sessions, [&](const Session& one) {
                                return one.end && one.end->stage == mail::Stage::connect &&
                                       one.end->result == ending.result;
                            });

    const auto& routers = options_.relay_routers;
    const bool relay = std::find(routers.begin(), routers.end(), outcome.router) != routers.end();
    const Shown shown{recipient, relay, at.time};
    bool earlier = false;
    bool passed_own = false;  // hosts after the one that took the recipient concern others only
    for (auto& session : group.sessions) {
        passed_own = passed_own || &session == own;
        if (refused(session, shown, &session == own && parts.one_recipient && !sent, rows))
            earlier = true;
        else if (!passed_own && ended(session, shown, rows))
            earlier = true;
    }
    for (auto& other : delivery.groups)
        if (&other != &group)
            for (auto& session : other.sessions)
                earlier = refused(session, shown, false, rows) || earlier;
    for (auto& session : delivery.pending)
        earlier = refused(session, shown, false, rows) || earlier;
    if (own == nullptr) return attempted || earlier;

    recipient.counted = parts.one_recipient || !own->counted;
    if (!parts.one_recipient) own->counted = true;
    add(std::move(recipient), *own, std::move(ending), relay, rows);
    return true;
}

/// The recipient was refused in that session. `told_again`: no other server was there to try after all, and
/// the outcome line says the same.
bool EximJoin::refused(Session& session, const Shown& shown, bool told_again, Rows& rows) {
    auto& refusals = session.refusals;
    const auto found = std::find_if(refusals.begin(), refusals.end(), [&](const Refusal& refusal) {
        return base::equal_ignoring_case(refusal.recipient, shown.recipient.recipient);
    });
    if (found == refusals.end()) return false;
    if (!told_again) {
        auto row = shown.recipient;
        const std::chrono::duration<double> since = shown.time - found->ending.time;
        if (row.delay) row.delay = std::max(0.0, *row.delay - std::max(0.0, since.count()));
        add(std::move(row), session, std::move(found->ending), shown.relay, rows);
    }
    refusals.erase(found);
    --endings_;
    return true;
}

/// The session ended before the recipient could be delivered.
bool EximJoin::ended(Session& session, const Shown& shown, Rows& rows) {
    if (!session.end || !session.for_all) return false;
    auto row = shown.recipient;
    row.counted = !session.counted;
    session.counted = true;
    const std::chrono::duration<double> since = shown.time - session.end->time;
    if (row.delay) row.delay = std::max(0.0, *row.delay - std::max(0.0, since.count()));
    add(std::move(row), session, *session.end, shown.relay, rows);
    return true;
}

void EximJoin::add(mail::Attempt&& recipient, const Session& session, Ending ending, bool relay, Rows& rows) {
    if (session.server.name.empty()) {
        ++counters_.bad_server;
        return;
    }
    ++counters_.attempts;
    auto& row = rows.emplace_back(std::move(recipient));
    row.time = ending.time;
    row.session = session.number;
    row.server = session.server.name;
    row.address = session.server.address;
    row.port = session.server.port;
    row.status = ending.status;
    row.stage = relay ? mail::Stage::relay : ending.stage;
    row.code = ending.code;
    row.dsn = std::move(ending.dsn);
    row.result = std::move(ending.result);
    row.tls = session.tls;
}

/// Failures whose outcome lines never came keep their row when at least the domain is known.
void EximJoin::abandon(Delivery& delivery, std::vector<Session>& sessions, Rows& rows) {
    endings_ -= endings_of(sessions);
    for (auto& session : sessions) {
        mail::Attempt row;
        row.mta = mail::Mta::exim;
        row.instance = options_.instance;
        row.queue_id = delivery.id;
        for (auto& refusal : session.refusals) {
            row.recipient = refusal.recipient;
            row.domain = refusal.recipient.substr(refusal.recipient.rfind('@') + 1);
            add(mail::Attempt(row), session, std::move(refusal.ending), false, rows);
        }
        if (!session.end || session.counted) continue;
        if (delivery.domain.empty()) {
            ++counters_.unjoined;
            continue;
        }
        row.recipient.clear();
        row.domain = delivery.domain;
        add(std::move(row), session, *std::move(session.end), false, rows);
    }
    sessions.clear();
}

void EximJoin::gone(std::string_view id, Rows& rows) {
    auto* delivery = deliveries_.find(id);
    if (delivery == nullptr) return;
    for (auto& group : delivery->groups)
        abandon(*delivery, group.sessions, rows);
    abandon(*delivery, delivery->pending, rows);
    deliveries_.erase(id);
}

void EximJoin::forget(const std::vector<Session>& sessions) {
    endings_ -= endings_of(sessions);
    for (const auto& session : sessions)
        counters_.unjoined += session.refusals.size() + (session.end && !session.counted ? 1U : 0U);
}

void EximJoin::forget(Delivery& delivery) {
    forget(delivery.pending);
    for (const auto& group : delivery.groups)
        forget(group.sessions);
    delivery = Delivery{};
}

std::uint64_t EximJoin::first_open_line(base::WallTime now) const {
    std::uint64_t first = 0;
    const auto open = [&](const std::vector<Session>& sessions) {
        for (const auto& session : sessions) {
            if (!session.refusals.empty() && (first == 0 || session.refusals.front().ending.line < first))
                first = session.refusals.front().ending.line;
            if (session.end && !session.counted && (first == 0 || session.end->line < first))
                first = session.end->line;
        }
    };
    deliveries_.visit([&](const Delivery& delivery) {
        if (now - delivery.seen > max_silence) return true;
        open(delivery.pending);
        for (const auto& group : delivery.groups)
            open(group.sessions);
        return true;
    });
    return first;
}

}  // namespace nexthopd::maillog
