#include "script_rig.hpp"

using namespace nexthopd;
using namespace nexthopd::script;
using namespace nexthopd::script::test;

namespace {

constexpr const char* asks = R"(
    function CheckServer(domain, server)
        local found, why = nexthop.resolve.mx(server)
        if not found then print(tostring(found) .. ' ' .. why) return end
        local out = {}
        for _, one in ipairs(found) do out[#out + 1] = one.server .. ' ' .. one.preference end
        print(table.concat(out, ', '))
    end)";

LookupResult hosts() {
    return {false, {{"mx1.one.example", 10}, {"mx2.one.example", 20}}};
}

}  // namespace

TEST_CASE("records that are at hand") {
    FakeHost host;
    const auto vm = load(asks);
    HookRun run(vm, host, "");
    host.resolved = hosts();
    CHECK(check_server(run, "One.Example.") == "nil");
    host.resolved = LookupResult{false, {}};
    check_server(run);
    host.resolved = LookupResult{true, {}};
    check_server(run);
    CHECK(host.queries ==
          std::vector<std::string>{"mx one.example", "mx mx1.example.com", "mx mx1.example.com"});
    CHECK(host.lines ==
          std::vector<std::string>{"mx1.one.example 10, mx2.one.example 20", "nil none", "nil failed"});
}

TEST_CASE("a hook waits for those that are not") {
    FakeHost host;
    const auto vm = load(asks);
    HookRun run(vm, host, "");
    REQUIRE(check_server(run) == "waiting");
    REQUIRE(run.pending_lookup() != nullptr);
    CHECK(run.pending_query() == nullptr);
    CHECK(run.pending_lookup()->name == "mx1.example.com");
    CHECK(run.resume(hosts(), within(plenty)) == HookState::finished);
    CHECK(host.lines == std::vector<std::string>{"mx1.one.example 10, mx2.one.example 20"});
}

TEST_CASE("addresses and texts are texts") {
    FakeHost host;
    const auto vm = load(R"(function CheckServer()
        print(nexthop.resolve.a('a.example')[1], nexthop.resolve.aaaa('a.example')[1],
              nexthop.resolve.txt('_dmarc.a.example')[1])
    end)");
    HookRun run(vm, host, "");
    host.resolved = LookupResult{false, {{"v=spf1 -all"}}};
    CHECK(check_server(run) == "nil");
    CHECK(host.queries == std::vector<std::string>{"a a.example", "aaaa a.example", "txt _dmarc.a.example"});
    CHECK(host.lines == std::vector<std::string>{"v=spf1 -all\tv=spf1 -all\tv=spf1 -all"});
}

TEST_CASE("what cannot be looked up") {
    for (const auto& [statement, error] :
         {std::pair{"nexthop.resolve.a('not a host')", "bad argument #1 to 'a' (not the name of a host)"},
          std::pair{"nexthop.resolve.mx()", "bad argument #1 to 'mx' (string expected, got no value)"},
          std::pair{"('x'):gsub('x', function() nexthop.resolve.a('a.example') end)",
                    "nexthop.resolve: a lookup cannot be waited for inside a sort comparator or a gsub "
                    "callback"}}) {
        INFO(statement);
        CHECK(printed_by(statement).find(error) != std::string::npos);
    }
}
