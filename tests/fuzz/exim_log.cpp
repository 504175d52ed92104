// Any bytes as a main log of Exim: no crash, no unbounded state, and no row that breaks the ledger's rules.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "mail/host_name.hpp"
#include "maillog/exim_log.hpp"

namespace {

using namespace nexthopd;

void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "broken: %s\n", what);
    std::abort();
}

bool is_clean(std::string_view text) {
    for (const char c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return false;
    return base::is_utf8(text);
}

bool is_message_id(std::string_view text) {
    for (const char c : text)
        if (!base::is_digit(c) && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && c != '-') return false;
    return text.size() == 16 || text.size() == 23;
}

void check(const mail::Attempt& row) {
    const auto first = mail::result_class(row);
    require(first == '2' || first == '4' || first == '5', "result begins with a class");
    require((first == '2') == (row.status == mail::Status::sent), "class and status agree");
    require(!row.code || *row.code / 100 == first - '0', "class and code agree");
    require(!row.dsn.empty() && (row.dsn[0] == '2') == (row.status == mail::Status::sent),
            "dsn and status agree");
    require(mail::host_name(row.server) == row.server || mail::ip_address(row.server).has_value(),
            "server is a name");
    const auto address = mail::ip_address(row.address);
    require(address && !address->is_loopback() && !address->is_unspecified(), "address is another host's");
    require(row.port != 0 && row.session != 0, "port and session");
    require(is_message_id(row.queue_id), "message id");
    require(is_clean(row.result) && is_clean(row.sender) && is_clean(row.recipient) && is_clean(row.domain),
            "clean text");
    require(row.result.size() <= 2100 && row.sender.size() <= 1100 && row.recipient.size() <= 1100,
            "bounded text");
    require(row.mta == mail::Mta::exim, "the MTA");
    require(!row.delay || *row.delay >= 0, "delay");
    require(row.counted || row.stage != mail::Stage::eod || row.status != mail::Status::sent,
            "what is sent counts");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto now = *base::parse_ledger_time("2026-11-22 18:00:00");
    maillog::EximLog log({});
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    std::size_t lines = 0;
    while (!rest.empty()) {
        const auto end = rest.find('\n');
        std::vector<mail::Attempt> attempts;
        std::vector<maillog::QueueEvent> events;
        log.line(rest.substr(0, end), now, attempts, events);
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
        ++lines;
        for (const auto& row : attempts)
            check(row);
        require(events.size() <= 1, "one event per line");
        for (const auto& event : events)
            if (const auto* outcome = std::get_if<maillog::RecipientOutcome>(&event))
                require(outcome->hold_id.empty() || outcome->hold_id.size() >= 5, "hold id");
        require(log.counters().lines == lines, "lines are counted");
        require(log.first_open_line() >= 1 && log.first_open_line() <= lines + 1, "open line");
    }
    return 0;
}
