#include "classify/reply_text.hpp"

#include <string>
#include <vector>

#include "base/text.hpp"
#include "catch.hpp"

using namespace nexthopd;
using mail::Stage;

TEST_CASE("what is left of a logged reply") {
    struct Case {
        std::string logged;
        std::string text;
        std::optional<Stage> stage = {};
    };
    const std::vector<Case> cases = {
        {"", ""},
        {"  421  ", "421"},
        {"450 4.7.1 try  again\tlater", "450 4.7.1 try again later"},
        {"host mx.example[192.0.2.1] said: 550 5.1.1 No such user (in reply to RCPT TO command)",
         "550 5.1.1 No such user", Stage::rcpt},
        {"550 no (in reply to end of DATA command)", "550 no", Stage::eod},
        {"host spam.example[192.0.2.1] refused to talk to me: 554 go away", "554 go away", Stage::greeting},
        {"SMTP error from remote mail server after RCPT TO:<a@b.example>: host mx.example [192.0.2.1]: 550 "
         "no",
         "550 no", Stage::rcpt},
        {"host mx.example [192.0.2.1]: SMTP error from remote mail server after pipelined MAIL "
         "FROM:<a@b.example> SIZE=1: 550 no",
         "550 no", Stage::mail},
        {"SMTP error from remote mail server after initial connection: 421 busy", "421 busy",
         Stage::greeting},
        // Replies of several lines, as Postfix and Exim write them.
        {"550-5.1.1 The account does not 550-5.1.1 exist, see 550 5.1.1 https://x.example",
         "550 5.1.1 The account does not exist, see https://x.example"},
        {"550-5.1.1 The account\\n550 5.1.1 does not exist", "550 5.1.1 The account does not exist"},
        {"554-mx.example 554-no service 554 bye", "554 mx.example no service bye"},
        {"550 error 550 is no line", "550 error 550 is no line"},
        // Addresses.
        {"550 <spam-blocked@greylist.example>: unknown", "550 <@>: unknown"},
        {"550 a@b.example... User unknown, b@c.example.", "550 @... User unknown, @."},
        {"550 \"a b\"@c.example", "550 \"a b\"@"},
        {"550 @ @@ <@>", "550 @ @ <@>"},
    };
    for (const auto& one : cases) {
        INFO(one.logged);
        const auto found = classify::reply_text(one.logged);
        CHECK(found.text == one.text);
        CHECK(found.stage == one.stage);
    }
}

TEST_CASE("at most 2000 bytes are looked at, and no character is cut") {
    std::string text = "550 ";
    while (text.size() < 1'999)
        text += 'x';
    text += "\xc3\xa9tail";
    const auto found = classify::reply_text(text).text;
    CHECK(found.size() == 1'999);
    CHECK(base::is_utf8(found));
    CHECK(classify::reply_text(std::string(100'000, 'a')).text.size() == classify::max_reply);
}
