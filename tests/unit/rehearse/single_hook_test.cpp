#include "rehearse/single_hook.hpp"

#include "catch.hpp"
#include "ledger/rows.hpp"
#include "ledger/store_sqlite.hpp"
#include "ledger/temp_dir.hpp"

using namespace nexthopd;
using namespace nexthopd::rehearse;

namespace {

constexpr const char* script_text = R"(
function GetCheckCache(domain, retries, size) return retries > 2 end
function GetOverrides(domain, retries, size)
    if domain == 'pinned.example' then return {'a.example:2525', 'b.example'} end
    if domain == 'refused.example' then return nil, false end
    if domain == 'wrong.example' then return 7 end
    if domain == 'broken.example' then error('no') end
end
function CheckServer(domain, server, retries, size, default)
    print(domain, server, retries, size, default)
    if nexthop.count(server, '4', 900) > 1 then return false, 2.5 end
    return default
end)";

std::string result(const HookCall& call, const std::string& text = script_text) {
    auto vm = script::Vm::load(text, "rules.lua", {}, {});
    REQUIRE(vm);
    const auto out = run_hook(std::shared_ptr<script::Vm>(*std::move(vm)), call);
    if (!out) return "error: " + out.error().text;
    std::string lines;
    for (const auto& step : out->steps)
        lines += step.what + ": " + step.detail + "\n";
    return lines + out->returned;
}

}  // namespace

TEST_CASE("a hook and its arguments") {
    struct Row {
        const char* hook;
        std::vector<std::string> arguments;
        const char* result;
    };
    const Row rows[] = {
        {"GetCheckCache", {"one.example"}, "false"},
        {"GetCheckCache", {"one.example", "3"}, "true"},
        {"GetOverrides", {"one.example"}, "nil"},
        {"GetOverrides", {"pinned.example"}, ":[a.example]:2525, [b.example]"},
        {"GetOverrides", {"refused.example"}, "nil, false"},
        {"GetOverrides", {"broken.example"}, "error: rules.lua:7: no"},
        {"CheckServer",
         {"one.example", "mx1.one.example"},
         "print: one.example\tmx1.one.example\t0\t0\ttrue\ncount: mx1.one.example 4xx in 900 s: 0\ntrue"},
        {"CheckServer",
         {"one.example", "mx1.one.example", "4", "5000", "false"},
         "print: one.example\tmx1.one.example\t4\t5000\tfalse\ncount: mx1.one.example 4xx in 900 s: "
         "0\nfalse"},
        {"CheckServer",
         {"one.example"},
         "error: CheckServer takes DOMAIN SERVER [RETRIES [SIZE [true|false]]]"},
        {"CheckServer",
         {"one.example", "mx1", "many"},
         "error: CheckServer: \"many\" is not a number; it takes DOMAIN SERVER [RETRIES [SIZE "
         "[true|false]]]"},
        {"CheckServer",
         {"one.example", "mx1", "0", "0", "yes"},
         "error: CheckServer: \"yes\" is neither true nor false"},
        {"Checkserver",
         {"one.example"},
         "error: \"Checkserver\" is no hook: GetCheckCache, GetOverrides, CheckServer, FinalOverrides"},
        {"FinalOverrides", {"one.example", "0", "0"}, "error: the script does not define FinalOverrides"},
    };
    for (const auto& row : rows) {
        INFO(row.hook);
        CHECK(result({row.hook, row.arguments, ""}) == row.result);
    }
    CHECK(result({"GetOverrides", {"wrong.example"}, ""}).starts_with("error: rules.lua:3: GetOverrides: "));
    CHECK(result(
              {"FinalOverrides", {"one.example", "0", "0", "mx1.example", "mx2.example"}, ""},
              "function FinalOverrides(d, r, s, servers) return {servers[2].server, transport='slow'} end") ==
          "slow:[mx2.example]");
}

TEST_CASE("counts and queries see the ledger") {
    const nexthopd::test::TempDir folder;
    const auto now = base::WallTime::clock::now();
    ledger::Batch batch;
    for (int i = 0; i < 3; ++i) {
        auto row = nexthopd::test::attempt("mx1.one.example", "2026-11-22 10:00:00", "450 later");
        row.time = now - std::chrono::minutes(5);
        batch.attempts.push_back(row);
    }
    REQUIRE(ledger::sqlite_store(folder / "ledger.db")->append(batch));
    CHECK(result({"CheckServer", {"one.example", "mx1.one.example"}, folder / "ledger.db"}) ==
          "print: one.example\tmx1.one.example\t0\t0\ttrue\ncount: mx1.one.example 4xx in 900 s: 3\nfalse, "
          "2.5");
    const auto asked = result({"GetCheckCache", {"one.example"}, folder / "ledger.db"},
                              "function GetCheckCache() return nexthop.query('SELECT COUNT(*) AS n FROM "
                              "sendattempts')[1].n == '3' end");
    CHECK(asked.ends_with("rows: 1\ntrue"));
}
