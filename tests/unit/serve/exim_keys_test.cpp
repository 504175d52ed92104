#include "serve/exim_keys.hpp"

#include <fstream>

#include "catch.hpp"
#include "ledger/temp_dir.hpp"

using namespace nexthopd;
using namespace nexthopd::serve;

TEST_CASE("keys of Exim") {
    const nexthopd::test::TempDir folder;
    const std::string path = folder / "exim.key";
    config::Settings settings;
    settings.exim.emplace_back().key_file = path;
    std::vector<std::string> problems;
    CHECK_FALSE(EximKeys::read(settings, problems).accept(""));
    CHECK(problems.empty());  // nothing listens for Exim: no key is needed

    settings.listen.exim = {config::parse_endpoint("inet:127.0.0.1:747").value()};
    const std::string good = "0123456789abcdefABCDEF";
    struct Row {
        std::string text;
        bool accepted;
    };
    const Row rows[] = {
        {good, true},
        {good + '\n', true},
        {good + "x", false},
        {"", false},
        {"short", false},
        {"0123456789abcdef ABCDEF", false},
        {"0123456789abcdef${run}", false},
        {std::string(EximKeys::longest + 1, 'x'), false},
    };
    for (const auto& row : rows) {
        INFO(row.text);
        std::ofstream(path) << row.text;
        problems.clear();
        const auto keys = EximKeys::read(settings, problems);
        CHECK(keys.accept(good) == row.accepted);
        CHECK_FALSE(keys.accept(""));
        CHECK_FALSE(keys.accept(good.substr(1)));
        CHECK_FALSE(keys.accept(good + '\n'));
    }
    settings.exim.back().key_file = folder / "absent";
    problems.clear();
    CHECK_FALSE(EximKeys::read(settings, problems).accept(good));
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].find("No such file") != std::string::npos);
    CHECK(problems[0].find("are left alone") != std::string::npos);
}
