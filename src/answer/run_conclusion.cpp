// How a question ends: what may not be answered after all, the hold that is made, and what is said of it.
#include <fmt/ranges.h>

#include <algorithm>

#include "answer/evidence.hpp"
#include "answer/hold_limits.hpp"
#include "answer/run.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "mail/exim_route.hpp"
#include "mail/nexthop.hpp"

namespace nexthopd::answer {

using decide::Cause;

namespace {

std::string servers_of(const std::vector<decide::LeftOut>& left_out) {
    std::string out;
    for (const auto& server : left_out)
        out += (out.empty() ? "" : ", ") + server.server;
    return out;
}

bool has_this_host(const mail::MxSet& set) {
    return std::any_of(set.hosts.begin(), set.hosts.end(),
                       [](const mail::MxHost& host) { return host.self; });
}

}  // namespace

void Run::leave_alone(Cause cause, std::string detail) {
    conclude(decide::LeaveAlone{cause, std::move(detail)});
}

/// The end of a hold of that length; nullopt: the mail may not be held.
std::optional<base::WallTime> Run::end_of_hold(std::chrono::milliseconds length) const {
    const auto wall = pipeline_.clock_.wall();
    if (!question_.by_exim()) return hold_end(length, facts_, *policy_, wall);
    const auto put_off = pipeline_.knowledge_.put_off.since(question_.recipient.address, wall);
    return exim_hold_end(length, facts_, put_off, *policy_, wall);
}

decide::Verdict Run::make_hold(const decide::HoldFor& wanted) {
    const auto wall = pipeline_.clock_.wall();
    auto& knowledge = pipeline_.knowledge_;
    const auto until = end_of_hold(wanted.length);
    if (!until) return decide::LeaveAlone{Cause::past_queue_lifetime, "held for as long as the mail may be"};
    if (policy_->observe || question_.dry_run) return decide::Held{"------", *until};
    auto& holds = knowledge.holds;
    mail::Hold hold;
    hold.id = knowledge.new_hold_id();
    hold.connection = question_.connection;
    hold.recipient = question_.recipient.address;
    hold.queue_id = message();
    hold.since = wall;
    hold.until = *until;
    hold.rule = wanted.rule.empty() ? "script:CheckServer" : wanted.rule;
    hold.version = wanted.version;
    if (wanted.left_out.empty())
        hold.reason = "over the limit";
    else
        hold.reason =
            (wanted.rule.empty() ? "CheckServer left out " : "held: ") + servers_of(wanted.left_out);
    hold.evidence = evidence_json(wanted.left_out, host_.asked());
    if (!holds.add(hold, pipeline_.clock_.now(), wall))
        return decide::LeaveAlone{Cause::internal_error, "there are too many holds"};
    if (auto* const active = holds.find(hold.connection, hold.recipient, hold.queue_id)) {
        active->last_question = pipeline_.statistics_.questions;
        active->last_asked = pipeline_.clock_.now();
    }
    pipeline_.recorder_.hold_started(hold);
    log::info("decision=hold id={} recipient={} until={} rule={} reason=\"{}\"", hold.id,
              base::printable(policy_->privacy.address(hold.recipient)), base::rfc3339(hold.until), hold.rule,
              hold.reason);
    return decide::Held{hold.id, hold.until};
}

/// Why these servers may not be answered, though hooks or rules chose them.
std::optional<Cause> Run::objection(const mail::ServerMap& map) const {
    if (question_.by_exim())
        return question_.relayed && !policy_->bypass_relayhost ? std::optional(Cause::relayhost)
                                                               : std::nullopt;
    if (policy_->mta->relays && !policy_->bypass_relayhost) return Cause::relayhost;
    if (map.servers.empty() || policy_->insecure_override) return std::nullopt;
    const auto tls = policy_->mta->tls;
    const bool guarded = tls == mail::TlsIdentity::name || (tls == mail::TlsIdentity::dane && secure_set_);
    if (tls_policy_ || guarded) return Cause::tls_policy;
    return std::nullopt;
}

/// Servers that CheckServer left out are left out where smtp(8) asks about each MX record, if it does: then
/// the nexthop stays the domain, so TLS policies, DANE and the destination's queue keep their meaning. Never
/// of a set with this host in it: smtp(8) looks for itself among what the filter has left, and the mail would
/// loop.
void Run::leave_to_filter(decide::Verdict& verdict) {
    const auto* const set = decision_.mx_set();
    if (set == nullptr || set->implicit || has_this_host(*set)) return;
    const auto* const left_alone = std::get_if<decide::LeaveAlone>(&verdict);
    auto* const route = std::get_if<decide::Route>(&verdict);
    const bool no_objection = left_alone != nullptr && left_alone->cause == Cause::nothing_to_change;
    if (!no_objection && (route == nullptr || route->left_out.empty())) return;
    const auto left_out = route != nullptr ? std::move(route->left_out) : std::vector<std::string>();
    auto& vetoes = pipeline_.knowledge_.vetoes;
    const state::Vetoes::Mail mail{question_.connection, facts_.sender, facts_.retries, facts_.size};
    const bool enforced = question_.dry_run ? vetoes.enforces(set->owner, now_)
                                            : vetoes.decided(set->owner, left_out, mail, now_);
    if (!enforced || left_out.empty()) return;
    verdict = decide::LeaveAlone{Cause::mxfilter, fmt::format("left out: {}", fmt::join(left_out, ", "))};
    if (!question_.dry_run)
        log::info("decision=mxfilter recipient={} left_out=\"{}\"",
                  base::printable(policy_->privacy.address(question_.recipient.address)),
                  fmt::join(left_out, ", "));
}

/// As the MTA is answered.
base::Result<std::string> Run::written(const mail::ServerMap& map) const {
    return question_.by_exim() ? mail::exim_route(map, question_.recipient.domain())
                               : mail::nexthop_text(map);
}

/// Exim names its message, so who waits under a hold is known before the log tells it.
void Run::remember_for_exim() {
    auto& knowledge = pipeline_.knowledge_;
    const auto& address = question_.recipient.address;
    const auto* const held = std::get_if<decide::Held>(&verdict_);
    if (held == nullptr) return knowledge.put_off.passed(address);
    knowledge.put_off.put_off(address, pipeline_.clock_.wall());
    if (!knowledge.back_off.waits(held->id, address, message(), now_))
        knowledge.holds.add_waiting(held->id, address, message());
}

void Run::conclude(decide::Verdict verdict) {
    if (rules_apply_ && !policy_->observe) throttle(verdict);
    if (!question_.by_exim() && policy_->mta && policy_->mta->filters && !policy_->mta->relays &&
        !policy_->observe)
        leave_to_filter(verdict);
    if (auto* const route = std::get_if<decide::Route>(&verdict)) {
        // The last look before it is written: one malformed element would stop Postfix' smtp(8).
        if (const auto cause = objection(route->map)) {
            verdict = decide::LeaveAlone{*cause, {}};
        } else if (const auto text = written(route->map); !text) {
            verdict = decide::LeaveAlone{Cause::script_error, text.error().text};
        } else if (!question_.dry_run) {
            log::info("decision=route recipient={} nexthop=\"{}\"{}",
                      base::printable(policy_->privacy.address(question_.recipient.address)), *text,
                      policy_->observe ? " mode=observe" : "");
        }
    } else if (const auto* const wanted = std::get_if<decide::HoldFor>(&verdict)) {
        verdict = make_hold(*wanted);
        if (policy_->observe && std::holds_alternative<decide::Held>(verdict) && !question_.dry_run)
            log::info("decision=hold recipient={} until={} mode=observe",
                      base::printable(policy_->privacy.address(question_.recipient.address)),
                      base::rfc3339(std::get<decide::Held>(verdict).until));
    } else if (std::holds_alternative<decide::Fail>(verdict) && !question_.dry_run) {
        log::info("decision=fail recipient={} rule=script:{}{}",
                  base::printable(policy_->privacy.address(question_.recipient.address)),
                  std::get<decide::Fail>(verdict).hook, policy_->observe ? " mode=observe" : "");
    }
    if (policy_->observe && !question_.dry_run && !std::holds_alternative<decide::LeaveAlone>(verdict))
        verdict = decide::LeaveAlone{Cause::observe, {}};
    verdict_ = std::move(verdict);
    done_ = true;
    call_.reset();  // what a hook that failed had allocated is given back now, not with the next question
    if (question_.dry_run) return;
    if (question_.by_exim()) remember_for_exim();
    ++pipeline_.statistics_.verdicts[verdict_.index()];
    pipeline_.statistics_.answer_times.observe(now_ - question_.arrival);
    if (const auto* const left_alone = std::get_if<decide::LeaveAlone>(&verdict_)) {
        ++pipeline_.statistics_.causes[static_cast<std::size_t>(left_alone->cause)];
        pipeline_.complain(*left_alone, question_);
    }
}

}  // namespace nexthopd::answer
