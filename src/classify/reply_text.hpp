// A reply as a log has it -> what rules are compared with.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mail/attempt.hpp"

namespace nexthopd::classify {

/// The rest of a longer reply is not looked at.
constexpr std::size_t max_reply = 2'000;  // bytes

struct ReplyText {
    /// The reply itself, without the MTA's words before and after ("host mx[192.0.2.1] said: ", "(in reply to
    /// RCPT TO command)"), on one line: no codes but the first ones, one blank between words. Each mail
    /// address is a lone "@", so that nobody's name is taken for a word of the server.
    std::string text;
    /// As the MTA's words tell it; nullopt: they do not.
    std::optional<mail::Stage> stage;
};

ReplyText reply_text(std::string_view logged);

}  // namespace nexthopd::classify
