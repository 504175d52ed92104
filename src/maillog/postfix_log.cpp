#include "maillog/postfix_log.hpp"

#include <algorithm>
#include <utility>

#include "maillog/gap_notice.hpp"
#include "maillog/hold_text.hpp"
#include "maillog/logged_text.hpp"
#include "maillog/mailbox.hpp"
#include "maillog/syslog_line.hpp"

namespace nexthopd::maillog {

namespace {

RecipientOutcome::Status status_of(std::string_view word) {
    using Status = RecipientOutcome::Status;
    if (word == "sent") return Status::sent;
    if (word == "deferred" || word == "SOFTBOUNCE") return Status::deferred;  // soft_bounce = yes
    if (word == "bounced") return Status::bounced;
    if (word == "expired") return Status::expired;
    if (word == "deliverable") return Status::deliverable;
    if (word.starts_with("undeliverable")) return Status::undeliverable;  // also "-but-not-cached"
    return Status::other;
}

/// The id of our hold in the text that error(8) was told to give, empty for any other text. Nothing
/// that a server said gets there without "delivery temporarily suspended:" before it.
std::string hold_id(Service service, const Outcome& outcome) {
    if (service != Service::error || outcome.relay != "none" || outcome.status != "deferred") return {};
    return hold_id_in(outcome.text);
}

std::string lost_lines_text(const SyslogLine& line) {
    constexpr std::size_t longest = 300;
    return logged_text(std::string(line.program) + ": " + std::string(line.body), longest);
}

}  // namespace

void PostfixLog::line(std::string_view line, base::WallTime now, std::vector<mail::Attempt>& attempts,
                      std::vector<QueueEvent>& events) {
    ++counters_.lines;
    if (line.size() > max_line) {
        ++counters_.cut;
        line = line.substr(0, max_line);
    }
    const auto fields = split_syslog_line(line);
    if (!fields) {
        ++counters_.malformed;
        return;
    }
    // Most lines of a mail log are of no interest: the time is read last.
    const auto service = service_of(fields->program);
    if (service == Service::none) {
        if (!tells_of_lost_lines(fields->program, fields->body)) return;
        const auto lost = stamps_.read(fields->stamp, now);
        events.emplace_back(LinesLost{std::min(lost.value_or(now), now), lost_lines_text(*fields)});
        return;
    }
    const auto parsed = parse_postfix_line(service, fields->body);
    if (std::holds_alternative<std::monostate>(parsed)) return;
    const auto time = stamps_.read(fields->stamp, now);
    if (!time) {
        ++counters_.malformed;
        return;
    }
    told(service, parsed, {*time, counters_.lines, fields->pid}, now, {attempts, events});
}

void PostfixLog::entry(std::string_view program, std::uint32_t pid, std::string_view body,
                       base::WallTime time, base::WallTime now, std::vector<mail::Attempt>& attempts,
                       std::vector<QueueEvent>& events) {
    ++counters_.lines;
    if (body.size() > max_line) {
        ++counters_.cut;
        body = body.substr(0, max_line);
    }
    const auto service = service_of(program);
    told(service, parse_postfix_line(service, body), {time, counters_.lines, pid}, now, {attempts, events});
}

void PostfixLog::told(Service service, const PostfixLine& line, LogPoint at, base::WallTime now,
                      Results results) {
    if (at.time > now + max_ahead) {
        ++counters_.future;
        at.time = now;
    }
    latest_ = at.time;
    if (const auto* ended = std::get_if<Outcome>(&line)) {
        outcome(service, *ended, at, results);
    } else if (const auto* active = std::get_if<QueueActive>(&line)) {
        auto sender = logged_text(active->sender, max_address);
        messages_.active(*active, sender, at.time, at.line);
        results.events.emplace_back(MessageActive{at.time, std::string(active->queue_id), std::move(sender),
                                                  active->size, active->nrcpt});
    } else if (const auto* removed = std::get_if<Removed>(&line)) {
        messages_.removed(removed->queue_id);
        results.events.emplace_back(MessageGone{at.time, std::string(removed->queue_id)});
    } else if (const auto* expired = std::get_if<Expired>(&line)) {
        results.events.emplace_back(MessageGone{at.time, std::string(expired->queue_id)});
    } else if (const auto* interim = std::get_if<Interim>(&line)) {
        join_.interim(*interim, round_of(interim->queue_id), at, results.attempts);
    } else if (const auto* refused = std::get_if<ConnectFailure>(&line)) {
        join_.connect_failed(*refused, at);
    } else if (const auto* secured = std::get_if<TlsEstablished>(&line)) {
        join_.tls(secured->peer, true, at);
    } else if (const auto* insecure = std::get_if<TlsFailure>(&line)) {
        join_.tls(insecure->peer, false, at);
    } else if (std::holds_alternative<Malformed>(line)) {
        ++counters_.malformed;
    }
}

void PostfixLog::outcome(Service service, const Outcome& outcome, const LogPoint& at, Results results) {
    ++counters_.outcomes;
    auto recipient = mailbox(outcome.to);
    RecipientOutcome event;
    event.time = at.time;
    event.queue_id = outcome.queue_id;
    if (!outcome.orig_to.empty()) event.orig_to = mailbox(outcome.orig_to).address;
    event.status = status_of(outcome.status);
    event.hold_id = hold_id(service, outcome);

    using Status = RecipientOutcome::Status;
    const bool client = service == Service::smtp || service == Service::lmtp;
    if (client && event.status != Status::other && event.status != Status::expired) {
        auto* message = messages_.find(outcome.queue_id);
        mail::Attempt row;
        row.instance = instance_;
        row.queue_id = event.queue_id;
        row.recipient = recipient.address;
        row.domain = std::move(recipient.domain);
        row.delay = outcome.delay;
        if (message != nullptr) {
            row.sender = message->sender;
            row.size = message->size;
            row.retries = message->retries(row.recipient, at.time, outcome.delay);
        }
        const bool permanent = outcome.dsn.starts_with('5');
        switch (event.status) {
            case Status::sent:
            case Status::deliverable:
                row.status = mail::Status::sent;
                break;
            case Status::undeliverable:
                row.status = permanent ? mail::Status::bounced : mail::Status::deferred;
                break;
            case Status::bounced:
                row.status = mail::Status::bounced;
                break;
            default:
                break;
        }
        if (event.status == Status::deliverable || event.status == Status::undeliverable)
            row.mode = mail::Mode::probe;
        const bool stays = row.status == mail::Status::deferred;
        event.attempted = join_.outcome(outcome, std::move(row), message != nullptr ? message->round : 0, at,
                                        results.attempts);
        if (message != nullptr && stays && event.attempted) message->tried(recipient.address);
    }
    event.recipient = std::move(recipient.address);
    results.events.emplace_back(std::move(event));
}

std::uint64_t PostfixLog::round_of(std::string_view queue_id) {
    const auto* message = messages_.find(queue_id);
    return message != nullptr ? message->round : 0;
}

PostfixLog::Counters PostfixLog::counters() const {
    auto out = counters_;
    out.deliveries = join_.counters();
    return out;
}

std::uint64_t PostfixLog::first_open_line() {
    auto first = counters_.lines + 1;
    for (const auto open : {messages_.first_open_line(latest_), join_.first_open_line(latest_)})
        if (open != 0) first = std::min(first, open);
    return first;
}

}  // namespace nexthopd::maillog
