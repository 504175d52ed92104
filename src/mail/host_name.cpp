#include "mail/host_name.hpp"

#include <idn2.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/text.hpp"

namespace nexthopd::mail {

namespace {

constexpr auto label_characters = [] {
    std::array<bool, 256> out{};
    for (const char c : std::string_view("abcdefghijklmnopqrstuvwxyz0123456789-_"))
        out[static_cast<unsigned char>(c)] = true;
    return out;
}();

bool is_label(std::string_view text) {
    return !text.empty() && text.size() <= 63 && text.front() != '-' && text.back() != '-';
}

}  // namespace

bool is_host_name(std::string_view text) {
    if (text.size() > max_name) return false;
    std::size_t label = 0;  // where it begins
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '.') {
            if (!is_label(text.substr(label, i - label))) return false;
            label = i + 1;
        } else if (!label_characters[static_cast<unsigned char>(text[i])]) {
            return false;
        }
    }
    return is_label(text.substr(label));
}

std::optional<std::string> host_name(std::string_view text) {
    if (!text.empty() && text.back() == '.') text.remove_suffix(1);
    if (text.size() > max_name) return std::nullopt;
    auto out = base::lower(text);
    if (!is_host_name(out)) return std::nullopt;
    return out;
}

base::Result<std::string> domain_name(std::string_view text) {
    const bool ascii = std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (ascii) {
        if (auto name = host_name(text)) return *std::move(name);
        return base::fail("\"{}\" is not a domain name", base::printable(text));
    }
    // A name of 253 characters has at most 1 012 bytes of UTF-8; more is not worth converting.
    if (text.size() > 4 * max_name || !base::is_utf8(text) || text.find('\0') != std::string_view::npos)
        return base::fail("\"{}\" is not a domain name", base::printable(text, 200));
    char* converted = nullptr;
    const std::string zero_terminated(text);
    const int status = idn2_to_ascii_8z(zero_terminated.c_str(), &converted, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
    const std::unique_ptr<char, void (*)(void*)> owner(converted, idn2_free);
    if (status != IDN2_OK)
        return base::fail("\"{}\" has no A-label form: {}", base::printable(text), idn2_strerror(status));
    if (auto name = host_name(converted)) return *std::move(name);
    return base::fail("\"{}\" is not a domain name", base::printable(text));
}

std::optional<IpAddress> ip_address(std::string_view text) {
    if (text.empty() || text.size() > 45) return std::nullopt;
    // Most texts are names, and the parsers for addresses are slow: an IPv4 address ends with a digit.
    if (!base::is_digit(text.back()) && text.find(':') == std::string_view::npos) return std::nullopt;
    // A scope ("fe80::1%eth0") names an interface of this machine and has no place in mail.
    // The parser below ends at a zero byte, and would take what stands before it.
    if (text.find_first_of(std::string_view("%\0", 2)) != std::string_view::npos) return std::nullopt;
    boost::system::error_code error;
    auto address = boost::asio::ip::make_address(std::string(text), error);
    if (error) return std::nullopt;
    return address;
}

}  // namespace nexthopd::mail
