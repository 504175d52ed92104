#include "protocol/policy.hpp"

#include "catch.hpp"

using namespace nexthopd;
using namespace nexthopd::protocol;
using State = PolicyFrame::State;

namespace {

// As Postfix 3.7 sends it at RCPT, and at the end of the message.
const std::string at_rcpt =
    "request=smtpd_access_policy\nprotocol_state=RCPT\nprotocol_name=ESMTP\nclient_address=10.66.0.1\n"
    "client_name=mta.test\nhelo_name=client.test\nsender=a@mta.test\nrecipient=u@one.test\nrecipient_count="
    "0\n"
    "queue_id=\ninstance=2f39.6b03199b.a6fe2.0\nsize=0\netrn_domain=\nstress=\nsasl_method=\n\n";
const std::string at_end =
    "request=smtpd_access_policy\nprotocol_state=END-OF-MESSAGE\nsender=a@mta.test\nrecipient=\n"
    "recipient_count=3\nqueue_id=4jXZY83sMwz1bctd\ninstance=2f39.6b03199b.a6fe2.0\nsize=199\n\n";

}  // namespace

TEST_CASE("requests of Postfix") {
    const auto both = at_rcpt + at_end;
    const auto first = read_policy_request(both);
    REQUIRE(first.state == State::complete);
    CHECK(first.consumed == at_rcpt.size());
    CHECK(first.request.state == "RCPT");
    CHECK(first.request.instance == "2f39.6b03199b.a6fe2.0");
    CHECK(first.request.queue_id.empty());
    CHECK(first.request.sender == "a@mta.test");
    CHECK(first.request.recipient == "u@one.test");
    CHECK(first.request.size == 0);
    const auto second = read_policy_request(std::string_view(both).substr(first.consumed));
    REQUIRE(second.state == State::complete);
    CHECK(second.request.state == "END-OF-MESSAGE");
    CHECK(second.request.queue_id == "4jXZY83sMwz1bctd");
    CHECK(second.request.recipient.empty());
    CHECK(second.request.size == 199);
}

TEST_CASE("each beginning of a request waits for the rest") {
    for (std::size_t n = 0; n < at_rcpt.size(); ++n)
        CHECK(read_policy_request(std::string_view(at_rcpt).substr(0, n)).state == State::incomplete);
}

TEST_CASE("what is no policy request") {
    const std::string rows[] = {
        "\n",
        "nonsense\n",
        "request=smtpd_access_policy\nno value\n\n",
        "request=something_else\n\n",
        "sender=a@b\n\n",
        std::string(max_policy_request, 'x'),
        "request=smtpd_access_policy\nsender=" + std::string(max_policy_request, 'x') + "\n\n",
    };
    for (const auto& row : rows) {
        INFO(row.substr(0, 60));
        CHECK(read_policy_request(row).state == State::malformed);
    }
    CHECK(read_policy_request(std::string(max_policy_request - 1, 'x')).state == State::incomplete);
}

TEST_CASE("a size that is none is not known") {
    for (const auto* size : {"", "-1", "x", "99999999999999999999999"}) {
        const auto frame =
            read_policy_request("request=smtpd_access_policy\nsize=" + std::string(size) + "\n\n");
        REQUIRE(frame.state == State::complete);
        CHECK(frame.request.size == 0);
    }
}

TEST_CASE("the answer for mail that is held") {
    CHECK(defer_action("7K3QW", base::from_unix_seconds(1'795'368'600)) ==
          "action=DEFER_IF_PERMIT 4.7.0 delayed by local policy until 17:30 UTC (nexthopd 7K3QW)\n\n");
}
