// Values of the program as the JSON of the control socket: times in RFC 3339, UTC; names as in the ledger.
#pragma once

#include <nlohmann/json.hpp>

#include "decide/verdict.hpp"
#include "ledger/server_health.hpp"
#include "mail/attempt.hpp"
#include "mail/hold.hpp"
#include "rules/wide_hold.hpp"
#include "state/holds.hpp"

namespace nexthopd::serve {

nlohmann::json attempt_json(const mail::Attempt& attempt);
nlohmann::json server_json(const ledger::ServerHealth& health);
/// `holds --json`; `waiting` counts queued messages.
nlohmann::json hold_json(const mail::Hold& hold, std::size_t waiting);
/// The same of a wider hold, with "phase", "next_probe" and "pace".
nlohmann::json wide_hold_json(const rules::WideHold& hold, rules::Moment moment);
/// `ask --json`: {"verdict","reply","id","until","hosts","took_ms"}, with "cause" where mail is left alone.
nlohmann::json verdict_json(const decide::Verdict& verdict, double took_ms);

}  // namespace nexthopd::serve
