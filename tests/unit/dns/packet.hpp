// Packets for tests, written byte by byte so that ldns is not judged by itself. Names are not compressed.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "dns/wire.hpp"

namespace nexthopd::dns::test {

using Bytes = std::vector<std::uint8_t>;

inline void put16(Bytes& to, unsigned value) {
    to.push_back(static_cast<std::uint8_t>(value >> 8U));
    to.push_back(static_cast<std::uint8_t>(value & 0xFFU));
}
inline void put32(Bytes& to, std::uint32_t value) {
    put16(to, value >> 16U);
    put16(to, value & 0xFFFFU);
}
/// "a.b" -> 1 a 1 b 0; labels are taken as they are. "" or "." is the root.
inline Bytes wire_name(std::string_view name) {
    Bytes out;
    if (!name.empty() && name != ".") {
        for (const auto label : base::split(name, '.')) {
            out.push_back(static_cast<std::uint8_t>(label.size()));
            out.insert(out.end(), label.begin(), label.end());
        }
    }
    out.push_back(0);
    return out;
}

inline Bytes mx_data(unsigned preference, std::string_view exchange) {
    Bytes out;
    put16(out, preference);
    const auto name = wire_name(exchange);
    out.insert(out.end(), name.begin(), name.end());
    return out;
}
inline Bytes soa_data(std::uint32_t minimum) {
    Bytes out = wire_name("ns.example");
    const auto mail = wire_name("hostmaster.example");
    out.insert(out.end(), mail.begin(), mail.end());
    for (const std::uint32_t value : {1U, 3600U, 600U, 86400U, minimum})
        put32(out, value);
    return out;
}
inline Bytes address_data(const std::string& text) {
    const auto address = boost::asio::ip::make_address(text);
    if (address.is_v4()) {
        const auto bytes = address.to_v4().to_bytes();
        return {bytes.begin(), bytes.end()};
    }
    const auto bytes = address.to_v6().to_bytes();
    return {bytes.begin(), bytes.end()};
}

constexpr unsigned response = 0x8180;  // QR, RD, RA
constexpr unsigned tc_bit = 0x0200;
constexpr unsigned ad_bit = 0x0020;
constexpr unsigned aa_bit = 0x0400;
constexpr unsigned ra_bit = 0x0080;
enum Section : std::size_t { question = 0, answer = 1, authority = 2, additional = 3 };

class Packet {
  public:
    explicit Packet(unsigned id = 0, unsigned flags = response) : id_(id), flags_(flags) {}

    Packet& ask(std::string_view name, Type type, unsigned klass = 1) {
        ++counts_[question];
        append(wire_name(name));
        put16(body_, static_cast<unsigned>(type));
        put16(body_, klass);
        return *this;
    }
    Packet& add(Section section, std::string_view owner, unsigned type, std::uint32_t ttl, const Bytes& data,
                unsigned klass = 1) {
        ++counts_[section];
        append(wire_name(owner));
        put16(body_, type);
        put16(body_, klass);
        put32(body_, ttl);
        put16(body_, static_cast<unsigned>(data.size()));
        append(data);
        return *this;
    }
    Packet& mx(std::string_view owner, unsigned preference, std::string_view exchange,
               std::uint32_t ttl = 3600) {
        return add(answer, owner, 15, ttl, mx_data(preference, exchange));
    }
    Packet& cname(std::string_view owner, std::string_view target, std::uint32_t ttl = 3600) {
        return add(answer, owner, 5, ttl, wire_name(target));
    }
    Packet& address(Section section, std::string_view owner, const std::string& text,
                    std::uint32_t ttl = 3600) {
        return add(section, owner, text.find(':') == std::string::npos ? 1 : 28, ttl, address_data(text));
    }
    Packet& soa(std::string_view owner, std::uint32_t ttl, std::uint32_t minimum) {
        return add(authority, owner, 6, ttl, soa_data(minimum));
    }
    /// A count in the header that is not true.
    Packet& claim(Section section, unsigned count) {
        counts_[section] = count;
        return *this;
    }

    Bytes bytes() const {
        Bytes out;
        put16(out, id_);
        put16(out, flags_);
        for (const auto count : counts_)
            put16(out, count);
        out.insert(out.end(), body_.begin(), body_.end());
        return out;
    }

  private:
    void append(const Bytes& bytes) { body_.insert(body_.end(), bytes.begin(), bytes.end()); }

    unsigned id_;
    unsigned flags_;
    unsigned counts_[4] = {0, 0, 0, 0};
    Bytes body_;
};

}  // namespace nexthopd::dns::test
