#include "dns/records.hpp"

#include <optional>

#include "catch.hpp"
#include "dns/client.hpp"
#include "fake_server.hpp"

using namespace nexthopd;
using namespace nexthopd::dns;
using namespace nexthopd::dns::test;
namespace asio = boost::asio;
using State = Records::State;
using std::chrono::seconds;

namespace {

/// The character-strings of a TXT record.
Bytes txt_data(const std::vector<std::string>& strings) {
    Bytes out;
    for (const auto& text : strings) {
        out.push_back(static_cast<std::uint8_t>(text.size()));
        out.insert(out.end(), text.begin(), text.end());
    }
    return out;
}

Packet& txt(Packet& packet, const std::string& owner, const std::vector<std::string>& strings,
            std::uint32_t ttl = 300) {
    return packet.add(answer, owner, 16, ttl, txt_data(strings));
}

Records read(const Packet& packet, Type type = Type::txt) {
    const auto parsed = parse_answer(packet.bytes());
    REQUIRE(parsed);
    return records_in(&*parsed, "one.test", type);
}

Packet asked(Type type = Type::txt) {
    return std::move(Packet(1).ask("one.test", type));
}

}  // namespace

TEST_CASE("text records: strings are joined, bytes are kept") {
    auto packet = asked();
    txt(packet, "one.test", {"v=spf1 ", "-all"});
    txt(packet, "ONE.test", {std::string("\0\xFF\n", 3)}, 60);
    txt(packet, "other.test", {"not asked for"});
    const auto found = read(packet);
    CHECK(found.state == State::found);
    CHECK(found.texts == std::vector<std::string>{"v=spf1 -all", std::string("\0\xFF\n", 3)});
    CHECK(found.ttl == seconds(60));
}

TEST_CASE("an alias is followed, an empty answer is none, a failure is not") {
    auto alias = asked();
    alias.cname("one.test", "two.test", 30);
    txt(alias, "two.test", {"here"});
    const auto followed = read(alias);
    CHECK(followed.texts == std::vector<std::string>{"here"});
    CHECK(followed.ttl == seconds(30));
    CHECK(read(asked().soa("test", 300, 200)).state == State::none);
    CHECK(read(asked().soa("test", 300, 200)).ttl == seconds(200));
    CHECK(read(Packet(1, response | 3).ask("one.test", Type::txt)).state == State::none);
    CHECK(read(Packet(1, response | 2).ask("one.test", Type::txt)).state == State::failed);
    CHECK(records_in(nullptr, "one.test", Type::txt).state == State::failed);
    auto dangling = asked();
    dangling.cname("one.test", "two.test");
    CHECK(read(dangling).state == State::failed);
}

TEST_CASE("addresses are told as texts") {
    auto packet = asked(Type::aaaa);
    packet.address(answer, "one.test", "2001:db8::1");
    CHECK(read(packet, Type::aaaa).texts == std::vector<std::string>{"2001:db8::1"});
    CHECK(read(asked(Type::a), Type::a).state == State::none);
}

TEST_CASE("many records, and long ones") {
    auto packet = asked();
    for (int i = 0; i < 60; ++i)
        txt(packet, "one.test", {std::string(255, 'x'), std::string(255, 'y')});
    const auto found = read(packet);
    CHECK(found.texts.size() == max_texts);
    CHECK(found.texts[0].size() == 510);
}

TEST_CASE("records are looked up once, and cached") {
    asio::io_context io;
    const base::SystemClock clock;
    FakeServer server(io, [](const test::Query& query) {
        auto reply = query.reply();
        txt(reply, query.name, {"found"});
        return std::vector<Bytes>{reply.bytes()};
    });
    Options options;
    options.servers.push_back(server.endpoint());
    Client client(io, options, clock);
    const auto run_until = [&](const std::function<bool()>& done) {
        const auto end = std::chrono::steady_clock::now() + seconds(20);
        while (!done()) {
            REQUIRE(std::chrono::steady_clock::now() < end);
            io.restart();
            io.run_one_for(std::chrono::milliseconds(100));
        }
    };
    int answered = 0;
    const auto ask = [&](Type type) {
        asio::co_spawn(
            io, client.records("one.test", type),
            [&answered, type](const std::exception_ptr& error, const std::shared_ptr<const Records>& found) {
                REQUIRE(!error);
                CHECK(found->state == State::found);
                CHECK(found->texts.size() == (type == Type::txt ? 1U : 0U));
                ++answered;
            });
    };
    CHECK(client.cached_records("one.test", Type::txt, clock.now()) == nullptr);
    ask(Type::txt);
    ask(Type::txt);
    run_until([&] { return answered == 2; });
    CHECK(server.asked("one.test", Type::txt) == 1);
    REQUIRE(client.cached_records("one.test", Type::txt, clock.now()));
    CHECK(client.cached_records("one.test", Type::txt, clock.now())->texts[0] == "found");
    CHECK(client.cached_records("one.test", Type::a, clock.now()) == nullptr);
    CHECK(client.cached_records("one.test", Type::txt, clock.now() + std::chrono::hours(1)) == nullptr);
}
