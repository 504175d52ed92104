#include "maillog/delivery_join.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "maillog/failure_text.hpp"
#include "maillog/logged_text.hpp"

namespace nexthopd::maillog {

namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// `a/b` of the delays "a/b/c/d": measured before smtp(8) began, hence equal for all its recipients.
std::string_view delays_before(std::string_view delays) {
    const auto first = delays.find('/');
    if (first == std::string_view::npos) return {};
    return delays.substr(0, delays.find('/', first + 1));
}

/// Some versions log the reply to a probe as "delivery via H[IP]:port: 250 2.1.5 Ok".
std::string_view reply_of_success(std::string_view text) {
    if (!text.starts_with("delivery via ")) return text;
    const auto at = text.find(": ");
    return at == std::string_view::npos ? text : text.substr(at + 2);
}

FailureText parse_success(std::string_view text, mail::Mode mode) {
    FailureText out;
    out.kind = FailureText::Kind::server;
    out.reply = reply_of_success(text);
    out.code = reply_code(out.reply);
    out.stage = mode == mail::Mode::probe ? mail::Stage::rcpt : mail::Stage::eod;
    out.one_recipient = true;
    return out;
}

}  // namespace

DeliveryJoin::Process& DeliveryJoin::process(const LogPoint& at) {
    auto& process = processes_.at(at.pid, [this](Process& oldest) { forget(oldest); });
    if (at.time - process.seen > max_silence) forget(process);
    process.seen = at.time;
    return process;
}

void DeliveryJoin::connect_failed(const ConnectFailure& failure, const LogPoint& at) {
    const auto parts = parse_failure(failure.text);
    if (parts.kind != FailureText::Kind::server) return;
    auto server = server_of(parts.peer);
    if (!server) return;
    auto& process = this->process(at);
    if (process.loose.size() >= max_connections) {
        ++counters_.dropped;
        return;
    }
    if (!may_keep()) return;
    Connection connection;
    connection.server = *std::move(server);
    connection.end = make_ending(mail::Status::deferred, parts, failure.text, {}, at.time, at.line);
    process.loose.push_back(std::move(connection));
}

void DeliveryJoin::tls(const Peer& peer, bool established, const LogPoint& at) {
    auto& process = this->process(at);
    process.tls_server = server_of(peer).value_or(Server{});
    process.tls_established = established;
    process.tls_fresh = true;
}

void DeliveryJoin::interim(const Interim& interim, std::uint64_t round, const LogPoint& at, Rows& rows) {
    const auto parts = parse_failure(interim.text);
    if (parts.kind != FailureText::Kind::server) return;
    auto& process = this->process(at);
    enter(process, interim.queue_id, round, at, rows);
    auto server = server_of(parts.peer);
    if (parts.peer.host.empty() && process.tls_fresh && !process.tls_server.address.empty())
        server = process.tls_server;
    if (!server) {
        if (parts.peer.host.empty()) ++counters_.unjoined;
        return;
    }
    auto* connection = process.delivery.latest(*server);
    if (connection != nullptr && connection->left()) {
        next_request(process.delivery, rows);
        connection = nullptr;
    }
    if (connection == nullptr || connection->end) connection = open(process, *std::move(server), false, at);
    if (connection == nullptr || !may_keep()) return;
    auto ending = make_ending(mail::Status::deferred, parts, interim.text, {}, at.time, at.line);
    if (parts.one_recipient) {
        connection->refusals.push_back(std::move(ending));
    } else {
        connection->end = std::move(ending);
    }
}

bool DeliveryJoin::outcome(const Outcome& outcome, mail::Attempt&& recipient, std::uint64_t round,
                           const LogPoint& at, Rows& rows) {
    const bool sent = recipient.status == mail::Status::sent;
    const auto parts = sent ? parse_success(outcome.text, recipient.mode) : parse_failure(outcome.text);
    auto& process = this->process(at);
    enter(process, outcome.queue_id, round, at, rows);
    auto& delivery = process.delivery;
    const auto before = delays_before(outcome.delays);
    if (delivery.delays != before) {
        if (!delivery.delays.empty()) next_request(delivery, rows);
        delivery.delays = before;
    }
    if (delivery.domain != recipient.domain) delivery.domain = recipient.domain;

    std::optional<Server> server;
    if (parts.kind != FailureText::Kind::local) {
        if (!outcome.peer.host.empty()) {
            server = server_of(outcome.peer);
        } else if (outcome.relay == "none" && !parts.peer.host.empty()) {
            server = server_of(parts.peer);
        }
    }
    Connection* own = nullptr;
    if (server)
        own = own_connection(process, *std::move(server), outcome, parts.one_recipient ? nullptr : &parts, at,
                             rows);

    bool attempted = server.has_value();
    for (auto& connection : delivery.connections)
        if (&connection != own && earlier(connection, recipient, at, rows)) attempted = true;
    if (own == nullptr) return attempted;

    // No other server was there to try after all: the refusal is told again.
    if (outcome.peer.host.empty() && parts.one_recipient && own->refusals_met < own->refusals.size()) {
        own->refusals.erase(own->refusals.begin() + static_cast<std::ptrdiff_t>(own->refusals_met));
        --endings_;
    }
    recipient.counted = parts.one_recipient || !own->counted;
    if (!parts.one_recipient) own->counted = true;
    auto ending = make_ending(recipient.status, parts, sent ? parts.reply : outcome.text, outcome.dsn,
                              at.time, at.line);
    add(std::move(recipient), *own, std::move(ending), rows);
    return attempted;
}

/// The process works for that message now: what was left of the one before finds no recipient any more.
void DeliveryJoin::enter(Process& process, std::string_view queue_id, std::uint64_t round, const LogPoint& at,
                         Rows& rows) {
    auto& delivery = process.delivery;
    if (delivery.queue_id != queue_id || delivery.round != round) {
        for (auto& connection : delivery.connections)
            abandon(connection, delivery, rows);
        delivery.connections.clear();
        delivery.queue_id = queue_id;
        delivery.round = round;
        delivery.delays.clear();
        delivery.domain.clear();
        delivery.opened = 0;
        delivery.first_line = process.loose.empty() ? at.line : process.loose.front().end->line;
    }
    for (auto& connection : process.loose) {
        const auto* known = delivery.latest(connection.server);
        if (known != nullptr && known->left()) next_request(delivery, rows);
        if (delivery.connections.size() >= max_connections) {
            ++counters_.dropped;
            --endings_;
            continue;
        }
        const LogPoint failed{connection.end->time, connection.end->line, 0};
        connection.session = session_number(delivery.queue_id, connection.server, failed, ++delivery.opened);
        delivery.connections.push_back(std::move(connection));
    }
    process.loose.clear();
}

/// nullptr: there are too many. Whoever holds a Connection* must not use it afterwards.
Connection* DeliveryJoin::open(Process& process, Server&& server, bool reused, const LogPoint& at) {
    auto& delivery = process.delivery;
    if (delivery.connections.size() >= max_connections) {
        ++counters_.dropped;
        return nullptr;
    }
    auto& connection = delivery.connections.emplace_back();
    connection.server = std::move(server);
    connection.session = session_number(delivery.queue_id, connection.server, at, ++delivery.opened);
    if (process.tls_server == connection.server) {
        // A new connection without a line about TLS before has none.
        if (!process.tls_fresh && !reused) process.tls_established = false;
        connection.tls = process.tls_established;
        process.tls_fresh = false;
    }
    return &connection;
}

/// The connection whose end `outcome` tells: to all recipients that were left (`end`), or to one (nullptr).
Connection* DeliveryJoin::own_connection(Process& process, Server&& server, const Outcome& outcome,
                                         const FailureText* end, const LogPoint& at, Rows& rows) {
    auto& delivery = process.delivery;
    auto* connection = delivery.latest(server);
    if (connection != nullptr && connection->left()) {
        next_request(delivery, rows);
        connection = nullptr;
    }
    // The line of a failed connection, or of another recipient of it, said the same already. Otherwise
    // the server got a second connection: without TLS, after TLS has failed.
    const bool told = connection != nullptr && connection->end && end != nullptr &&
                      connection->end->stage == end->stage && connection->end->code == end->code;
    if (connection == nullptr || (connection->end && !told))
        connection = open(process, std::move(server), outcome.connection_use > 1, at);
    if (connection == nullptr) return nullptr;
    if (outcome.peer.port != 0) connection->server.port = outcome.peer.port;
    if (end != nullptr && !connection->end && may_keep())
        connection->end = make_ending(mail::Status::deferred, *end, outcome.text, {}, at.time, at.line);
    return connection;
}

/// Room for one more ending? Processes that have long finished make it; their last message is all they hold.
bool DeliveryJoin::may_keep() {
    // The newest entry is the process that asks.
    while (endings_ >= max_endings && processes_.size() > 1)
        processes_.drop_oldest([this](Process& oldest) { forget(oldest); });
    if (endings_ >= max_endings) {
        ++counters_.dropped;
        return false;
    }
    ++endings_;
    return true;
}

/// The same process has begun another request for the same message: more recipients, or those of
/// another domain. Servers that met a recipient belong to the request before, others to the new one.
void DeliveryJoin::next_request(Delivery& delivery, Rows& rows) {
    auto& all = delivery.connections;
    const auto is_old = [](const Connection& connection) {
        return connection.left() || connection.counted || (!connection.end && connection.refusals.empty());
    };
    for (auto& connection : all)
        if (is_old(connection)) abandon(connection, delivery, rows);
    all.erase(std::remove_if(all.begin(), all.end(), is_old), all.end());
}

/// Refusals whose outcome lines never came keep their row when at least the domain is known.
void DeliveryJoin::abandon(Connection& connection, const Delivery& delivery, Rows& rows) {
    endings_ -= connection.refusals.size() + (connection.end ? 1U : 0U);
    const auto row = [&](const Ending& ending) {
        if (delivery.domain.empty()) {
            ++counters_.unjoined;
            return;
        }
        mail::Attempt attempt;
        attempt.instance = options_.instance;
        attempt.queue_id = delivery.queue_id;
        attempt.domain = delivery.domain;
        add(std::move(attempt), connection, ending, rows);
    };
    for (; connection.refusals_met < connection.refusals.size(); ++connection.refusals_met)
        row(connection.refusals[connection.refusals_met]);
    if (connection.end && !connection.counted) row(*connection.end);
    connection.counted = true;
}

void DeliveryJoin::forget(Process& process) {
    endings_ -= process.loose.size() + process.delivery.endings();
    counters_.unjoined += process.loose.size();
    for (const auto& connection : process.delivery.connections)
        counters_.unjoined += connection.open_endings();
    process = Process{};
}

/// What the recipient of an outcome line met at a server before: its share of the refusals, in the order
/// of the recipients, or the end of the connection.
bool DeliveryJoin::earlier(Connection& connection, const mail::Attempt& recipient, const LogPoint& at,
                           Rows& rows) {
    const Ending* ending = nullptr;
    bool counted = true;
    if (connection.refusals_met < connection.refusals.size()) {
        ending = &connection.refusals[connection.refusals_met++];
    } else if (connection.end && !(connection.counted && !connection.end_met)) {
        ending = &*connection.end;
        counted = !connection.counted;
        connection.counted = true;
        connection.end_met = true;
    }
    if (ending == nullptr) return false;
    auto attempt = recipient;
    attempt.counted = counted;
    if (attempt.delay) {
        const std::chrono::duration<double> since = at.time - ending->time;
        attempt.delay = std::max(0.0, *attempt.delay - std::max(0.0, since.count()));
    }
    add(std::move(attempt), connection, *ending, rows);
    return true;
}

void DeliveryJoin::add(mail::Attempt&& recipient, const Connection& connection, Ending ending, Rows& rows) {
    if (connection.server.name.empty()) {
        ++counters_.bad_server;
        return;
    }
    ++counters_.attempts;
    auto& row = rows.emplace_back(std::move(recipient));
    row.time = ending.time;
    row.session = connection.session;
    row.server = connection.server.name;
    row.address = connection.server.address;
    row.port = connection.server.port;
    row.status = ending.status;
    row.stage = contains(options_.relay_hosts, row.server) ? mail::Stage::relay : ending.stage;
    row.code = ending.code;
    row.dsn = std::move(ending.dsn);
    row.result = std::move(ending.result);
    row.tls = connection.tls;
}

std::uint64_t DeliveryJoin::first_open_line(base::WallTime now) const {
    std::uint64_t first = 0;
    processes_.visit([&](const Process& process) {
        if (now - process.seen > max_silence) return true;
        std::uint64_t open = 0;
        if (process.delivery.open())
            open = process.delivery.first_line;
        else if (!process.loose.empty())
            open = process.loose.front().end->line;
        if (open != 0 && (first == 0 || open < first)) first = open;
        return true;
    });
    return first;
}

}  // namespace nexthopd::maillog
