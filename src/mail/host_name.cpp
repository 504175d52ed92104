#include "mail/host_name.hpp"

#include <idn2.h>

#include <algorithm>
#include <memory>

#include "base/text.hpp"

namespace nexthopd::mail {

std::optional<std::string> host_name(std::string_view text) {
    if (!text.empty() && text.back() == '.') text.remove_suffix(1);
    if (text.empty() || text.size() > max_name) return std::nullopt;
    std::string out;
    out.reserve(text.size());
    std::size_t label = 0;
    for (const char raw : text) {
        const char c = base::ascii_lower(raw);
        if (c == '.') {
            if (label == 0 || out.back() == '-') return std::nullopt;
            label = 0;
        } else {
            const bool allowed = (c >= 'a' && c <= 'z') || base::is_digit(c) || c == '-' || c == '_';
            if (!allowed || (c == '-' && label == 0) || ++label > 63) return std::nullopt;
        }
        out.push_back(c);
    }
    if (label == 0 || out.back() == '-') return std::nullopt;
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
