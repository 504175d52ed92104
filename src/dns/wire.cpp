#include "dns/wire.hpp"

#include <ldns/ldns.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "base/text.hpp"

namespace nexthopd::dns {

namespace {

struct Free {
    void operator()(ldns_rr* rr) const { ldns_rr_free(rr); }
    void operator()(ldns_pkt* packet) const { ldns_pkt_free(packet); }
    void operator()(std::uint8_t* bytes) const { std::free(bytes); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

/// ldns hands names out uncompressed in wire form: length, label, ..., 0.
Name to_name(const ldns_rdf* rdf) {
    const std::span<const std::uint8_t> wire(ldns_rdf_data(rdf), ldns_rdf_size(rdf));
    Name name;
    name.text.reserve(wire.size());
    std::size_t at = 0;
    while (at < wire.size() && wire[at] != 0) {
        const std::size_t end = std::min<std::size_t>(wire.size(), at + 1 + wire[at]);
        if (!name.text.empty()) name.text.push_back('.');
        for (++at; at < end; ++at) {
            const auto byte = wire[at];
            if (byte <= 0x20 || byte >= 0x7F || byte == '.' || byte == '\\')
                name.text += fmt::format("\\{:03}", byte);
            else
                name.text.push_back(base::ascii_lower(static_cast<char>(byte)));
        }
    }
    if (name.text.empty()) name.text = ".";
    name.valid = mail::host_name(name.text).has_value();
    return name;
}

/// RFC 2181 §8: a TTL with the top bit set is zero.
std::chrono::seconds to_ttl(std::uint32_t ttl) {
    return std::chrono::seconds(ttl > 0x7FFFFFFFU ? 0 : ttl);
}

/// The rdata field `index` when the record has it and it has the wanted form.
const ldns_rdf* field(const ldns_rr* rr, std::size_t index, ldns_rdf_type type, std::size_t min_size) {
    if (index >= ldns_rr_rd_count(rr)) return nullptr;
    const ldns_rdf* rdf = ldns_rr_rdf(rr, index);
    const bool usable = rdf != nullptr && ldns_rdf_get_type(rdf) == type && ldns_rdf_size(rdf) >= min_size;
    return usable ? rdf : nullptr;
}

std::optional<mail::IpAddress> to_address(const ldns_rr* rr, Type type) {
    if (type == Type::a) {
        boost::asio::ip::address_v4::bytes_type bytes;
        const auto* rdf = field(rr, 0, LDNS_RDF_TYPE_A, bytes.size());
        if (rdf == nullptr) return std::nullopt;
        std::copy_n(ldns_rdf_data(rdf), bytes.size(), bytes.begin());
        return boost::asio::ip::address_v4(bytes);
    }
    boost::asio::ip::address_v6::bytes_type bytes;
    const auto* rdf = field(rr, 0, LDNS_RDF_TYPE_AAAA, bytes.size());
    if (rdf == nullptr) return std::nullopt;
    std::copy_n(ldns_rdf_data(rdf), bytes.size(), bytes.begin());
    return boost::asio::ip::address_v6(bytes);
}

/// Each field of a TXT record is a length and so many bytes.
std::string to_text(const ldns_rr* rr) {
    std::string out;
    for (std::size_t i = 0; i < ldns_rr_rd_count(rr); ++i) {
        const auto* const part = field(rr, i, LDNS_RDF_TYPE_STR, 1);
        if (part == nullptr) continue;
        const std::span<const std::uint8_t> bytes(ldns_rdf_data(part), ldns_rdf_size(part));
        out.append(bytes.begin() + 1, bytes.end());
    }
    return out;
}

void keep_answer(Answer& answer, const ldns_rr* rr) {
    const auto type = static_cast<Type>(ldns_rr_get_type(rr));
    const auto ttl = to_ttl(ldns_rr_ttl(rr));
    const auto owner = [rr] { return to_name(ldns_rr_owner(rr)); };
    if (type == Type::mx) {
        const auto* preference = field(rr, 0, LDNS_RDF_TYPE_INT16, 2);
        const auto* exchange = field(rr, 1, LDNS_RDF_TYPE_DNAME, 1);
        if (preference == nullptr || exchange == nullptr) return;
        answer.mx.push_back({owner(), ttl, ldns_rdf2native_int16(preference), to_name(exchange)});
    } else if (type == Type::cname) {
        if (const auto* target = field(rr, 0, LDNS_RDF_TYPE_DNAME, 1))
            answer.cnames.push_back({owner(), ttl, to_name(target)});
    } else if (type == Type::a || type == Type::aaaa) {
        if (const auto address = to_address(rr, type)) answer.addresses.push_back({owner(), ttl, *address});
    } else if (type == Type::txt) {
        answer.texts.push_back({owner(), ttl, to_text(rr)});
    }
}

void keep_authority(Answer& answer, const ldns_rr* rr) {
    if (static_cast<Type>(ldns_rr_get_type(rr)) != Type::soa) return;
    constexpr std::size_t minimum_field = 6;
    const auto* minimum = field(rr, minimum_field, LDNS_RDF_TYPE_PERIOD, 4);
    if (minimum == nullptr) return;
    answer.negative_ttl = std::min(to_ttl(ldns_rr_ttl(rr)), to_ttl(ldns_rdf2native_int32(minimum)));
}

void keep_additional(Answer& answer, const ldns_rr* rr) {
    const auto type = static_cast<Type>(ldns_rr_get_type(rr));
    if (type != Type::a && type != Type::aaaa) return;
    const auto address = to_address(rr, type);
    if (address) answer.additional.push_back({to_name(ldns_rr_owner(rr)), to_ttl(ldns_rr_ttl(rr)), *address});
}

void keep_question(Answer& answer, const ldns_rr* rr) {
    auto name = to_name(ldns_rr_owner(rr));
    if (!name.valid || ldns_rr_get_class(rr) != LDNS_RR_CLASS_IN) return;
    answer.question = Question{std::move(name.text), static_cast<Type>(ldns_rr_get_type(rr))};
}

}  // namespace

base::Result<std::vector<std::uint8_t>> encode_query(const Question& question, std::uint16_t id, bool edns) {
    if (mail::host_name(question.name) != question.name)
        return base::fail("\"{}\" is not a host name", base::printable(question.name));
    ldns_rdf* name = ldns_dname_new_frm_str(question.name.c_str());
    if (name == nullptr) return base::fail("\"{}\" does not fit a DNS packet", question.name);
    const Owned<ldns_pkt> packet(ldns_pkt_query_new(name, static_cast<ldns_rr_type>(question.type),
                                                    LDNS_RR_CLASS_IN, LDNS_RD | LDNS_AD));
    if (!packet) {
        ldns_rdf_deep_free(name);  // otherwise the packet owns it
        return base::fail("no memory for a DNS query");
    }
    ldns_pkt_set_id(packet.get(), id);
    if (edns) ldns_pkt_set_edns_udp_size(packet.get(), udp_payload);
    std::uint8_t* raw = nullptr;
    std::size_t size = 0;
    const auto status = ldns_pkt2wire(&raw, packet.get(), &size);
    const Owned<std::uint8_t> bytes(raw);
    if (status != LDNS_STATUS_OK) return base::fail("{}", ldns_get_errorstr_by_id(status));
    return std::vector<std::uint8_t>(raw, raw + size);
}

base::Result<Answer> parse_answer(std::span<const std::uint8_t> packet) {
    // The sections are walked here instead of by ldns_wire2pkt(), which reads as many records as a packet
    // claims: a chain of compression pointers makes each of them dear.
    if (packet.size() < LDNS_HEADER_SIZE || packet.size() > max_packet) return base::fail("not a DNS packet");
    const std::uint8_t* const wire = packet.data();
    if (!LDNS_QR_WIRE(wire) || LDNS_OPCODE_WIRE(wire) != LDNS_PACKET_QUERY)
        return base::fail("not the answer to a query");

    Answer answer;
    answer.id = LDNS_ID_WIRE(wire);
    unsigned rcode = LDNS_RCODE_WIRE(wire);
    answer.rcode = static_cast<Rcode>(rcode);
    answer.truncated = LDNS_TC_WIRE(wire) != 0;
    answer.authentic = LDNS_AD_WIRE(wire) != 0;
    answer.authoritative = LDNS_AA_WIRE(wire) != 0;
    answer.recursive = LDNS_RA_WIRE(wire) != 0;

    std::size_t position = LDNS_HEADER_SIZE;
    std::size_t read = 0;
    const auto next = [&](ldns_pkt_section section) -> Owned<ldns_rr> {
        ldns_rr* rr = nullptr;
        if (ldns_wire2rr(&rr, wire, packet.size(), &position, section) != LDNS_STATUS_OK) return nullptr;
        ++read;
        return Owned<ldns_rr>(rr);
    };

    const unsigned questions = LDNS_QDCOUNT(wire);
    if (questions > 1) return base::fail("more than one question");
    answer.empty = questions == 0;
    if (questions == 1) {
        const auto rr = next(LDNS_SECTION_QUESTION);
        if (!rr) return base::fail("malformed question");
        keep_question(answer, rr.get());
    }
    // A server may cut a record in the middle; TCP brings all of them.
    if (answer.truncated) return answer;

    const unsigned answers = LDNS_ANCOUNT(wire);
    const unsigned authorities = LDNS_NSCOUNT(wire);
    if (answers + authorities > max_records) return base::fail("more than {} records", max_records);
    for (unsigned i = 0; i < answers; ++i) {
        const auto rr = next(LDNS_SECTION_ANSWER);
        if (!rr) return base::fail("malformed record in the answer section");
        if (ldns_rr_get_class(rr.get()) == LDNS_RR_CLASS_IN) keep_answer(answer, rr.get());
    }
    for (unsigned i = 0; i < authorities; ++i) {
        const auto rr = next(LDNS_SECTION_AUTHORITY);
        if (!rr) return base::fail("malformed record in the authority section");
        if (ldns_rr_get_class(rr.get()) == LDNS_RR_CLASS_IN) keep_authority(answer, rr.get());
    }
    const unsigned additionals = LDNS_ARCOUNT(wire);
    for (unsigned i = 0; i < additionals && read <= max_records; ++i) {
        const auto rr = next(LDNS_SECTION_ADDITIONAL);
        if (!rr) return base::fail("malformed record in the additional section");
        if (ldns_rr_get_type(rr.get()) == LDNS_RR_TYPE_OPT) {
            rcode |= (ldns_rr_ttl(rr.get()) >> 24U) << 4U;  // RFC 6891 §6.1.3
            answer.rcode = static_cast<Rcode>(rcode);
        } else if (ldns_rr_get_class(rr.get()) == LDNS_RR_CLASS_IN) {
            keep_additional(answer, rr.get());
        }
    }
    return answer;
}

}  // namespace nexthopd::dns
