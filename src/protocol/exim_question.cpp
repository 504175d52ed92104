#include "protocol/exim_question.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "mail/exim_route.hpp"
#include "mail/queue_id.hpp"
#include "protocol/socketmap.hpp"

namespace nexthopd::protocol {

namespace {

constexpr int no_digit = -1;

constexpr std::array<int, 256> digit_values() {
    std::array<int, 256> out{};
    out.fill(no_digit);
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (std::size_t i = 0; i < digits.size(); ++i)
        out[static_cast<unsigned char>(digits[i])] = static_cast<int>(i);
    return out;
}

/// RFC 4648 with padding, in one piece, as ${base64:...} writes it.
std::optional<std::string> from_base64(std::string_view text) {
    static constexpr auto values = digit_values();
    if (text.size() % 4 != 0) return std::nullopt;
    std::size_t padding = 0;
    while (padding < 2 && !text.empty() && text.back() == '=') {
        text.remove_suffix(1);
        ++padding;
    }
    std::string out;
    std::uint32_t bits = 0;
    std::size_t count = 0;
    for (const char c : text) {
        const int value = values[static_cast<unsigned char>(c)];
        if (value == no_digit) return std::nullopt;
        bits = bits << 6U | static_cast<std::uint32_t>(value);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        out.push_back(static_cast<char>(bits >> count & 0xFFU));
    }
    return out;
}

bool is_connection_name(std::string_view text) {
    return text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
               return base::is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
                      c == '_';
           });
}

struct Fields {
    EximQuestion question;
    std::string local;
    std::string domain;

    /// False: the value is none. Fields that are not known are of other versions.
    bool take(std::string_view name, std::string_view value) {
        std::string decoded;
        if (name.ends_with(':')) {
            auto text = from_base64(value);
            if (!text) return false;
            decoded = *std::move(text);
        }
        if (name == "k") question.key = value;
        if (name == "d:") domain = std::move(decoded);
        if (name == "l:") local = std::move(decoded);
        if (name == "s:") question.sender = std::move(decoded);
        if (name == "id") question.id = value;
        // -1, or nothing, where Exim does not know.
        if (name == "size") question.size = base::parse_number(value).value_or(0);
        if (name == "rcv")
            question.arrived = base::from_unix_seconds(
                static_cast<std::int64_t>(base::parse_number(value, INT32_MAX).value_or(0)));
        if (name == "v" && !value.empty()) verification = true;
        if (name == "relay") question.relay = value == "1";
        if (name == "c") question.connection = value;
        return true;
    }

    bool verification = false;
};

/// What neither a redirect router nor the second expansion of a host list takes for anything but text.
bool is_plain(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return base::is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               std::string_view(" -._:/[]()").find(c) != std::string_view::npos;
    });
}

}  // namespace

std::optional<EximQuestion> read_exim_question(std::string_view line) {
    if (line.size() > max_exim_question) return std::nullopt;
    const auto words = base::split(line, '\t');
    if (words.front() != "ROUTE") return std::nullopt;
    Fields fields;
    for (auto word = words.begin() + 1; word != words.end(); ++word) {
        const auto equals = word->find('=');
        if (equals == std::string_view::npos ||
            !fields.take(word->substr(0, equals), word->substr(equals + 1)))
            return std::nullopt;
    }
    auto& question = fields.question;
    if (fields.local.empty() || fields.domain.empty()) return std::nullopt;
    if (!question.id.empty() && !mail::is_exim_id(question.id)) return std::nullopt;
    if (!is_connection_name(question.connection)) return std::nullopt;
    if (fields.verification) question.id.clear();
    question.recipient = fields.local + '@' + fields.domain;
    return std::move(question);
}

std::string exim_answer(const decide::Verdict& verdict, std::string_view domain) {
    struct Writer {
        std::string_view domain;
        std::string operator()(const decide::LeaveAlone&) const { return {}; }
        std::string operator()(const decide::Route& route) const {
            const auto text = mail::exim_route(route.map, domain);
            return text ? "route " + *text : std::string();
        }
        // A hold without an id was not made: nothing would ever release the mail.
        std::string operator()(const decide::HoldFor&) const { return {}; }
        std::string operator()(const decide::Held& hold) const {
            return "hold 4.7.0 " + hold_text(hold.id, hold.until);
        }
        std::string operator()(const decide::Fail&) const {
            return "fail 5.4.4 the destination has no mail server (local policy)";
        }
    };
    auto out = std::visit(Writer{domain}, verdict);
    return is_plain(out) ? out : std::string();
}

}  // namespace nexthopd::protocol
