#include "decide/verdict.hpp"

#include <array>

namespace nexthopd::decide {

const char* to_text(Cause cause) {
    static constexpr std::array<const char*, cause_count> texts = {
        "nothing_to_change", "no_hooks",       "not_a_mailbox", "not_ours",         "not_known_yet",
        "relayhost",         "mxfilter",       "tls_policy",    "null_mx",          "no_domain",
        "no_hosts",          "dns_failed",     "best_is_self",  "no_usable_server", "deadline",
        "overloaded",        "hooks_paused",   "script_error",  "script_time",      "past_queue_lifetime",
        "observe",           "internal_error",
    };
    return texts[static_cast<std::size_t>(cause)];
}

const char* name_of(const Verdict& verdict) {
    static constexpr std::array<const char*, std::variant_size_v<Verdict>> names = {"leave alone", "route",
                                                                                    "hold", "hold", "fail"};
    return names[verdict.index()];
}

}  // namespace nexthopd::decide
