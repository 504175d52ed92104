#include "mta/postqueue.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/child.hpp"
#include "base/text.hpp"
#include "mail/recipient.hpp"

namespace nexthopd::mta {

namespace {

constexpr std::chrono::seconds postqueue_limit{60};  // 64 000 messages take about 2 s

std::string text_of(const nlohmann::json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::int64_t number_of(const nlohmann::json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

}  // namespace

bool is_queue_id(std::string_view text) {
    return text.size() >= 6 && text.size() <= 32 && text.front() != '-' &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return base::is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
           });
}

std::string_view hold_id_of(std::string_view text) {
    constexpr std::string_view form = "delayed by local policy until 00:00 UTC (nexthopd ";  // 0: any digit
    constexpr std::string_view crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    constexpr std::size_t shortest = 5;
    constexpr std::size_t longest = 26;
    if (text.size() < form.size() + shortest + 1 || text.size() > form.size() + longest + 1 || text.back() != ')') return {};
    const bool formed = std::equal(form.begin(), form.end(), text.begin(), [](char wanted, char found) {
        return wanted == '0' ? base::is_digit(found) : wanted == found;
    });
    const auto id = text.substr(form.size(), text.size() - form.size() - 1);
    return formed && id.find_first_not_of(crockford) == std::string_view::npos ? id : std::string_view();
}

std::vector<QueuedMessage> parse_postqueue(std::string_view text) {
    std::vector<QueuedMessage> out;
    for (const auto line : base::split(text, '\n')) {
        const auto object = nlohmann::json::parse(line, nullptr, false);
        if (!object.is_object()) continue;
        QueuedMessage message;
        message.queue_id = text_of(object, "queue_id");
        if (!is_queue_id(message.queue_id)) continue;
        message.arrived = base::from_unix_seconds(number_of(object, "arrival_time"));
        message.size = static_cast<std::uint64_t>(std::max<std::int64_t>(0, number_of(object, "message_size")));
        message.sender = text_of(object, "sender");
        if (message.sender == "MAILER-DAEMON") message.sender.clear();
        const auto recipients = object.find("recipients");
        if (recipients != object.end() && recipients->is_array()) {
            for (const auto& recipient : *recipients) {
                if (!recipient.is_object()) continue;
                QueuedRecipient entry;
                entry.address = mail::parse_recipient(text_of(recipient, "address")).address;
                entry.delay_reason = text_of(recipient, "delay_reason");
                entry.hold_id = hold_id_of(entry.delay_reason);
                message.recipients.push_back(std::move(entry));
            }
        }
        out.push_back(std::move(message));
    }
    return out;
}

base::Result<std::vector<QueuedMessage>> ask_postqueue(const std::string& config_directory) {
    const auto result = base::run_child({"/usr/sbin/postqueue", "-c", config_directory, "-j"}, postqueue_limit);
    if (!result) return tl::unexpected(result.error());
    if (result->status != 0)
        return base::fail("postqueue -c {} -j ended with status {}: {}", config_directory, result->status,
                          base::printable(base::trim(result->errors), 300));
    return parse_postqueue(result->output);
}

}  // namespace nexthopd::mta
