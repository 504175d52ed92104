#include "wiring/mistakes.hpp"

#include "catch.hpp"

using namespace nexthopd::wiring;

namespace {

const Parameters wired_main{{"nexthopd_maps", "hash:/t, socketmap:unix:nexthopd/socketmap:transport"},
                            {"nexthopd_mx_filter", "socketmap:unix:nexthopd/socketmap:mxfilter"},
                            {"default_transport", "smtp"},
                            {"transport_maps", "hash:/t"}};
const Parameters wired_services{{"qmgr/unix/rewrite_service_name", "nexthop-rewrite"},
                                {"nexthop-rewrite/unix/transport_maps", "$nexthopd_maps"},
                                {"smtp/unix/smtp_dns_reply_filter", "$nexthopd_mx_filter"}};
const std::string entries =
    "nexthop-rewrite unix - - y - - trivial-rewrite -o transport_maps=$nexthopd_maps\n"
    "error unix - - y - - error\nretry unix - - y - - error\n";

Parameters with(Parameters parameters, const std::string& name, const std::string& value) {
    parameters.insert_or_assign(name, value);
    return parameters;
}

}  // namespace

TEST_CASE("what is wired") {
    const auto all = wired(wired_main, wired_services);
    CHECK(all.transport);
    CHECK(all.mxfilter);
    CHECK_FALSE(all.policy);
    const auto none = wired({{"default_transport", "smtp"}}, {});
    CHECK_FALSE(none.transport);
    CHECK_FALSE(none.mxfilter);
    CHECK(wired({{"smtp_dns_reply_filter", "socketmap:unix:a:mxfilter"}}, {}).mxfilter);
    CHECK(wired({{"smtpd_recipient_restrictions",
                  "permit_mynetworks check_policy_service unix:nexthopd/policy"}},
                {})
              .policy);
}

TEST_CASE("nothing is wrong") {
    CHECK(mistakes(wired_main, wired_services, entries).empty());
}

TEST_CASE("the usual mistakes") {
    struct Row {
        Parameters parameters;
        Parameters services;
        std::string entries;
        std::string wanted;  // the one mistake begins with it
    };
    const Row rows[] = {
        {{{"transport_maps", "socketmap:unix:nexthopd/socketmap:transport"}},
         {},
         entries,
         "transport_maps asks nexthopd"},
        {wired_main, wired_services, "error unix - - y - - error\nretry unix - - y - - error\n",
         "qmgr asks the service \"nexthop-rewrite\", which master.cf does not have"},
        {with(wired_main, "nexthopd_maps",
              "hash:/t, socketmap:unix:/var/spool/postfix/nexthopd/socketmap:transport"),
         wired_services, entries, "the service \"nexthop-rewrite\" is chrooted"},
        {with(wired_main, "transport_maps", "hash:/new"), wired_services, entries,
         "transport_maps was changed since"},
        {with(wired_main, "relayhost", "[relay.test]"), wired_services, entries, "relayhost is set"},
        {{{"smtp_tls_policy_maps", "hash:/tls"}}, {}, entries, "smtp_tls_policy_maps is set"},
        {wired_main, wired_services, entries.substr(0, entries.find("retry")),
         "master.cf has no service \"retry\""},
    };
    for (const auto& row : rows) {
        INFO(row.wanted);
        const auto found = mistakes(row.parameters, row.services, row.entries);
        REQUIRE(found.size() == 1);
        CHECK(found.front().substr(0, row.wanted.size()) == row.wanted);
    }
}
