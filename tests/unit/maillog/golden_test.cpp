// tests/golden/maillog/NAME.in is a log (exim*: of Exim), NAME.out what is to be read from it. The log's
// comment lines show in the output, so that both can be read side by side. After a change that is meant, run
// with NEXTHOPD_GOLDEN=write and read the difference.
#include <fmt/format.h>
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "catch.hpp"
#include "maillog/exim_log.hpp"
#include "maillog/postfix_log.hpp"

using namespace nexthopd;

namespace {

class Report {
  public:
    std::string text;

    void add(const mail::Attempt& row) {
        const auto session = sessions_.try_emplace(row.session, sessions_.size() + 1).first->second;
        text += fmt::format("{} {} <{}> -> <{}> ({}) {}[{}]:{} {} {} {} {} s{}{}{}{}{}{}{}\n    {}\n",
                            base::ledger_time(row.time).substr(11), row.queue_id, row.sender, row.recipient,
                            row.domain, row.server, row.address, row.port, mail::to_text(row.stage),
                            mail::to_text(row.status), row.code ? fmt::to_string(*row.code) : "-", row.dsn,
                            session, row.counted ? "" : " uncounted", row.tls ? " tls" : "",
                            row.mode == mail::Mode::probe ? " probe" : "",
                            row.delay ? fmt::format(" delay={}", *row.delay) : "",
                            row.size ? fmt::format(" size={}", *row.size) : "",
                            row.retries ? fmt::format(" retries={}", *row.retries) : "", row.result);
    }
    void add(const maillog::MessageActive& event) {
        text += fmt::format("* {} active <{}> size={} nrcpt={}\n", event.queue_id, event.sender, event.size,
                            event.nrcpt);
    }
    void add(const maillog::RecipientOutcome& event) {
        constexpr const char* words[] = {"sent",        "deferred",      "bounced", "expired",
                                         "deliverable", "undeliverable", "other"};
        text += fmt::format("* {} <{}>{} {}{}{}\n", event.queue_id, event.recipient,
                            event.orig_to.empty() ? "" : " for <" + event.orig_to + ">",
                            words[static_cast<int>(event.status)], event.attempted ? "" : ", nothing tried",
                            event.hold_id.empty() ? "" : ", hold " + event.hold_id);
    }
    void add(const maillog::MessageGone& event) { text += fmt::format("* {} gone\n", event.queue_id); }
    void add(const maillog::LinesLost& event) { text += fmt::format("* lines lost: {}\n", event.why); }

  private:
    std::map<std::uint64_t, std::size_t> sessions_;
};

template <class Log>
std::string report_of(const std::filesystem::path& path, typename Log::Options options) {
    options.deliveries.own_addresses = {*mail::ip_address("198.51.100.7")};
    options.deliveries.own_hosts = {"mta.example"};
    Log log(std::move(options));
    const auto now = *base::parse_ledger_time("2026-11-22 18:00:00");
    Report report;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with('#')) {
            report.text += line + '\n';
            continue;
        }
        std::vector<mail::Attempt> attempts;
        std::vector<maillog::QueueEvent> events;
        log.line(line, now, attempts, events);
        for (const auto& row : attempts)
            report.add(row);
        for (const auto& event : events)
            std::visit([&](const auto& one) { report.add(one); }, event);
    }
    const auto counters = log.counters();
    report.text += fmt::format("# malformed {}, bad server {}, unjoined {}\n", counters.malformed,
                               counters.deliveries.bad_server, counters.deliveries.unjoined);
    return report.text;
}

std::string report_of(const std::filesystem::path& path) {
    if (path.filename().string().starts_with("exim")) {
        maillog::EximLog::Options options;
        options.deliveries.instance = "exim";
        options.deliveries.relay_routers = {"smarthost"};
        return report_of<maillog::EximLog>(path, std::move(options));
    }
    maillog::PostfixLog::Options options;
    options.deliveries.instance = "postfix";
    options.deliveries.relay_hosts = {"relay.example.net"};
    return report_of<maillog::PostfixLog>(path, std::move(options));
}

std::string read(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("logs and what is read from them", "[maillog]") {
    const char* mode = std::getenv("NEXTHOPD_GOLDEN");
    const bool write = mode != nullptr && std::string(mode) == "write";
    std::vector<std::filesystem::path> logs;
    for (const auto& entry : std::filesystem::directory_iterator(NEXTHOPD_SOURCE "/tests/golden/maillog"))
        if (entry.path().extension() == ".in") logs.push_back(entry.path());
    std::sort(logs.begin(), logs.end());
    REQUIRE(logs.size() >= 13);
    for (auto path : logs) {
        const auto got = report_of(path);
        INFO(path.filename().string());
        path.replace_extension(".out");
        if (write) std::ofstream(path) << got;
        CHECK(got == read(path));
    }
}
