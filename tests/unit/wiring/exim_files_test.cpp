#include "wiring/exim_files.hpp"

#include <fstream>
#include <sstream>

#include "catch.hpp"

using namespace nexthopd::wiring;

namespace {

std::string contrib(const char* name) {
    std::ostringstream out;
    out << std::ifstream(std::string(NEXTHOPD_SOURCE "/contrib/exim/") + name).rdbuf();
    return out.str();
}

std::string part(const std::string& name) {
    const std::string rule = "#####################################################\n";
    return rule + "### " + name + '\n' + rule + "content of " + name + '\n' + rule + "### end " + name +
           '\n' + rule;
}

const std::string bare = part("main/01_exim4-config_listmacrosdefs") + part("main/02_exim4-config_options") +
                         part("router/150_exim4-config_hubbed_hosts") +
                         part("router/200_exim4-config_primary");

}  // namespace

TEST_CASE("what is wired is what contrib/exim has") {
    CHECK(exim_main_lines() == contrib("main"));
    CHECK(exim_router_lines() == contrib("routers"));
}

TEST_CASE("the split configuration gets files of its own") {
    const EximFiles before{{exim_template_file, bare}};
    const auto after = exim_enabled(before, true, "k3y");
    REQUIRE(after);
    CHECK(after->size() == 4);
    CHECK(after->at(exim_template_file) == bare);
    CHECK(after->at(exim_key_file) == "NEXTHOPD_KEY = k3y\n");
    CHECK(after->at(exim_main_file).find(exim_main_lines()) != std::string::npos);
    CHECK(after->at(exim_router_file).find(exim_router_lines()) != std::string::npos);
    CHECK(exim_disabled(*after).value() == before);
    auto edited = *after;
    edited[exim_router_file] += "other:\n  driver = accept\n";
    CHECK_FALSE(exim_disabled(edited));
}

TEST_CASE("the template gets lines before two of its parts") {
    const EximFiles before{{exim_template_file, bare}};
    const auto after = exim_enabled(before, false, "k3y");
    REQUIRE(after);
    CHECK(after->size() == 2);
    const auto& text = after->at(exim_template_file);
    const auto at = [&](std::string_view what) { return text.find(what); };
    CHECK(at("end main/01") < at("NEXTHOPD_QUESTION ="));
    CHECK(at("NEXTHOPD_QUESTION =") < at("### main/02"));
    CHECK(at("end router/150") < at("\nnexthopd_ask:"));
    CHECK(at("\nnexthopd_hosts:") < at("### router/200"));
    CHECK(text.find("k3y") == std::string::npos);
    CHECK(exim_disabled(*after).value() == before);
}

TEST_CASE("what is in the way of wiring is named") {
    CHECK(exim_enabled({}, false, "k").error().text.find("exim4.conf.template") != std::string::npos);
    CHECK(exim_enabled({{exim_template_file, "x\n"}}, false, "k")
              .error()
              .text.find("main/02_exim4-config_options") != std::string::npos);
    CHECK(
        exim_enabled({{exim_template_file, "x\nnexthopd_ask:\n"}}, true, "k").error().text.find("by hand") !=
        std::string::npos);
}
