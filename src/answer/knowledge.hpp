// What the answering thread knows: of mail, of servers, of rules.
#pragma once

#include <string>

#include "rules/back_off.hpp"
#include "state/attempt_counts.hpp"
#include "state/holds.hpp"
#include "state/log_gap.hpp"
#include "state/put_off.hpp"
#include "state/queue_view.hpp"
#include "state/vetoes.hpp"

namespace nexthopd::answer {

struct Knowledge {
    state::AttemptCounts counters;
    state::QueueView queue;
    state::Holds holds;
    state::Vetoes vetoes;
    state::LogGap log_gap;
    state::PutOff put_off;  // by Exim
    rules::BackOff back_off;
    /// An id that no hold has.
    std::string new_hold_id() const;
    Knowledge() : back_off([this] { return new_hold_id(); }) {}
    Knowledge(const Knowledge&) = delete;
    Knowledge& operator=(const Knowledge&) = delete;
};

}  // namespace nexthopd::answer
