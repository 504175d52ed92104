#include "serve/log_sources.hpp"

#include "catch.hpp"

using namespace nexthopd;
using namespace nexthopd::serve;
using Texts = std::vector<std::string>;

TEST_CASE("the units, users and tags of an instance") {
    const auto plain = log_identity("", "", "no-such-user-here");
    CHECK(plain.syslog_name == "postfix");
    CHECK(plain.units == Texts{"postfix@-.service", "postfix.service"});
    CHECK(plain.users == std::vector<unsigned>{0});
    const auto second = log_identity("postfix-out", "postfix-out", "nobody");
    CHECK(second.syslog_name == "postfix-out");
    CHECK(second.units == Texts{"postfix@postfix-out.service", "postfix.service"});
    CHECK(second.users.size() == 2);
}

TEST_CASE("each instance has one log, and a listener those that have none") {
    config::Settings settings;
    settings.postfix = {{"a", "", "/var/log/mail.log"}, {"b", "", "journal"}, {"c", "", "journal"}};
    SECTION("file and journal") {
        follow::LedgerOptions options;
        add_logs(options, settings, {}, std::make_shared<Reasons>());
        REQUIRE(options.sources.size() == 1);
        CHECK(options.sources[0].path == "/var/log/mail.log");
        REQUIRE(options.others.size() == 1);
        CHECK(options.others[0].name == "journal");
        CHECK(unheard_syslog(settings).empty());
    }
    SECTION("a listener that nobody hears") {
        settings.syslog.listen = config::Endpoint{{}, {boost::asio::ip::make_address("127.0.0.1"), 5514}};
        CHECK(unheard_syslog(settings).find("log = \"\"") != std::string::npos);
        settings.postfix.push_back({"d", "", ""});
        CHECK(unheard_syslog(settings).empty());
        follow::LedgerOptions options;
        add_logs(options, settings, {}, std::make_shared<Reasons>());
        REQUIRE(options.others.size() == 2);
        CHECK(options.others[1].name == "syslog");
    }
}
