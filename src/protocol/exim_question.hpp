// What Exim's routers ask (nexthopd-exim(7)): one line of fields between TABs, one answer, and the connection
// ends.
//
//   ROUTE k=KEY d:=DOMAIN l:=LOCAL-PART s:=SENDER id=ID size=BYTES rcv=SECONDS [v=R] [relay=1] [c=CONNECTION]
//
// The value of a field whose name ends with a colon is base64 (RFC 4648): what others choose cannot leave its
// field.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "decide/verdict.hpp"

namespace nexthopd::protocol {

/// A sender and a recipient of 320 bytes each, in base64, take less than a tenth.
constexpr std::size_t max_exim_question = 8192;

struct EximQuestion {
    std::string_view key;      // a view into the line
    std::string recipient;     // local part and domain as Exim has them: not quoted
    std::string sender;        // empty: the null sender
    std::string id;            // of the message; empty: a test (-bt), or a verification
    std::uint64_t size = 0;    // bytes; 0: not known
    base::WallTime arrived{};  // epoch: not known
    bool relay = false;        // without an answer the mail leaves through a smarthost
    std::string connection;    // empty: the default
};

/// `line` is without its end. nullopt: another verb, no recipient, or a field that is not as it has to be.
std::optional<EximQuestion> read_exim_question(std::string_view line);

/// The answer: empty (leave alone), `route LIST`, `hold TEXT` or `fail TEXT`, of characters that mean nothing
/// in an expansion. What cannot be written (it was checked before) is left alone.
std::string exim_answer(const decide::Verdict& verdict, std::string_view domain);

}  // namespace nexthopd::protocol
