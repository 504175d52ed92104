// What scripts written for Lua 5.1 and 5.2 expect.
#include "script_rig.hpp"

using namespace nexthopd::script::test;

TEST_CASE("names and numbers of older Lua") {
    const std::pair<const char*, const char*> rows[] = {
        {"print(unpack({1, 2, 3}, 2))", "2\t3"},
        {"print(table.getn({1, 2}), table.maxn({[5] = 1, [2.5] = 1, x = 1}))", "2\t5.0"},
        {"for w in string.gfind('a b', '%a') do print(w) end", "a|b"},
        {"print(math.pow(2, 10), math.log10(1000), math.mod(7, 3))", "1024.0\t3.0\t1"},
        {"print(3 / 1, 7 // 2, 1e3, tostring(10 / 2), 2^2)", "3.0\t3\t1000.0\t5.0\t4.0"},
        {"print(string.format('%d', 3.0), string.format('%s', 3.0), ('x'):rep(2.0))", "3\t3.0\txx"},
        {"print(tonumber('7'), tonumber('7') > 5, '7' + 1, 10 .. '')", "7\ttrue\t8\t10"},
        {"print(bit32.band(0xFF, 0x0F), bit32.bor(1, 2, 4), bit32.bxor(5, 1), bit32.bnot(0), bit32.btest(4, "
         "6))",
         "15\t7\t4\t4294967295\ttrue"},
        {"print(bit32.lshift(1, 31), bit32.lshift(1, 32), bit32.rshift(0x80000000, 31), bit32.rshift(1, -4), "
         "bit32.lshift(16, -4))",
         "2147483648\t0\t1\t16\t1"},
        {"print(bit32.arshift(0x80000000, 31), bit32.arshift(-1, 99), bit32.arshift(8, 2), bit32.arshift(1, "
         "-3))",
         "4294967295\t4294967295\t2\t8"},
        {"print(bit32.lrotate(0x80000001, 1), bit32.rrotate(3, 1), bit32.lrotate(7, 32), bit32.rrotate(1, "
         "-1))",
         "3\t2147483649\t7\t2"},
        {"print(bit32.extract(0xABCD, 4, 8), bit32.replace(0, 0xFF, 4, 4), bit32.extract(-1, 0, 32))",
         "188\t240\t4294967295"},
        {"print(bit32.band(-1), bit32.band(2^32 + 5), bit32.band())", "4294967295\t5\t4294967295"},
        {"bit32.extract(1, 31, 2)", "error: rules.lua:2: trying to access non-existent bits"},
        {"bit32.extract(1, -1)",
         "error: rules.lua:2: bad argument #2 to 'extract' (field cannot be negative)"},
        {"bit32.band(1/0)",
         "error: rules.lua:2: bad argument #1 to 'band' (number has no integer representation)"},
        {"print(bit32.lshift(1, math.mininteger), bit32.rshift(1, math.mininteger), bit32.arshift(1, "
         "math.mininteger))",
         "0\t0\t0"},
    };
    for (const auto& [body, wanted] : rows) {
        INFO(body);
        CHECK(printed_by(body) == wanted);
    }
}
