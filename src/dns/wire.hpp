// DNS packets (RFC 1035 §4): a query as bytes, an answer as plain values. The only file that knows ldns.
//
// An answer comes from a stranger: parsing costs bounded time and memory whatever the bytes are, and no
// name leaves here as raw bytes. Owner names and targets are presentation text in lower case.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "mail/host_name.hpp"

namespace nexthopd::dns {

/// RFC 1035 §4.2.2: the length field of TCP has two bytes.
constexpr std::size_t max_packet = 65535;
/// What fits one Ethernet frame of IPv6 without fragments (DNS flag day 2020).
constexpr std::uint16_t udp_payload = 1232;
/// Records read of one packet. 50 hosts (MxSet::max_hosts) with an IPv4 and an IPv6 address each are 150.
constexpr std::size_t max_records = 256;

/// The record types that are asked for or kept, by their IANA numbers.
enum class Type : std::uint16_t { a = 1, cname = 5, soa = 6, mx = 15, txt = 16, aaaa = 28 };

/// Response codes with a meaning here; other values occur (RFC 6895 §2.3).
enum class Rcode : std::uint16_t { noerror = 0, formerr = 1, servfail = 2, nxdomain = 3, notimp = 4 };

/// A name of a packet without its final dot. Bytes other than printable ASCII, and dots and backslashes
/// inside a label, are written \DDD (RFC 1035 §5.1), so `text` is always safe to show.
struct Name {
    std::string text;    // "." for the root
    bool valid = false;  // mail::host_name() takes it
    bool root() const { return text == "."; }
};

struct Question {
    std::string name;  // a mail::host_name(): lower case
    Type type = Type::mx;
    friend bool operator==(const Question&, const Question&) = default;
};

struct MxRecord {
    Name owner;
    std::chrono::seconds ttl{};
    std::uint16_t preference = 0;
    Name exchange;
};
struct CnameRecord {
    Name owner;
    std::chrono::seconds ttl{};
    Name target;
};
struct AddressRecord {
    Name owner;
    std::chrono::seconds ttl{};
    mail::IpAddress address;
};

struct TextRecord {
    Name owner;
    std::chrono::seconds ttl{};
    std::string text;  // its character-strings, joined: any bytes
};

struct Answer {
    std::uint16_t id = 0;
    Rcode rcode = Rcode::servfail;  // with the upper bits of EDNS
    bool truncated = false;         // then no records were read
    bool authentic = false;         // AD: the server has validated the answer (RFC 4035 §3.2.3)
    bool authoritative = false;
    bool recursive = false;            // RA: the server looks names up for us
    std::optional<Question> question;  // none: the packet has no question of class IN for a host name
    bool empty = true;                 // no question at all, as some servers answer what they cannot parse
    std::vector<MxRecord> mx;          // mx, cnames: of the answer section
    std::vector<CnameRecord> cnames;
    std::vector<AddressRecord> addresses;   // of the answer section
    std::vector<TextRecord> texts;          // likewise
    std::vector<AddressRecord> additional;  // of the additional section
    /// How long "no such record" may be remembered: min(TTL, MINIMUM) of the SOA in the authority section
    /// (RFC 2308 §5). None: no SOA.
    std::optional<std::chrono::seconds> negative_ttl;
};

/// A query with RD set, and AD to ask for the AD bit in the answer (RFC 6840 §5.7). With EDNS, udp_payload
/// is offered. An error: question.name is not a host name.
base::Result<std::vector<std::uint8_t>> encode_query(const Question& question, std::uint16_t id, bool edns);

/// An error for what is not a well-formed response. Records after the max_records-th of the additional
/// section are left out; as many in the sections before are an error, because half an MX set misleads.
base::Result<Answer> parse_answer(std::span<const std::uint8_t> packet);

}  // namespace nexthopd::dns
