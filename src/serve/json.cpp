#include "serve/json.hpp"

#include "protocol/socketmap.hpp"

namespace nexthopd::serve {

using nlohmann::json;

namespace {

template <class T>
json or_null(const std::optional<T>& value) {
    return value ? json(*value) : json(nullptr);
}

}  // namespace

json attempt_json(const mail::Attempt& attempt) {
    return {{"starttime", base::rfc3339(attempt.time)},
            {"instance", attempt.instance},
            {"queue_id", attempt.queue_id},
            {"session", attempt.session},
            {"connection", attempt.connection},
            {"sender", attempt.sender},
            {"recipient", attempt.recipient},
            {"domain", attempt.domain},
            {"server", attempt.server},
            {"address", attempt.address},
            {"port", attempt.port},
            {"result", attempt.result},
            {"code", or_null(attempt.code)},
            {"dsn", attempt.dsn},
            {"status", mail::to_text(attempt.status)},
            {"stage", mail::to_text(attempt.stage)},
            {"reason", attempt.reason.empty() ? json(nullptr) : json(attempt.reason)},
            {"delay", or_null(attempt.delay)},
            {"size", or_null(attempt.size)},
            {"retries", or_null(attempt.retries)},
            {"tls", attempt.tls},
            {"mta", mail::to_text(attempt.mta)},
            {"mode", mail::to_text(attempt.mode)},
            {"counted", attempt.counted}};
}

json server_json(const ledger::ServerHealth& health) {
    const auto share = health.attempts == 0 ? 0.0 : static_cast<double>(health.deferred) / static_cast<double>(health.attempts);
    return {{"server", health.server},
            {"attempts", health.attempts},
            {"deferred", health.deferred},
            {"refused", health.refused},
            {"share_deferred", share},
            {"last_reply", health.last_reply},
            {"last_failure", health.last_failure ? json(base::rfc3339(*health.last_failure)) : json(nullptr)},
            {"failed_by_hour", health.failed}};
}

json hold_json(const mail::Hold& hold, std::size_t waiting) {
    return {{"id", hold.id},
            {"scope", mail::to_text(hold.scope)},
            {"key", hold.recipient},
            {"connection", hold.connection},
            {"since", base::rfc3339(hold.since)},
            {"until", base::rfc3339(hold.until)},
            {"reason", hold.reason},
            {"rule", hold.rule},
            {"mode", hold.observed ? "observe" : "enforce"},
            {"waiting", waiting}};
}

json wide_hold_json(const rules::WideHold& hold, rules::Moment moment) {
    using Phase = rules::WideHold::Phase;
    auto out = hold_json(hold.hold(), hold.waiting().size());
    const auto wall = [&](base::Instant when) {
        return base::rfc3339(moment.wall +
                             std::chrono::duration_cast<base::WallTime::duration>(when - moment.now));
    };
    out["until"] = wall(hold.end(moment.now));
    out["phase"] = hold.phase() == Phase::closed    ? "closed"
                   : hold.phase() == Phase::probing ? "probing"
                                                    : "ramping";
    out["next_probe"] = hold.phase() == Phase::ramping ? json(nullptr) : json(wall(hold.probe_at()));
    out["pace"] = hold.phase() == Phase::ramping ? json(hold.pace()) : json(nullptr);
    return out;
}

json verdict_json(const decide::Verdict& verdict, double took_ms) {
    json out = {{"verdict", decide::name_of(verdict)}, {"reply", protocol::transport_reply(verdict)},
                {"id", nullptr},                       {"until", nullptr},
                {"hosts", json::array()},              {"took_ms", took_ms}};
    if (const auto* const held = std::get_if<decide::Held>(&verdict)) {
        out["id"] = held->id;
        out["until"] = base::rfc3339(held->until);
    } else if (const auto* const route = std::get_if<decide::Route>(&verdict)) {
        for (const auto& server : route->map.servers)
            out["hosts"].push_back({{"server", server.host}, {"preference", server.preference}, {"port", server.port}});
        if (!route->map.transport.empty()) out["transport"] = route->map.transport;
    } else if (const auto* const left_alone = std::get_if<decide::LeaveAlone>(&verdict)) {
        out["cause"] = decide::to_text(left_alone->cause);
        if (!left_alone->detail.empty()) out["detail"] = left_alone->detail;
    }
    return out;
}

}  // namespace nexthopd::serve
