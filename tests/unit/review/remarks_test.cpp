#include "review/remarks.hpp"

#include <fmt/format.h>

#include "catch.hpp"
#include "review/names.hpp"

using namespace nexthopd;
using namespace nexthopd::review;

namespace {

const std::vector<std::string> known = {"print",          "string",
                                        "string.find",    "os",
                                        "os.date",        "ipairs",
                                        "nexthop",        "nexthop.count",
                                        "nexthop.rate",   "nexthop.log",
                                        "nexthop.query",  "nexthop.log.info",
                                        "VPOP3",          "VPOP3.PostgresQuery",
                                        "nexthop.request"};

std::string remarks(std::string_view source) {
    std::string out;
    for (const auto& remark : remarks_on(source, known, {"of_a_module"}))
        out += fmt::format("{}: {}\n", remark.line, remark.text);
    return out;
}

}  // namespace

TEST_CASE("what is remarked on") {
    struct Row {
        const char* source;
        const char* remarks;
    };
    const Row rows[] = {
        {"", ""},
        {"function CheckServer(domain, mxserver) return nexthop.count(mxserver, '4', 900) < 5 end", ""},
        {"function Checkserver() end", "1: Checkserver is never called; did you mean CheckServer?\n"},
        {"GetOverides = function() end", "1: GetOverides is never called; did you mean GetOverrides?\n"},
        {"function helper() end\nfunction CheckServer() end", ""},  // far from every hook
        {"function CheckServer2() end\nfunction CheckServer() return CheckServer2() end", ""},
        {"\n\nprnt('x')", "3: prnt is not known, it would be nil; did you mean print?\n"},
        {"return nexthop.cuont('a')",
         "1: nexthop.cuont is not known, it would be nil; did you mean nexthop.count?\n"},
        {"return nexthop.log.inf()",
         "1: nexthop.log.inf is not known, it would be nil; did you mean nexthop.log.info?\n"},
        {"return nexthop.request.sender, of_a_module.x, ConnectionName", ""},
        {"limit = 3\nfunction CheckServer() return limit end", ""},
        {"function CheckServer()\n  local a, b = 1, 2\n  return b\nend", "2: the local a is never used\n"},
        {"local _ = print() local _x = 1", ""},
        {"for i, v in ipairs({}) do print(v) end", ""},
        {"local function f() end", "1: the local f is never used\n"},
        {"local x x = 3", "1: the local x is never used\n"},
        {"local x = 1 do local x = 2 print(x) end", "1: the local x is never used\n"},
        {"local t = {} t.a = 1", ""},
        {"local t <const> = {} function t.a() end", ""},
        {"repeat local done = print() until done", ""},
        {"local x = 1 return function() return x end", ""},
        {"goto done ::done::", ""},
        {"local s = 'a' print(s:upper(), #s, -s, not s, ('x'):rep(3), s .. s)", ""},
        {"local a = { x = 1, ['y'] = 2; 3, function() return 4 end } print(a.x, a['y'], a[1]{}, a'x')", ""},
        {"if print() then elseif a_name then else end while false do end",
         "1: a_name is not known, it would be nil\n"},
        {"function CheckServer(d, s) return VPOP3.PostgresQuery(\"SELECT 1 WHERE server = '\" .. s .. \"'\") "
         "end",
         "1: s is pasted into SQL; a value does not become SQL as in nexthop.query(\"... = $1\", s)\n"},
        {"function CheckServer(d, s) return VPOP3.PostgresQuery([[SELECT 1 WHERE domain LIKE ']] .. d .. "
         "[[']]) end",
         "1: d is pasted into SQL; a value does not become SQL as in nexthop.query(\"... = $1\", d)\n"},
        {"function CheckServer(d, s) print('the server \\'' .. s .. \"' is '\" .. d) end", ""},
        {"--[[ prnt() ]] --[==[ ]] prnt() ]==] -- prnt()\nprint([[prnt()]], 0x1p-2, 1e+5, 3..2)", ""},
        {"#!/usr/bin/lua", ""},
        {"local function", ""},  // Lua refuses these; here they end quietly
        {"function (", ""},
        {"return }", ""},
    };
    for (const auto& row : rows) {
        INFO(row.source);
        CHECK(remarks(row.source) == row.remarks);
    }
}

TEST_CASE("nesting without end") {
    const std::string deep(100'000, '(');
    CHECK(names_of("return " + deep).used.empty());
    std::string blocks;
    for (int i = 0; i < 50'000; ++i)
        blocks += "do ";
    CHECK(names_of(blocks).used.empty());
    std::string tables;
    for (int i = 0; i < 50'000; ++i)
        tables += "x={";
    CHECK(names_of(tables).defined.size() <= 1);
}
