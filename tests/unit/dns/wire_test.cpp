#include "dns/wire.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "catch.hpp"
#include "dns/mx.hpp"
#include "packet.hpp"

using namespace nexthopd;
using namespace nexthopd::dns;
using namespace nexthopd::dns::test;
using std::chrono::seconds;

TEST_CASE("a query is the bytes of RFC 1035 §4.1") {
    const auto plain = encode_query({"example.com", Type::mx}, 0x1234, false);
    REQUIRE(plain);
    // RD and AD; one question; 7 example 3 com 0, MX, IN.
    CHECK(*plain == Bytes{0x12, 0x34, 0x01, 0x20, 0,   1, 0,   0,   0,   0, 0, 0,  7, 'e', 'x',
                          'a',  'm',  'p',  'l',  'e', 3, 'c', 'o', 'm', 0, 0, 15, 0, 1});

    const auto edns = encode_query({"example.com", Type::aaaa}, 1, true);
    REQUIRE(edns);
    REQUIRE(edns->size() == plain->size() + 11);
    CHECK((*edns)[11] == 1);  // one additional record: root, OPT, 1232 bytes, no flags, no options
    CHECK(Bytes(edns->end() - 11, edns->end()) == Bytes{0, 0, 41, 0x04, 0xD0, 0, 0, 0, 0, 0, 0});
}

TEST_CASE("only host names in lower case are asked for") {
    const std::string longest = std::string(63, 'a') + "." + std::string(63, 'b') + "." +
                                std::string(63, 'c') + "." + std::string(61, 'd');
    CHECK(encode_query({longest, Type::mx}, 1, true));
    for (const std::string name : {"", ".", "a..b", "Example.com", "example.com.", "b\xC3\xBC.at", "a b.com"})
        CHECK_FALSE(encode_query({name, Type::mx}, 1, true));
    CHECK_FALSE(encode_query({longest + "d", Type::mx}, 1, true));
}

TEST_CASE("records come out by section, names in lower case") {
    const auto packet = Packet(7, response | ad_bit)
                            .ask("EXAMPLE.com", Type::mx)
                            .cname("example.COM", "Mail.Example", 50)
                            .mx("mail.example", 10, "MX1.Example", 300)
                            .address(additional, "mx1.example", "192.0.2.1", 60)
                            .address(additional, "mx1.example", "2001:db8::1", 70)
                            .add(additional, ".", 41, 0, {}, 1232)
                            .bytes();
    const auto answer = parse_answer(packet);
    REQUIRE(answer);
    CHECK(answer->id == 7);
    CHECK(answer->rcode == Rcode::noerror);
    CHECK(answer->authentic);
    CHECK(answer->recursive);
    CHECK_FALSE(answer->authoritative);
    CHECK_FALSE(answer->truncated);
    CHECK(answer->question == Question{"example.com", Type::mx});
    REQUIRE(answer->cnames.size() == 1);
    CHECK(answer->cnames[0].owner.text == "example.com");
    CHECK(answer->cnames[0].target.text == "mail.example");
    CHECK(answer->cnames[0].ttl == seconds(50));
    REQUIRE(answer->mx.size() == 1);
    CHECK(answer->mx[0].preference == 10);
    CHECK(answer->mx[0].exchange.text == "mx1.example");
    CHECK(answer->mx[0].exchange.valid);
    CHECK(answer->mx[0].ttl == seconds(300));
    CHECK(answer->addresses.empty());
    REQUIRE(answer->additional.size() == 2);
    CHECK(answer->additional[0].address.to_string() == "192.0.2.1");
    CHECK(answer->additional[1].address.to_string() == "2001:db8::1");
    CHECK(answer->additional[1].ttl == seconds(70));
}

TEST_CASE("names of packets are safe to show, and marked where they are not host names") {
    struct Row {
        std::string label;  // wire form of one label
        std::string text;
        bool valid;
    };
    const std::vector<Row> rows{
        {"mx1", "mx1", true},
        {"MX_1-a", "mx_1-a", true},
        {"xn--bb-eka", "xn--bb-eka", true},
        {"b\xC3\xBC", "b\\195\\188", false},
        {std::string("a\0b", 3), "a\\000b", false},
        {"a\\b", "a\\092b", false},
        {"a b", "a\\032b", false},
        {"$(reboot)", "$(reboot)", false},
        {"\x1B[31m", "\\027[31m", false},
        {"a:b", "a:b", false},
    };
    for (const auto& row : rows) {
        const auto answer = parse_answer(Packet().ask("d.test", Type::mx).mx("d.test", 1, row.label).bytes());
        INFO(row.text);
        REQUIRE(answer);
        REQUIRE(answer->mx.size() == 1);
        CHECK(answer->mx[0].exchange.text == row.text);
        CHECK(answer->mx[0].exchange.valid == row.valid);
    }
    // A dot inside a label is not a separator.
    Bytes data{0, 1, 3, 'a', '.', 'b', 0};
    const auto dotted =
        parse_answer(Packet().ask("d.test", Type::mx).add(answer, "d.test", 15, 1, data).bytes());
    REQUIRE(dotted);
    CHECK(dotted->mx.at(0).exchange.text == "a\\046b");
    CHECK_FALSE(dotted->mx.at(0).exchange.valid);

    const auto root = parse_answer(Packet().ask("d.test", Type::mx).mx("d.test", 0, ".").bytes());
    REQUIRE(root);
    CHECK(root->mx.at(0).exchange.root());
    CHECK_FALSE(root->mx.at(0).exchange.valid);
}

TEST_CASE("response codes and times") {
    const auto nx =
        parse_answer(Packet(1, response | 3).ask("n.test", Type::mx).soa("test", 900, 300).bytes());
    REQUIRE(nx);
    CHECK(nx->rcode == Rcode::nxdomain);
    CHECK(nx->negative_ttl == seconds(300));
    CHECK(parse_answer(Packet().ask("n.test", Type::mx).soa("test", 60, 300).bytes())->negative_ttl ==
          seconds(60));
    CHECK_FALSE(parse_answer(Packet().ask("n.test", Type::mx).bytes())->negative_ttl);

    // RFC 2181 §8
    const auto huge =
        parse_answer(Packet().ask("n.test", Type::mx).mx("n.test", 1, "a", 0x80000000U).bytes());
    CHECK(huge->mx.at(0).ttl == seconds(0));
    // BADVERS is 16: its upper bits are in the OPT record.
    const auto badvers =
        parse_answer(Packet().ask("n.test", Type::mx).add(additional, ".", 41, 0x01000000, {}, 512).bytes());
    CHECK(badvers->rcode == static_cast<Rcode>(16));
    // Records of another class are not ours.
    const auto chaos = parse_answer(
        Packet().ask("n.test", Type::mx).add(answer, "n.test", 15, 60, mx_data(1, "a.test"), 3).bytes());
    CHECK(chaos->mx.empty());
    CHECK_FALSE(parse_answer(Packet().ask("n.test", Type::mx, 3).bytes())->question);
    // A bare header is an answer of a kind.
    const auto bare = parse_answer(Packet(9, response | 1).bytes());
    REQUIRE(bare);
    CHECK(bare->empty);
    CHECK(bare->rcode == Rcode::formerr);
}

TEST_CASE("of a truncated packet only the header and the question count") {
    const auto packet =
        Packet(1, response | tc_bit).ask("d.test", Type::mx).mx("d.test", 10, "mx.d.test").bytes();
    const auto answer = parse_answer(std::span(packet.data(), packet.size() - 5));
    REQUIRE(answer);
    CHECK(answer->truncated);
    CHECK(answer->question == Question{"d.test", Type::mx});
    CHECK(answer->mx.empty());
}

TEST_CASE("what is not a well-formed response is an error") {
    const auto good = Packet(1).ask("d.test", Type::mx).mx("d.test", 10, "mx.d.test").bytes();
    REQUIRE(parse_answer(good));
    for (std::size_t size = 0; size < good.size(); ++size) {
        INFO(size);
        CHECK_FALSE(parse_answer(std::span(good.data(), size)));
    }
    CHECK_FALSE(parse_answer(Packet(1, 0x0100).ask("d.test", Type::mx).bytes()));             // a query
    CHECK_FALSE(parse_answer(Packet(1, response | 0x2800).ask("d.test", Type::mx).bytes()));  // opcode UPDATE
    CHECK_FALSE(parse_answer(Packet().ask("a.test", Type::mx).ask("b.test", Type::mx).bytes()));
    CHECK_FALSE(parse_answer(Packet().ask("a.test", Type::mx).claim(answer, 1).bytes()));

    Bytes pointer_to_itself = Packet().bytes();
    pointer_to_itself[5] = 1;
    pointer_to_itself.insert(pointer_to_itself.end(), {0xC0, 12, 0, 15, 0, 1});
    CHECK_FALSE(parse_answer(pointer_to_itself));

    // rdata that is too short or empty for its type: the record is refused or left out, never read beyond
    for (const Bytes& data : {Bytes{}, Bytes{0}, Bytes{0, 10}, Bytes{0, 10, 5, 'a'}}) {
        const auto answer_ =
            parse_answer(Packet().ask("d.test", Type::mx).add(answer, "d.test", 15, 1, data).bytes());
        CHECK((!answer_ || answer_->mx.empty()));
    }
    for (const Bytes& data : {Bytes{}, Bytes{192, 0, 2}}) {
        const auto answer_ =
            parse_answer(Packet().ask("d.test", Type::a).add(answer, "d.test", 1, 1, data).bytes());
        CHECK((!answer_ || answer_->addresses.empty()));
    }
}

TEST_CASE("a packet of too many records is refused, too many additional ones are left out") {
    Packet full;
    full.ask("d.test", Type::mx);
    for (std::size_t i = 0; i < max_records; ++i)
        full.mx("d.test", 10, "m" + std::to_string(i));
    REQUIRE(parse_answer(full.bytes()));
    CHECK(parse_answer(full.bytes())->mx.size() == max_records);
    CHECK_FALSE(parse_answer(full.mx("d.test", 10, "one-more").bytes()));

    Packet many;
    many.ask("d.test", Type::mx).mx("d.test", 10, "m");
    for (int i = 0; i < 1000; ++i)
        many.address(additional, "m", "192.0.2.1");
    const auto answer_ = parse_answer(many.bytes());
    REQUIRE(answer_);
    CHECK(answer_->additional.size() <= max_records);
    CHECK_FALSE(parse_answer(Bytes(max_packet + 1, 0)));
}

TEST_CASE("packets found by others' fuzzing") {
    const auto folder = std::filesystem::path(NEXTHOPD_CORPORA) / "corpora/wire/c-ares/test/fuzzinput";
    if (!std::filesystem::is_directory(folder)) {
        WARN("skipped: no folder " << folder);
        return;
    }
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        std::ifstream file(entry.path(), std::ios::binary);
        Bytes packet{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
        INFO(entry.path());
        ++files;
        // As it is, and as if it were a response: many of them are queries or have odd flags.
        for (const bool force : {false, true}) {
            if (force && packet.size() > 3) {
                packet[2] = static_cast<std::uint8_t>((packet[2] & 0x07U) | 0x80U);
                packet[3] = 0x80;
            }
            const auto parsed = parse_answer(packet);
            if (!parsed) continue;
            MxLookup lookup(parsed->question ? parsed->question->name : "example.com");
            if (lookup.need() == MxLookup::Need::mx) lookup.take_mx(&*parsed);
            CHECK(std::move(lookup).finish({}).set.hosts.size() <= mail::MxSet::max_hosts);
        }
    }
    CHECK(files > 50);
}
