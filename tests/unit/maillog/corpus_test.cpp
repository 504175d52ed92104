// Lines that the authors of other log readers collected, with the fields that they expect.
#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "catch.hpp"
#include "maillog/postfix_log.hpp"
#include "maillog/syslog_line.hpp"

using namespace nexthopd;
using nlohmann::json;

namespace {

std::vector<json> read_corpus() {
    std::vector<json> out;
    std::ifstream file(NEXTHOPD_CORPORA "/corpora/postfix-lines.jsonl");
    for (std::string line; std::getline(file, line);)
        out.push_back(json::parse(line));
    return out;
}

std::string text(const json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// What the reader found, by the names of the corpus.
json fields_of(const maillog::PostfixLine& line) {
    json out = json::object();
    if (const auto* o = std::get_if<maillog::Outcome>(&line)) {
        out["queue_id"] = std::string(o->queue_id);
        out["to"] = std::string(o->to);
        const auto at = o->to.rfind('@');
        auto local = o->to.substr(0, at);
        if (local.size() > 1 && local.front() == '"') local = local.substr(1, local.size() - 2);
        out["to_local"] = std::string(local);
        out["to_domain"] = std::string(o->to.substr(at + 1));
        out["orig_to"] = std::string(o->orig_to);
        const auto orig_at = o->orig_to.rfind('@');
        out["orig_to_local"] = std::string(o->orig_to.substr(0, orig_at));
        if (orig_at != std::string_view::npos)
            out["orig_to_domain"] = std::string(o->orig_to.substr(orig_at + 1));
        out["relay"] = std::string(o->relay);
        const auto bracket = o->relay.find('[');
        out["relay_host"] = std::string(o->relay.substr(0, bracket));
        out["relay_ip"] = std::string(o->peer.address);
        out["relay_port"] = fmt::to_string(o->peer.port);
        out["delay"] = o->delay ? fmt::format("{}", *o->delay) : "";
        out["delays"] = std::string(o->delays);
        out["dsn"] = std::string(o->dsn);
        out["status"] = std::string(o->status);
        out["response"] = std::string(o->text);
        out["extra"] = "(" + std::string(o->text) + ")";
    } else if (const auto* e = std::get_if<maillog::Expired>(&line)) {
        out["queue_id"] = std::string(e->queue_id);
        out["status"] = "expired";
    } else if (const auto* a = std::get_if<maillog::QueueActive>(&line)) {
        out["queue_id"] = std::string(a->queue_id);
        out["from"] = std::string(a->sender);
        out["size"] = fmt::to_string(a->size);
        out["nrcpt"] = fmt::to_string(a->nrcpt);
    }
    return out;
}

}  // namespace

TEST_CASE("the fields of outcome lines that others collected", "[maillog]") {
    const auto corpus = read_corpus();
    if (corpus.empty()) {
        WARN("skipped: no corpora beside the checkout");
        return;
    }
    std::size_t compared = 0;
    std::size_t equal = 0;
    for (const auto& entry : corpus) {
        if (entry["tier"] != "outcome") continue;
        const auto line = text(entry, "line");
        auto body = text(entry, "body");
        auto program = text(entry, "program");
        json found = json::object();
        if (!line.empty()) {
            const auto fields = maillog::split_syslog_line(line);
            REQUIRE(fields);
            body = fields->body;
            program = fields->program;
            found["host"] = std::string(fields->host);
            found["process"] = program.substr(0, program.find_first_of("/-"));
            found["daemon"] = program.substr(program.rfind('/') + 1);
            found["pid"] = fmt::to_string(fields->pid);
        }
        found.update(fields_of(maillog::parse_postfix_line(maillog::service_of(program), body)));
        for (const auto& [key, value] : entry["expect"].items()) {
            ++compared;
            const auto got = text(found, key.c_str());
            const auto want = value.get<std::string>();
            if (got == want || (key == "delay" && std::stod(got.empty() ? "-1" : got) == std::stod(want))) {
                ++equal;
            } else {
                UNSCOPED_INFO(text(entry, "id")
                              << ": " << key << " is \"" << got << "\", not \"" << want << "\"");
            }
        }
    }
    CHECK(compared > 150);
    CHECK(static_cast<double>(equal) >= 0.98 * static_cast<double>(compared));
    UNSCOPED_INFO(equal << " of " << compared);
    CHECK(equal == compared);
}

TEST_CASE("lines of other programs that others collected are no attempts", "[maillog]") {
    std::size_t lines = 0;
    const auto now = *base::parse_ledger_time("2026-11-22 18:00:00");
    for (const auto& entry : read_corpus()) {
        const auto tier = text(entry, "tier");
        if (tier != "negative" && tier != "other") continue;
        maillog::PostfixLog log({});
        std::vector<mail::Attempt> attempts;
        std::vector<maillog::QueueEvent> events;
        auto line = text(entry, "line");
        if (line.empty())
            line = fmt::format("Nov 22 16:00:00 mta {}[1]: {}", text(entry, "program"), text(entry, "body"));
        log.line(line, now, attempts, events);
        INFO(line);
        CHECK(attempts.empty());
        ++lines;
    }
    if (lines == 0) WARN("skipped: no corpora beside the checkout");
}
