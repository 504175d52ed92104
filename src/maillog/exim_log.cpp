#include "maillog/exim_log.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "maillog/hold_text.hpp"
#include "maillog/logged_text.hpp"
#include "maillog/mailbox.hpp"
#include "maillog/take.hpp"

namespace nexthopd::maillog {

namespace {

using Flag = EximOutcome::Flag;

/// The id of our hold, where one of our routers put the recipient off: a redirect router of that name with
/// `data = :defer: TEXT`. What a server said never gets into a line without T=.
std::string hold_id(const EximOutcome& outcome) {
    if (outcome.flag != Flag::deferred || !outcome.transport.empty() ||
        !outcome.router.starts_with("nexthopd"))
        return {};
    auto text = outcome.text;
    take(text, "4.7.0 ");
    return hold_id_in(text);
}

RecipientOutcome::Status status_of(Flag flag) {
    using Status = RecipientOutcome::Status;
    if (flag == Flag::deferred) return Status::deferred;
    if (flag == Flag::failed) return Status::bounced;
    return Status::sent;
}

bool is_code(std::string_view text) {
    return text.size() >= 3 && base::is_digit(text[0]) && base::is_digit(text[1]) && base::is_digit(text[2]);
}

}  // namespace

void EximLog::line(std::string_view line, base::WallTime now, std::vector<mail::Attempt>& attempts,
                   std::vector<QueueEvent>& events) {
    ++counters_.lines;
    if (line.size() > max_line) {
        ++counters_.cut;
        line = line.substr(0, max_line);
    }
    const auto frame = split_exim_line(line);
    if (!frame) {
        ++counters_.malformed;
        return;
    }
    if (frame->id.empty()) return;
    const auto parsed = parse_exim_line(frame->body);
    if (std::holds_alternative<std::monostate>(parsed)) return;
    auto time = stamps_.read(frame->stamp, now);
    if (!time || std::holds_alternative<EximMalformed>(parsed)) {
        ++counters_.malformed;
        return;
    }
    if (*time > now + max_ahead) {
        ++counters_.future;
        time = now;
    }
    latest_ = *time;
    told(frame->id, parsed, {*time, counters_.lines, frame->pid}, {attempts, events});
}

void EximLog::told(std::string_view id, const EximLine& line, const LogPoint& at, Results results) {
    if (const auto* ended = std::get_if<EximOutcome>(&line)) {
        outcome(id, *ended, at, results);
    } else if (const auto* arrived = std::get_if<EximArrival>(&line)) {
        arrival(id, *arrived, at, results);
    } else if (const auto* interim = std::get_if<EximInterim>(&line)) {
        join_.failed(id, interim->peer, plain(interim->text, false), at);
    } else if (const auto* insecure = std::get_if<EximTlsFailure>(&line)) {
        join_.failed(id, insecure->peer, plain(insecure->text, false), at);
    } else {
        join_.gone(id, results.attempts);
        messages_.erase(id);
        results.events.emplace_back(MessageGone{at.time, std::string(id)});
    }
}

void EximLog::arrival(std::string_view id, const EximArrival& arrival, const LogPoint& at, Results results) {
    Message message;
    message.sender = logged_text(arrival.sender, max_address);
    message.size = arrival.size;
    message.arrived = at.time;
    results.events.emplace_back(
        MessageActive{at.time, std::string(id), message.sender, arrival.size.value_or(0), 0});
    messages_.at(id, [](Message&) {}) = std::move(message);
}

void EximLog::outcome(std::string_view id, const EximOutcome& outcome, const LogPoint& at, Results results) {
    ++counters_.outcomes;
    const bool whole = outcome.address.find('@') != std::string_view::npos;
    auto recipient = mailbox(whole || outcome.original.empty() ? outcome.address : outcome.original);
    RecipientOutcome event;
    event.time = at.time;
    event.queue_id = id;
    if (whole && !outcome.original.empty()) event.orig_to = mailbox(outcome.original).address;
    event.status = status_of(outcome.flag);
    event.hold_id = hold_id(outcome);

    if (whole && outcome.flag != Flag::suppressed && !outcome.transport.empty()) {
        auto* message = messages_.find(id);
        mail::Attempt row;
        row.mta = mail::Mta::exim;
        row.instance = instance_;
        row.queue_id = event.queue_id;
        row.recipient = recipient.address;
        row.domain = std::move(recipient.domain);
        row.delay = outcome.queue_time;
        row.size = outcome.size;
        if (outcome.flag == Flag::failed)
            row.status = mail::Status::bounced;
        else if (outcome.flag != Flag::deferred)
            row.status = mail::Status::sent;
        if (message != nullptr) {
            const std::chrono::duration<double> age = at.time - message->arrived;
            row.sender = message->sender;
            if (message->size) row.size = message->size;
            if (!row.delay) row.delay = std::max(0.0, age.count());
            if (message->all_tries_known) row.retries = message->tries.of(row.recipient);
        } else {
            row.sender = logged_text(outcome.sender, max_address);
        }
        const bool quoted = outcome.flag != Flag::deferred && outcome.flag != Flag::failed;
        event.attempted =
            join_.outcome(outcome, plain(outcome.text, quoted), std::move(row), at, results.attempts);
        if (message != nullptr && outcome.flag == Flag::deferred && event.attempted &&
            !message->tries.add(recipient.address))
            message->all_tries_known = false;
    }
    event.recipient = std::move(recipient.address);
    results.events.emplace_back(std::move(event));
}

/// A reply without Exim's backslashes: "\n" between its lines, and, in C="..", those before quotes and
/// backslashes. Valid until the next call.
std::string_view EximLog::plain(std::string_view text, bool quoted) {
    if (text.find('\\') == std::string_view::npos) return text;
    plain_.clear();
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (quoted && text[at] == '\\' && at + 1 < text.size()) ++at;
        plain_ += text[at];
    }
    // Each line of a reply begins with the code.
    for (auto at = plain_.find("\\n"); at != std::string::npos; at = plain_.find("\\n", at + 1))
        if (is_code(std::string_view(plain_).substr(at + 2))) plain_.replace(at, 2, " ");
    return plain_;
}

EximLog::Counters EximLog::counters() const {
    auto out = counters_;
    out.deliveries = join_.counters();
    return out;
}

std::uint64_t EximLog::first_open_line() const {
    const auto open = join_.first_open_line(latest_);
    return open == 0 ? counters_.lines + 1 : open;
}

}  // namespace nexthopd::maillog
