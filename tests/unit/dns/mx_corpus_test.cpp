// MX semantics as others have tested theirs (mox, KumoMTA, PowerDNS), where nexthopd agrees with them.
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "base/text.hpp"
#include "catch.hpp"
#include "zone.hpp"

using namespace nexthopd;
using namespace nexthopd::dns;
using namespace nexthopd::dns::test;
using State = mail::MxSet::State;

namespace {

std::string absolute(std::string name, const std::string& origin) {
    if (name == "@") return origin;
    if (name == ".") return name;
    if (name.back() != '.') return name + "." + origin;
    name.pop_back();
    return base::lower(name);
}

/// Lines of "OWNER TTL [IN] TYPE DATA...", with $ORIGIN. Words after the data are remarks.
Zone parse_zone(const std::string& text) {
    Zone zone;
    std::string origin;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string owner;
        std::string word;
        int ttl = 0;
        words >> owner;
        if (owner == "$ORIGIN") {
            words >> origin;
            origin = absolute(origin, "");
            continue;
        }
        words >> ttl >> word;
        if (word == "IN") words >> word;
        owner = absolute(owner, origin);
        std::uint16_t preference = 0;
        std::string data;
        if (word == "MX") words >> preference;
        words >> data;
        REQUIRE_FALSE(data.empty());
        if (word == "MX") {
            zone.mx(owner, preference, absolute(data, origin), ttl);
        } else {
            REQUIRE(word == "A");
            zone.address(owner, data, ttl);
        }
    }
    return zone;
}

Zone parse_zone(const nlohmann::json& json) {
    Zone zone;
    const auto name = [](const std::string& text) { return absolute(text, ""); };
    for (const auto& [owner, records] : json["MX"].items()) {
        for (const auto& record : records)
            zone.mx(name(owner), record[0].get<std::uint16_t>(), name(record[1]));
    }
    for (const auto* type : {"A", "AAAA"}) {
        for (const auto& [owner, records] : json[type].items()) {
            for (const auto& record : records)
                zone.address(name(owner), record);
        }
    }
    for (const auto& [owner, target] : json["CNAME"].items())
        zone.cname(name(owner), name(target));
    for (const std::string entry : json["SERVFAIL"]) {
        const auto blank = entry.find(' ');
        // There a question for a CNAME fails; here every question meets it.
        for (const auto type : {Type::mx, Type::a, Type::aaaa})
            zone.servfail(name(entry.substr(0, blank)), type);
    }
    return zone;
}

State wanted_state(const nlohmann::json& row) {
    const std::string domain = row["domain"];
    // nexthopd tells what does not exist instead of leaving that to the address lookup.
    if (domain == "absent.example" || domain == "danglingcname.example") return State::no_domain;
    if (row.contains("hosts") && row["hosts"] == nlohmann::json::parse(R"([[0, "."]])"))
        return State::null_mx;
    if (!row.contains("error") || row["error"].is_null()) return State::hosts;
    const std::string error = row["error"];
    if (error.find("null MX") != std::string::npos) return State::null_mx;
    if (error.find("cname") != std::string::npos) return State::loop;
    if (error == "NXDOMAIN") return State::no_domain;
    return State::failed;
}

}  // namespace

TEST_CASE("MX semantics: cases of other projects") {
    std::ifstream file(std::string(NEXTHOPD_CORPORA) + "/corpora/mx-semantics.jsonl");
    if (!file) {
        WARN("skipped: no corpora/mx-semantics.jsonl");
        return;
    }
    std::string line;
    std::getline(file, line);
    const auto shared_zone = parse_zone(nlohmann::json::parse(line)["zone"]);
    int agreed = 0;
    while (std::getline(file, line)) {
        const auto row = nlohmann::json::parse(line);
        const std::string domain = row["domain"];
        INFO(domain);
        const auto zone =
            row.contains("zone_text") ? parse_zone(row["zone_text"].get<std::string>()) : shared_zone;
        const auto set = zone.look_up(domain).set;
        CHECK(set.state == wanted_state(row));
        bool same = set.state == wanted_state(row);
        if (same && set.state == State::hosts) {
            auto hosts = nlohmann::json::array();
            for (const auto& host : set.hosts)
                hosts.push_back({set.implicit ? -1 : static_cast<int>(host.preference), host.name});
            CHECK(hosts == row["hosts"]);
            same = hosts == row["hosts"];
        } else if (same) {
            CHECK(set.hosts.empty());
        }
        agreed += same ? 1 : 0;
    }
    CHECK(agreed == 21);
}
