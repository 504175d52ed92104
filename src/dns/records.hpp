// The address and text records of a name, for scripts that ask for them.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "dns/wire.hpp"

namespace nexthopd::dns {

/// Kept of one name.
constexpr std::size_t max_texts = 50;

struct Records {
    enum class State {
        found,
        none,    // the name does not exist, or has no such record
        failed,  // not known: no answer, SERVFAIL, or an answer that does not tell
    };
    State state = State::failed;
    std::vector<std::string> texts;  // addresses, or what the text records hold: any bytes
    std::chrono::seconds ttl{0};     // how long this may be remembered, as the records say
};

/// What `answer` says about the question (name, type), where type is a, aaaa or txt. nullptr: nothing.
Records records_in(const Answer* answer, const std::string& name, Type type);

}  // namespace nexthopd::dns
