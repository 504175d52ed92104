#include "ctl/check.hpp"

#include <fstream>
#include <sstream>

#include "catch.hpp"
#include "ledger/temp_dir.hpp"

using namespace nexthopd;

namespace {

struct Said {
    int status = 0;
    std::string out;
    std::string err;
};

class Files {
  public:
    void write(const std::string& name, const std::string& text) { std::ofstream(folder_ / name) << text; }
    /// Of the script `rules.lua`, with the shipped settings; without the folder's name.
    Said check() const {
        std::ostringstream out;
        std::ostringstream err;
        const auto status = ctl::check(NEXTHOPD_SOURCE "/conf.d", folder_ / "rules.lua", out, err);
        auto text = err.str();
        const auto path = folder_.path().string() + "/";
        for (auto at = text.find(path); at != text.npos; at = text.find(path))
            text.erase(at, path.size());
        return {status, out.str(), text};
    }

  private:
    test::TempDir folder_;
};

}  // namespace

TEST_CASE("a script that is well") {
    Files files;
    files.write("rules.lua", "function CheckServer(d, s) return nexthop.rate{server = s} ~= 1 end");
    const auto said = files.check();
    CHECK(said.status == 0);
    CHECK(said.err.empty());
    CHECK(said.out == "settings, script and rules are well\n");
}

TEST_CASE("likely mistakes are told, of required files too, and are not errors") {
    Files files;
    files.write("limits.lua", "allowed = 5\nlocal seen = {}\nreturn {}");
    files.write("rules.lua",
                "local limits = require('limits')\nfunction Checkserver() return allowed, nexthop.cuont end");
    const auto said = files.check();
    CHECK(said.status == 0);
    CHECK(said.err ==
          "limits.lua:2: warning: the local seen is never used\n"
          "rules.lua:1: warning: the local limits is never used\n"
          "rules.lua:2: warning: nexthop.cuont is not known, it would be nil; did you mean nexthop.count?\n"
          "rules.lua:2: warning: Checkserver is never called; did you mean CheckServer?\n");
    CHECK(said.out ==
          "settings, script and rules are well; the script may have mistakes, see the warnings\n");
}

TEST_CASE("errors") {
    Files files;
    files.write("rules.lua", "function CheckServer(\n");
    const auto said = files.check();
    CHECK(said.status == 1);
    CHECK(said.err.starts_with("rules.lua:"));
    CHECK(said.out.empty());
}

TEST_CASE("the shipped script and the examples have no mistakes that are seen") {
    for (const char* const name :
         {"conf.d/mxserverrules.lua", "contrib/scripts/backoff.lua", "contrib/scripts/pin_domain.lua",
          "contrib/scripts/big_mail.lua", "contrib/scripts/avoid_mx.lua",
          "contrib/scripts/business_hours.lua", "contrib/scripts/slow_transport.lua"}) {
        INFO(name);
        std::ostringstream out;
        std::ostringstream err;
        CHECK(ctl::check(NEXTHOPD_SOURCE "/conf.d", NEXTHOPD_SOURCE "/" + std::string(name), out, err) == 0);
        CHECK(err.str().empty());
    }
}
