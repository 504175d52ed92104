#include "mta/postconf.hpp"

#include <algorithm>

#include "catch.hpp"

using namespace nexthopd;
using namespace nexthopd::mta;
using namespace std::chrono_literals;

namespace {

using Values = std::map<std::string, std::string, std::less<>>;
using Words = std::vector<std::string>;

Words texts(const std::vector<mail::IpAddress>& addresses) {
    Words out;
    for (const auto& address : addresses)
        out.push_back(address.to_string());
    return out;
}

}  // namespace

TEST_CASE("lines of postconf") {
    const auto values = parse_postconf(
        "myhostname = mail.example.com\n"
        "relayhost =\n"
        "mydestination = example.com, localhost\n"
        "strange = a = b\n"
        "spaced   =  x y  \n"
        "no value here\n"
        "\n"
        "relayhost = [relay.example.com]\n");
    CHECK(values == Values{{"myhostname", "mail.example.com"},
                           {"mydestination", "example.com, localhost"},
                           {"relayhost", "[relay.example.com]"},
                           {"spaced", "x y"},
                           {"strange", "a = b"}});
    CHECK(parse_postconf("").empty());
    CHECK(parse_postconf("a = b") == Values{{"a", "b"}});
}

TEST_CASE("times of postconf(5)") {
    struct Row {
        std::string text;
        char unit;
        std::optional<std::chrono::seconds> wanted;
    };
    const Row rows[] = {
        {"5d", 's', 5 * 24h},         {"300s", 'd', 300s},        {"1h", 's', 1h},
        {"10m", 's', 10min},          {"2w", 's', 14 * 24h},      {"0", 's', 0s},
        {"5", 'd', 5 * 24h},          {"4000", 's', 4'000s},      {"", 's', std::nullopt},
        {"d", 's', std::nullopt},     {"5x", 's', std::nullopt},  {"5 d", 's', std::nullopt},
        {"-1s", 's', std::nullopt},   {"+1s", 's', std::nullopt}, {"1.5h", 's', std::nullopt},
        {"1h30m", 's', std::nullopt}, {"5D", 's', std::nullopt},  {"99999999999d", 's', std::nullopt},
        {"$x", 's', std::nullopt},
    };
    for (const auto& row : rows) {
        INFO(row.text);
        CHECK(postfix_time(row.text, row.unit) == row.wanted);
    }
}

TEST_CASE("what Postfix says of itself") {
    const auto view = postfix_view({
        {"myhostname", "Mail.Example.COM"},
        {"mail_owner", "postfix"},
        {"syslog_name", "postfix-out"},
        {"multi_instance_name", "out"},
        {"mydestination",
         "example.com, Mail.Example.COM localhost.example.com\tb\xC3\xBC"
         "cher.test, hash:/etc/postfix/domains"},
        {"virtual_alias_domains", "proxy:hash:/etc/postfix/virtual"},
        {"virtual_mailbox_domains", "/etc/postfix/vdomains $broken virtual.example.com."},
        {"relay_domains",
         ".relayed.example.com !not.example.com inline:{ a.test=x, b.test=y } /etc/postfix/relayed"},
        {"transport_maps", "hash:/etc/postfix/transport, socketmap:unix:nexthopd/socketmap:transport.news"},
        {"smtp_tls_policy_maps", "regexp:/etc/postfix/tls"},
        {"smtp_tls_security_level", "dane"},
        {"inet_interfaces", "192.0.2.1, [2001:db8::1] loopback-only mail.example.com"},
        {"proxy_interfaces", "198.51.100.7"},
        {"relayhost", "[Relay.Example.COM]:587"},
        {"smtp_fallback_relay", "fallback.example.com:25, [2001:db8::9]:26, plain.example.com"},
        {"maximal_queue_lifetime", "3"},
        {"maximal_backoff_time", "2h"},
    });
    CHECK(view.myhostname == "mail.example.com");
    CHECK(view.mail_owner == "postfix");
    CHECK(view.syslog_name == "postfix-out");
    CHECK(view.instance_name == "out");
    CHECK(view.local_domains == Words{"example.com", "mail.example.com", "localhost.example.com",
                                      "xn--bcher-kva.test", "virtual.example.com"});
    CHECK(view.relay_domains == Words{"relayed.example.com"});
    using Keys = DomainTable::Keys;
    CHECK(view.tables == std::vector<DomainTable>{{"hash:/etc/postfix/domains", Keys::domain},
                                                  {"hash:/etc/postfix/virtual", Keys::domain},
                                                  {"inline:{ a.test=x, b.test=y }", Keys::subdomains},
                                                  {"hash:/etc/postfix/transport", Keys::transport}});
    CHECK(view.tls_tables == std::vector<DomainTable>{{"regexp:/etc/postfix/tls", Keys::dotted}});
    CHECK(view.local_files == Words{"/etc/postfix/vdomains"});
    CHECK(view.relay_files == Words{"/etc/postfix/relayed"});
    CHECK(view.relays);
    CHECK(view.tls == mail::TlsIdentity::dane);
    CHECK(texts(view.addresses) == Words{"192.0.2.1", "2001:db8::1", "127.0.0.1", "::1", "198.51.100.7"});
    CHECK_FALSE(view.all_interfaces);
    CHECK(view.relay_hosts ==
          Words{"relay.example.com", "fallback.example.com", "2001:db8::9", "plain.example.com"});
    CHECK(view.queue_lifetime == 3 * 24h);
    CHECK(view.maximal_backoff == 2h);
}

TEST_CASE("what is missing or not understood has Postfix' default") {
    for (const auto& values : {Values{}, Values{{"myhostname", "not a name"},
                                                {"inet_interfaces", ", ,"},
                                                {"relayhost", ""},
                                                {"maximal_queue_lifetime", "soon"},
                                                {"maximal_backoff_time", ""}}}) {
        const auto view = postfix_view(values);
        CHECK(view.myhostname.empty());
        CHECK(view.local_domains.empty());
        CHECK(view.addresses.empty());
        CHECK(view.relay_hosts.empty());
        CHECK(view.queue_lifetime == 5 * 24h);
        CHECK(view.maximal_backoff == 4'000s);
    }
    CHECK(postfix_view({{"inet_interfaces", "all"}}).all_interfaces);
    CHECK(postfix_view({{"relayhost", "[broken"}}).relay_hosts == Words{"broken"});
    CHECK(postfix_view({{"inet_interfaces", "[broken"}}).addresses.empty());
}

TEST_CASE("mail that leaves through other hosts") {
    const std::pair<Values, bool> rows[] = {
        {{}, false},
        {{{"relayhost", ""}, {"default_transport", "smtp"}}, false},
        {{{"relayhost", "[relay.test]"}}, true},
        {{{"sender_dependent_relayhost_maps", "hash:/etc/postfix/relays"}}, true},
        {{{"sender_dependent_default_transport_maps", "hash:/etc/postfix/transports"}}, true},
        {{{"default_transport", "slow"}}, false},  // another service; the MX are the domain's own
        {{{"default_transport", "smtp:"}}, false},
        {{{"default_transport", "smtp:[relay.test]"}}, true},
    };
    for (const auto& [values, relays] : rows)
        CHECK(postfix_view(values).relays == relays);
}

TEST_CASE("the strictest TLS level of a service counts") {
    using mail::TlsIdentity;
    const std::pair<const char*, TlsIdentity> rows[] = {
        {"", TlsIdentity::none},
        {"smtp/unix/smtp_tls_security_level = may\n", TlsIdentity::none},
        {"relay/unix/smtp_tls_security_level = dane\nsmtp/unix/syslog_name = secure\n", TlsIdentity::dane},
        {"a/unix/smtp_tls_security_level = dane-only\nb/unix/smtp_tls_security_level = secure\n",
         TlsIdentity::name},
    };
    for (const auto& [text, level] : rows)
        CHECK(tls_of_services(text) == level);
}

TEST_CASE("every value that is read is asked for") {
    for (const char* name :
         {"myhostname", "mydestination", "virtual_alias_domains", "transport_maps",
          "sender_dependent_relayhost_maps", "default_transport", "sender_dependent_default_transport_maps",
          "smtp_tls_security_level", "smtp_tls_policy_maps", "virtual_mailbox_domains", "relay_domains",
          "inet_interfaces", "proxy_interfaces", "relayhost", "smtp_fallback_relay", "maximal_queue_lifetime",
          "maximal_backoff_time"})
        CHECK(std::find(postconf_names.begin(), postconf_names.end(), name) != postconf_names.end());
}

TEST_CASE("this machine has a loopback address") {
    const auto addresses = texts(interface_addresses());
    CHECK(std::find(addresses.begin(), addresses.end(), "127.0.0.1") != addresses.end());
}

TEST_CASE("whether smtp(8) of the default transport asks about MX records") {
    struct Row {
        const char* transport;
        const char* main_cf;
        const char* services;
        bool asks;
    };
    const Row rows[] = {
        {"smtp", "", "", false},
        {"smtp", "socketmap:unix:nexthopd/socketmap:mxfilter", "", true},
        {"smtp", "regexp:/etc/postfix/filter, socketmap:inet:127.0.0.1:746:mxfilter.news", "", true},
        {"smtp", "regexp:/etc/postfix/mxfilter", "", false},
        {"smtp", "socketmap:unix:nexthopd/socketmap:transport", "", false},
        {"smtp", "", "smtp/unix/smtp_dns_reply_filter = socketmap:unix:nexthopd/socketmap:mxfilter\n", true},
        {"smtp", "", "relay/unix/smtp_dns_reply_filter = socketmap:unix:nexthopd/socketmap:mxfilter\n",
         false},
        {"slow", "", "slow/unix/smtp_dns_reply_filter = socketmap:unix:nexthopd/socketmap:mxfilter\n", true},
        {"smtp", "socketmap:unix:nexthopd/socketmap:mxfilter", "smtp/unix/smtp_dns_reply_filter = \n", false},
    };
    for (const auto& row : rows) {
        INFO(row.transport << " | " << row.main_cf << " | " << row.services);
        CHECK(asks_mxfilter(row.transport, row.main_cf, row.services) == row.asks);
    }
}
