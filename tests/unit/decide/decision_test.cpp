#include "decide/decision.hpp"

#include "catch.hpp"
#include "decision_rig.hpp"

using namespace nexthopd;
using namespace nexthopd::decide;
using namespace nexthopd::decide::test;

TEST_CASE("hooks, their answers, and the verdict") {
    const auto two = set_of({host("mx1"), host("mx2", 20)});
    const auto with_self = set_of({host("mx1"), unusable("me", &mail::MxHost::self, true)});
    const auto with_bad_name = set_of({host("mx1"), unusable("192.0.2.1", &mail::MxHost::valid, false)});
    const auto with_dead = set_of({host("mx1"), without_address("dead")});
    struct Row {
        const char* name;
        Script script;
        mail::MxSet set;
        std::string steps;
        std::string wanted;
    };
    const Row rows[] = {
        {"no hooks", {}, two, "", "leave no_hooks"},
        {"only GetCheckCache", {.check_cache = true}, two, "cache ", "leave nothing_to_change"},
        {"GetCheckCache false, and nobody who needs servers",
         {.check_cache = false},
         two,
         "cache ",
         "leave nothing_to_change"},
        {"GetCheckCache false",
         {.check_cache = false, .check_server = Servers{}},
         two,
         "cache mx-fresh check:mx1 check:mx2 ",
         "leave nothing_to_change"},
        {"GetCheckCache nil",
         {.check_cache = std::optional<bool>(), .check_server = Servers{}},
         two,
         "cache mx check:mx1 check:mx2 ",
         "leave nothing_to_change"},
        {"all hooks, nil everywhere",
         {std::optional<bool>(), nil, Servers{}, nil},
         two,
         "cache overrides mx check:mx1 check:mx2 final ",
         "leave nothing_to_change"},

        // GetOverrides
        {"nil needs no servers", {.overrides = nil}, two, "overrides ", "leave nothing_to_change"},
        {"a server replaces DNS",
         {.overrides = Overrides{map_of({{"a", 0, 25}}), true}},
         two,
         "overrides ",
         "route :[a]"},
        {"servers are tried in the order given",
         {.overrides = Overrides{map_of({{"b", 20, 25}, {"a", 10, 2525}}), true}},
         two,
         "overrides ",
         "route :[b], [a]:2525"},
        {"they are shown to CheckServer",
         {.overrides = Overrides{map_of({{"a", 0, 25}, {"b", 0, 25}}), true},
          .check_server = Servers{{"a", no}}},
         two,
         "overrides check:a check:b ",
         "route :[b]"},
        {"all of them left out",
         {.overrides = Overrides{map_of({{"a", 0, 25}}), true}, .check_server = Servers{{"a", no_for(10)}}},
         two,
         "overrides check:a ",
         "hold 600000ms a(10)"},
        {"only a transport: the destination stays the nexthop",
         {.overrides = Overrides{map_of({}, "slow"), true}},
         two,
         "overrides ",
         "route slow:"},
        {"a transport, and a server left out",
         {.overrides = Overrides{map_of({}, "slow"), true}, .check_server = Servers{{"mx1", no}}},
         two,
         "overrides mx check:mx1 check:mx2 ",
         "route slow:[mx2]"},
        {"a transport, and all servers left out",
         {.overrides = Overrides{map_of({}, "slow"), true},
          .check_server = Servers{{"mx1", no}, {"mx2", no}}},
         two,
         "overrides mx check:mx1 check:mx2 ",
         "hold 300000ms mx1 mx2"},
        {"servers with a transport",
         {.overrides = Overrides{map_of({{"a", 0, 25}}, "slow"), true}},
         two,
         "overrides ",
         "route slow:[a]"},
        {"continue is false",
         {.overrides = Overrides{{}, false}, .check_server = Servers{}},
         two,
         "overrides ",
         "fail GetOverrides"},
        {"continue is false beside a map",
         {.overrides = Overrides{map_of({{"a", 0, 25}}), false}},
         two,
         "overrides ",
         "fail GetOverrides"},

        // CheckServer
        {"nil and true keep a good server",
         {.check_server = Servers{{"mx1", yes}}},
         two,
         "mx check:mx1 check:mx2 ",
         "leave nothing_to_change"},
        {"one left out",
         {.check_server = Servers{{"mx1", no}}},
         two,
         "mx check:mx1 check:mx2 ",
         "route :[mx2]"},
        {"minutes without an empty list mean nothing",
         {.check_server = Servers{{"mx1", no_for(10)}}},
         two,
         "mx check:mx1 check:mx2 ",
         "route :[mx2]"},
        {"minutes beside true mean nothing",
         {.check_server = Servers{{"mx1", {true, 10}}}},
         two,
         "mx check:mx1 check:mx2 ",
         "leave nothing_to_change"},
        {"all left out, no minutes",
         {.check_server = Servers{{"mx1", no}, {"mx2", no}}},
         two,
         "mx check:mx1 check:mx2 ",
         "hold 300000ms mx1 mx2"},
        {"the smallest of the minutes",
         {.check_server = Servers{{"mx1", no_for(10)}, {"mx2", no_for(2.5)}}},
         two,
         "mx check:mx1 check:mx2 ",
         "hold 150000ms mx1(10) mx2(2.5)"},
        {"minutes of one of them",
         {.check_server = Servers{{"mx1", no}, {"mx2", no_for(1)}}},
         two,
         "mx check:mx1 check:mx2 ",
         "hold 60000ms mx1 mx2(1)"},
        {"0 minutes say nothing",
         {.check_server = Servers{{"mx1", no_for(0)}, {"mx2", no}}},
         two,
         "mx check:mx1 check:mx2 ",
         "hold 300000ms mx1 mx2"},
        {"a year is the longest",
         {.check_server = Servers{{"mx1", no_for(1e300)}, {"mx2", no}}},
         two,
         "mx check:mx1 check:mx2 ",
         "hold 31536000000ms mx1(1e+300) mx2"},

        // Servers that nexthopd and the MTA would not use
        {"nil keeps them out and changes nothing",
         {.check_server = Servers{}},
         with_dead,
         "mx check:mx1 check:dead(false) ",
         "leave nothing_to_change"},
        {"false for one of them changes nothing",
         {.check_server = Servers{{"dead", no_for(7)}}},
         with_dead,
         "mx check:mx1 check:dead(false) ",
         "leave nothing_to_change"},
        {"true for one without a known address",
         {.check_server = Servers{{"dead", yes}}},
         with_dead,
         "mx check:mx1 check:dead(false) ",
         "route :[mx1], [dead]"},
        {"true for this host does not make it usable",
         {.check_server = Servers{{"me", yes}}},
         with_self,
         "mx check:mx1 check:me(false) ",
         "leave nothing_to_change"},
        {"true for a name that is none does not make it usable",
         {.check_server = Servers{{"192.0.2.1", yes}}},
         with_bad_name,
         "mx check:mx1 check:192.0.2.1(false) ",
         "leave nothing_to_change"},
        {"the good one left out: hold for its minutes only",
         {.check_server = Servers{{"mx1", no_for(10)}, {"me", no_for(1)}}},
         with_self,
         "mx check:mx1 check:me(false) ",
         "hold 600000ms mx1(10)"},
        {"no server that could be used",
         {.check_server = Servers{}, .final_overrides = nil},
         set_of({unusable("me", &mail::MxHost::self, true), without_address("dead")}),
         "mx check:me(false) check:dead(false) ",
         "leave no_usable_server"},

        // FinalOverrides
        {"nil", {.final_overrides = nil}, two, "mx final ", "leave nothing_to_change"},
        {"nil after a server was left out",
         {.check_server = Servers{{"mx2", no}}, .final_overrides = nil},
         two,
         "mx check:mx1 check:mx2 final ",
         "route :[mx1]"},
        {"a map replaces the survivors",
         {.check_server = Servers{{"mx2", no}}, .final_overrides = Overrides{map_of({{"z", 0, 26}}), true}},
         two,
         "mx check:mx1 check:mx2 final ",
         "route :[z]:26"},
        {"only a transport",
         {.final_overrides = Overrides{map_of({}, "slow"), true}},
         two,
         "mx final ",
         "route slow:"},
        {"its transport overrules that of GetOverrides",
         {.overrides = Overrides{map_of({}, "slow"), true},
          .final_overrides = Overrides{map_of({}, "slower"), true}},
         two,
         "overrides mx final ",
         "route slower:"},
        {"the transport of GetOverrides stays beside its servers",
         {.overrides = Overrides{map_of({}, "slow"), true},
          .final_overrides = Overrides{map_of({{"z", 0, 25}}), true}},
         two,
         "overrides mx final ",
         "route slow:[z]"},
        {"continue is false",
         {.final_overrides = Overrides{{}, false}},
         two,
         "mx final ",
         "fail FinalOverrides"},
        {"it is not asked when nothing is left",
         {.check_server = Servers{{"mx1", no}, {"mx2", no}}, .final_overrides = Overrides{{}, false}},
         two,
         "mx check:mx1 check:mx2 ",
         "hold 300000ms mx1 mx2"},

        // MX sets without servers
        {"null MX",
         {.check_server = Servers{}},
         state_of(mail::MxSet::State::null_mx),
         "mx ",
         "leave null_mx"},
        {"NXDOMAIN",
         {.check_server = Servers{}},
         state_of(mail::MxSet::State::no_domain),
         "mx ",
         "leave no_domain"},
        {"neither MX nor address",
         {.check_server = Servers{}},
         state_of(mail::MxSet::State::no_hosts),
         "mx ",
         "leave no_hosts"},
        {"SERVFAIL",
         {.check_server = Servers{}},
         state_of(mail::MxSet::State::failed),
         "mx ",
         "leave dns_failed"},
        {"a loop of CNAMEs",
         {.final_overrides = nil},
         state_of(mail::MxSet::State::loop),
         "mx ",
         "leave dns_failed"},
        {"a transport does not help",
         {.overrides = Overrides{map_of({}, "slow"), true}, .check_server = Servers{}},
         state_of(mail::MxSet::State::null_mx),
         "overrides mx ",
         "leave null_mx"},
        {"servers of GetOverrides need no DNS",
         {.overrides = Overrides{map_of({{"a", 0, 25}}), true}, .final_overrides = nil},
         state_of(mail::MxSet::State::null_mx),
         "overrides final ",
         "route :[a]"},
    };
    for (const auto& row : rows) {
        INFO(row.name);
        const auto told = drive(row.script, row.set);
        CHECK(told.steps == row.steps);
        CHECK(text_of(told.verdict) == row.wanted);
    }
}

TEST_CASE("a set whose best server is this host is left alone") {
    auto set = set_of({unusable("me", &mail::MxHost::self, true)});
    set.best_is_self = true;
    const auto told = drive({.check_server = Servers{}}, set);
    CHECK(told.steps == "mx ");
    CHECK(text_of(told.verdict) == "leave best_is_self");
}

TEST_CASE("FinalOverrides is given what is left, in order") {
    const auto set = set_of({host("mx1"), host("mx2", 20), host("mx3", 30), without_address("dead")});
    CHECK(drive({.final_overrides = nil}, set).survivors == "mx1 mx2 mx3");
    CHECK(
        drive({.check_server = Servers{{"mx2", no}, {"dead", yes}}, .final_overrides = nil}, set).survivors ==
        "mx1 mx3 dead");
}

TEST_CASE("at most 50 servers are asked about and written") {
    std::vector<mail::MxHost> hosts;
    std::vector<mail::Server> servers;
    for (int i = 0; i < 80; ++i) {
        hosts.push_back(host("mx" + std::to_string(i)));
        servers.push_back({"s" + std::to_string(i), 0, 25});
    }
    const auto count = [](const std::string& text, std::string_view word) {
        std::size_t out = 0;
        for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1))
            ++out;
        return out;
    };
    const auto asked = drive({.check_server = Servers{{"mx0", no}}}, set_of(hosts));
    CHECK(count(asked.steps, "check:") == 50);
    CHECK(std::get<Route>(asked.verdict).map.servers.size() == 49);
    const auto overridden = drive({.overrides = Overrides{map_of(servers), true}}, set_of(hosts));
    CHECK(std::get<Route>(overridden.verdict).map.servers.size() == 50);
    const auto finally = drive({.final_overrides = Overrides{map_of(servers), true}}, set_of(hosts));
    CHECK(std::get<Route>(finally.verdict).map.servers.size() == 50);
}

TEST_CASE("something went wrong: left alone, whatever the step") {
    const Script script{true, nil, Servers{}, nil};
    const auto set = std::make_shared<const mail::MxSet>(set_of({host("mx1")}));
    for (int steps = 0; steps < 5; ++steps) {
        Decision decision;
        decision.begin(script.hooks(), hold_default);
        if (steps > 0) decision.checked_cache(true);
        if (steps > 1) decision.overridden(nil);
        if (steps > 2) decision.resolved(set);
        if (steps > 3) decision.checked_server({false, 10});
        if (steps == 4) CHECK(decision.step() == Step::done);  // a hold already
        decision.abandon(Cause::deadline, "late");
        CHECK(decision.step() == Step::done);
        const auto* const left = std::get_if<LeaveAlone>(&decision.verdict());
        REQUIRE(left != nullptr);
        CHECK(left->cause == Cause::deadline);
        CHECK(left->detail == "late");
    }
}

TEST_CASE("a route says which servers of the MX set CheckServer left out, if nothing else was changed") {
    const auto two = set_of({host("mx1"), host("mx2", 20)});
    const auto with_dead = set_of({host("mx1"), host("mx2"), without_address("dead")});
    struct Row {
        const char* name;
        Script script;
        mail::MxSet set;
        std::vector<std::string> left_out;
    };
    const Row rows[] = {
        {"one of two", {.check_server = Servers{{"mx1", no}}}, two, {"mx1"}},
        {"one that would not be used is not left out by us",
         {.check_server = Servers{{"mx1", no}, {"dead", no}}},
         with_dead,
         {"mx1"}},
        {"one that would not be used is wanted",
         {.check_server = Servers{{"mx1", no}, {"dead", yes}}},
         with_dead,
         {}},
        {"another transport",
         {.overrides = Overrides{map_of({}, "slow"), true}, .check_server = Servers{{"mx1", no}}},
         two,
         {}},
        {"other servers, from GetOverrides",
         {.overrides = Overrides{map_of({{"mx1", 0, 25}, {"mx2", 0, 25}}), true},
          .check_server = Servers{{"mx1", no}}},
         two,
         {}},
        {"other servers, from FinalOverrides",
         {.check_server = Servers{{"mx1", no}}, .final_overrides = Overrides{map_of({{"mx2", 0, 25}}), true}},
         two,
         {}},
    };
    for (const auto& row : rows) {
        INFO(row.name);
        CHECK(std::get<Route>(drive(row.script, row.set).verdict).left_out == row.left_out);
    }
}
