// Lines that the authors of other log readers and of Exim's own tests collected, with the fields that they
// expect.
#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "catch.hpp"
#include "maillog/exim_line.hpp"
#include "maillog/exim_log.hpp"

using namespace nexthopd;
using maillog::EximOutcome;
using nlohmann::json;

namespace {

std::vector<json> read_corpus() {
    std::vector<json> out;
    std::ifstream file(NEXTHOPD_CORPORA "/corpora/exim-lines.jsonl");
    for (std::string line; std::getline(file, line);)
        out.push_back(json::parse(line));
    return out;
}

const char* text_of(EximOutcome::Flag flag) {
    constexpr const char* flags[] = {"=>", "->", "*>", ">>", "==", "**"};
    return flags[static_cast<int>(flag)];
}

/// What the reader found, by the names of the corpus.
json fields_of(const std::string& line) {
    json out = json::object();
    const auto frame = maillog::split_exim_line(line);
    if (!frame) return out;
    out["id"] = std::string(frame->id);
    const auto parsed = maillog::parse_exim_line(frame->body);
    if (const auto* arrival = std::get_if<maillog::EximArrival>(&parsed)) {
        out["flag"] = "<=";
        out["status"] = arrival->sender.empty() ? "bounce_arrival" : "arrival";
    }
    if (const auto* outcome = std::get_if<EximOutcome>(&parsed)) {
        out["flag"] = text_of(outcome->flag);
        if (outcome->flag == EximOutcome::Flag::further)
            out["status"] = "additional_address_in_same_delivery";
        out["address"] = std::string(outcome->address);
        out["R"] = std::string(outcome->router);
        out["T"] = std::string(outcome->transport);
        out["H"] = outcome->peer.host.empty()
                       ? fmt::format("[{}]", outcome->peer.address)
                       : fmt::format("{} [{}]", outcome->peer.host, outcome->peer.address);
        out["F"] = fmt::format("<{}>", outcome->sender);
        out["C"] = std::string(outcome->text);
    }
    return out;
}

}  // namespace

TEST_CASE("the fields of Exim's delivery lines that others collected", "[maillog]") {
    const auto corpus = read_corpus();
    if (corpus.empty()) {
        WARN("skipped: no corpora beside the checkout");
        return;
    }
    std::size_t compared = 0;
    std::size_t equal = 0;
    std::string misses;
    for (const auto& entry : corpus) {
        if (!entry["expect"].is_object()) continue;
        const auto line = entry["line"].get<std::string>();
        const auto found = fields_of(line);
        for (const auto& [key, value] : entry["expect"].items()) {
            // P= is the return path, errno and text are told apart below; "-N" is not a status of ours.
            if (key == "P" || key == "errno" || key == "text" || value == "delivery_suppressed_by_N")
                continue;
            ++compared;
            if (found.contains(key) && found[key] == value) {
                ++equal;
            } else {
                misses += fmt::format("{}\n    {} is {}, not {}\n", line, key,
                                      found.contains(key) ? found[key].dump() : "missing", value.dump());
            }
        }
    }
    INFO(equal << " of " << compared << "\n" << misses);
    CHECK(compared > 5'000);
    CHECK(static_cast<double>(equal) >= 0.99 * static_cast<double>(compared));
}

TEST_CASE("Exim's own tests deliver to loopback: no attempts", "[maillog]") {
    const auto now = *base::parse_ledger_time("2026-11-22 18:00:00");
    maillog::EximLog log({});
    std::vector<mail::Attempt> attempts;
    std::vector<maillog::QueueEvent> events;
    for (const auto& entry : read_corpus())
        if (entry["src"] == "exim-testsuite")
            log.line(entry["line"].get<std::string>(), now, attempts, events);
    for (const auto& row : attempts)
        UNSCOPED_INFO(row.server << " [" << row.address << "] " << row.recipient << " " << row.result);
    CHECK(attempts.empty());
}
