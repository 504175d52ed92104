// What rules say of one question: its domain or provider is held, servers are, a transport, a limit.
#include "answer/run.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

namespace nexthopd::answer {

using decide::Cause;

namespace {

/// Half a millisecond early would be asked about once more.
std::chrono::milliseconds rounded_up(base::Duration length) {
    return std::chrono::ceil<std::chrono::milliseconds>(length);
}

}  // namespace

/// The mail waits under a hold of that domain or provider: then the question has ended.
bool Run::covered(mail::HoldScope scope, std::string_view key) {
    const rules::Moment moment{now_, pipeline_.clock_.wall()};
    const auto found = pipeline_.knowledge_.back_off.covers(scope, key, question_.recipient.address, moment,
                                                            !question_.dry_run);
    if (!found) return false;
    const auto until = end_of_hold(rounded_up(found->end - now_));
    if (!until) return false;  // it has waited for as long as it may
    if (trace_ != nullptr)
        trace_->add("rules", fmt::format("held with the {} {} ({})", mail::to_text(scope), key, found->id));
    conclude(decide::Held{found->id, *until});
    return true;
}

const rules::Provider* Run::provider() const {
    const auto& providers = pipeline_.knowledge_.back_off.rules().providers();
    const auto domain = question_.recipient.domain();
    const auto* const set = decision_.mx_set() != nullptr ? decision_.mx_set() : set_.get();
    return set != nullptr ? providers.of(domain, *set) : providers.of_domain(domain);
}

/// Before any hook. It may need the MX set first, and is called again then.
void Run::consult_rules() {
    auto& back_off = pipeline_.knowledge_.back_off;
    const auto domain = question_.recipient.domain();
    if (!domain_free_ && covered(mail::HoldScope::domain, domain)) return;
    domain_free_ = true;
    const bool servers = back_off.asks_for_servers();
    if (servers && !set_) {
        set_ = pipeline_.resolver_.cached(domain, now_);
        if (!set_) {
            need_ = Need::mx_set;
            return;
        }
        secure_set_ = set_->secure;
    }
    consulted_ = true;
    const auto* const found = provider();
    if (found != nullptr && covered(mail::HoldScope::provider, found->name)) return;
    if (skip_hooks_) return leave_alone(*skip_hooks_);
    std::string transport(back_off.transport(domain, found, question_.connection, now_));
    decision_.begin(hooks_, policy_->hold_default, servers ? this : nullptr, std::move(transport));
}

std::optional<decide::LeftOut> Run::held(std::string_view server) {
    const auto found = pipeline_.knowledge_.back_off.server_held(server, {now_, pipeline_.clock_.wall()},
                                                                 !question_.dry_run);
    if (!found) return std::nullopt;
    if (trace_ != nullptr)
        trace_->add("rules", fmt::format("{} is held by the rule {}", server, found->rule));
    return decide::LeftOut{std::string(server),
                           std::chrono::duration<double, std::ratio<60>>(found->left).count(),
                           std::string(found->rule), std::string(found->version)};
}

/// Mail that would go now, but is over a limit, waits for its turn.
void Run::throttle(decide::Verdict& verdict) {
    if (const auto* const left_alone = std::get_if<decide::LeaveAlone>(&verdict)) {
        if (left_alone->cause != Cause::nothing_to_change && left_alone->cause != Cause::no_hooks) return;
    } else if (!std::holds_alternative<decide::Route>(verdict)) {
        return;
    }
    if (!admitted_) return;
    const auto* const set = decision_.mx_set() != nullptr ? decision_.mx_set() : set_.get();
    const rules::BackOff::Mail mail{
        question_.connection, question_.recipient.address, question_.recipient.domain(),
        set != nullptr && !set->hosts.empty() ? std::string_view(set->hosts.front().name)
                                              : std::string_view(),
        provider()};
    const auto over = pipeline_.knowledge_.back_off.throttle(mail, now_, !question_.dry_run);
    if (!over) return;
    if (over->observed) {
        if (!question_.dry_run && pipeline_.observed_throttles_.permit(now_))
            log::info("decision=hold recipient={} rule={} mode=observe",
                      base::printable(policy_->privacy.address(question_.recipient.address)), over->rule);
        return;
    }
    if (trace_ != nullptr) trace_->add("rules", fmt::format("over the limit of the rule {}", over->rule));
    verdict =
        decide::HoldFor{rounded_up(over->left), {}, std::string(over->rule), std::string(over->version)};
}

}  // namespace nexthopd::answer
