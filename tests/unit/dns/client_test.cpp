#include "dns/client.hpp"

#include <fmt/format.h>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/steady_timer.hpp>

#include <optional>

#include "catch.hpp"
#include "fake_server.hpp"

using namespace nexthopd;
using namespace nexthopd::dns;
using namespace nexthopd::dns::test;
namespace asio = boost::asio;
using State = mail::MxSet::State;
using MxSetPtr = std::shared_ptr<const mail::MxSet>;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

class FakeClock final : public base::Clock {
  public:
    base::Instant now() const override { return time; }
    base::WallTime wall() const override { return {}; }
    base::Instant time{std::chrono::hours(1000)};
};

std::vector<Bytes> one(const Packet& packet) {
    return {packet.bytes()};
}

/// MX 10 mx.NAME with its address beside, for whatever is asked.
std::vector<Bytes> good(const test::Query& query) {
    if (query.type != Type::mx) return one(query.reply().soa("test", 300, 300));
    const auto host = "mx." + query.name;
    return one(query.reply().mx(query.name, 10, host).address(additional, host, "192.0.2.1"));
}
std::vector<Bytes> silence(const test::Query&) {
    return {};
}

/// One thread's world: servers, client, and a way to wait for coroutines.
struct World {
    asio::io_context io;
    FakeClock clock;
    std::vector<std::unique_ptr<FakeServer>> servers;
    Options options;
    std::optional<Client> client;

    World() {
        options.patience.first_timeout = milliseconds(60);
        options.patience.total = milliseconds(1000);
    }
    FakeServer& serve(FakeServer::Script script) {
        servers.push_back(std::make_unique<FakeServer>(io, std::move(script)));
        options.servers.push_back(servers.back()->endpoint());
        return *servers.back();
    }
    void start() { client.emplace(io, options, clock); }
    MxSetPtr cached(std::string_view domain) { return client->cached(domain, clock.now()); }

    /// Runs until `done()`; a test that hangs fails.
    void run_until(const std::function<bool()>& done) {
        const auto end = std::chrono::steady_clock::now() + seconds(20);
        while (!done()) {
            REQUIRE(std::chrono::steady_clock::now() < end);
            io.restart();
            io.run_one_for(milliseconds(100));
        }
    }
    /// Starts a lookup; the slot is filled when it has ended.
    std::shared_ptr<MxSetPtr> begin(const std::string& domain, bool fresh = false) {
        auto slot = std::make_shared<MxSetPtr>();
        asio::co_spawn(io, client->mx(domain, fresh), [slot](const std::exception_ptr& error, MxSetPtr set) {
            *slot = error ? nullptr : set;
        });
        return slot;
    }
    MxSetPtr mx(const std::string& domain, bool fresh = false) {
        const auto slot = begin(domain, fresh);
        run_until([&] { return *slot != nullptr; });
        return *slot;
    }
    const Counters& counters() const { return client->counters(); }
};

}  // namespace

TEST_CASE("an answer with addresses is a complete set, and cached") {
    World world;
    auto& server = world.serve(good);
    world.start();
    CHECK(world.cached("a.test") == nullptr);
    const auto set = world.mx("a.test");
    REQUIRE(set->state == State::hosts);
    CHECK(set->domain == "a.test");
    CHECK(set->hosts.at(0).name == "mx.a.test");
    CHECK(set->hosts.at(0).addresses.at(0).to_string() == "192.0.2.1");
    REQUIRE(server.seen.size() == 1);
    CHECK(server.seen[0].name == "a.test");  // and nothing of a search list
    CHECK(server.seen[0].recursion);
    CHECK(server.seen[0].edns);
    CHECK(world.cached("a.test") == set);
    CHECK(world.mx("a.test") == set);
    CHECK(server.seen.size() == 1);
    CHECK(world.counters().cache_hits == 1);
    CHECK(world.counters().cache_misses == 1);
    CHECK(world.counters().queries == 1);
    CHECK(world.counters().answers == 1);
    world.clock.time += std::chrono::hours(1);
    CHECK(world.cached("a.test") == nullptr);
}

TEST_CASE("fresh does not take an answer from the cache") {
    World world;
    auto& server = world.serve(good);
    world.start();
    const auto first = world.mx("a.test");
    const auto second = world.mx("a.test", true);
    CHECK(second != first);
    CHECK(server.asked("a.test", Type::mx) == 2);
    CHECK(world.cached("a.test") == second);
}

TEST_CASE("a lost packet is sent again") {
    World world;
    auto& server =
        world.serve([](const auto& query) { return query.number == 1 ? silence(query) : good(query); });
    world.start();
    CHECK(world.mx("a.test")->state == State::hosts);
    CHECK(server.seen.size() == 2);
    CHECK(world.counters().timeouts == 1);
}

TEST_CASE("the answer to an earlier repetition is taken") {
    World world;
    auto& first = world.serve(silence);
    world.serve([&](const test::Query& query) {
        // Asked because the first one was slow; now the first one answers, and this one never does.
        first.send(good(first.seen.at(0))[0], first.seen.at(0).from);
        return silence(query);
    });
    world.options.patience.total = seconds(10);
    world.start();
    CHECK(world.mx("a.test")->state == State::hosts);
    CHECK(world.counters().timeouts == 1);
}

TEST_CASE("a silent server is passed over, and asked last for a while") {
    World world;
    auto& first = world.serve(silence);
    auto& second = world.serve(good);
    world.start();
    CHECK(world.mx("a.test")->state == State::hosts);
    CHECK(first.seen.size() == 1);
    CHECK(second.seen.size() == 1);
    CHECK(world.mx("b.test")->state == State::hosts);
    CHECK(first.seen.size() == 1);
    CHECK(second.seen.size() == 2);
}

TEST_CASE("no server at all: failed, within the limits of patience") {
    World world;
    auto& server = world.serve(silence);
    world.options.patience.rounds = 3;
    world.start();
    CHECK(world.mx("a.test")->state == State::failed);
    CHECK(server.seen.size() == 3);
    CHECK(world.counters().timeouts == 3);
    CHECK(world.counters().failed == 1);
    // Remembered for a moment.
    CHECK(world.cached("a.test")->state == State::failed);
}

TEST_CASE("nothing listens: failed at once") {
    World world;
    auto& server = world.serve(good);
    world.options.patience.first_timeout = seconds(5);
    world.options.patience.total = seconds(10);
    server.stop();
    world.start();
    const auto before = std::chrono::steady_clock::now();
    CHECK(world.mx("a.test")->state == State::failed);
    CHECK(std::chrono::steady_clock::now() - before < seconds(2));
    CHECK(world.counters().unreachable >= 1);
}

TEST_CASE("what does not answer the question is dropped, and waiting goes on") {
    World world;
    asio::ip::udp::socket stranger(world.io, {asio::ip::address_v4::loopback(), 0});
    world.serve([&](const test::Query& query) -> std::vector<Bytes> {
        const auto lie = [&](Packet packet) { return packet.mx("a.test", 10, "evil.test").bytes(); };
        boost::system::error_code ignored;
        stranger.send_to(asio::buffer(lie(query.reply())), query.from, 0, ignored);
        return {
            lie(Packet(query.id ^ 1U).ask(query.name, query.type)),     // wrong id
            lie(Packet(query.id).ask("b.test", query.type)),            // wrong name
            lie(Packet(query.id).ask(query.name, Type::a)),             // wrong type
            lie(Packet(query.id).ask(query.name, query.type, 3)),       // wrong class
            lie(Packet(query.id, 0x0100).ask(query.name, query.type)),  // a query
            lie(Packet(query.id)),                                      // no question
            Packet(query.id, response | 2).bytes(),                     // a bare SERVFAIL
            Bytes{static_cast<std::uint8_t>(query.id >> 8U)},           // a byte
            Bytes(3000, 0xFF),
            good(query)[0],
        };
    });
    world.options.patience.first_timeout = seconds(5);
    world.options.patience.total = seconds(5);
    world.start();
    const auto set = world.mx("a.test");
    REQUIRE(set->state == State::hosts);
    CHECK(set->hosts.at(0).name == "mx.a.test");
    CHECK(world.counters().mismatched == 9);
    CHECK(world.counters().answers == 1);
    CHECK(world.counters().queries == 1);
}

TEST_CASE("a truncated answer is fetched over TCP") {
    World world;
    auto& server = world.serve([](const test::Query& query) -> std::vector<Bytes> {
        if (!query.tcp) return one(query.reply(response | tc_bit).mx(query.name, 10, "half.test"));
        auto packet = query.reply();
        for (int i = 0; i < 100; ++i)
            packet.mx(query.name, 10, fmt::format("mx{:03}.a.test", i))
                .address(additional, "other.test", "192.0.2.1");
        return one(packet);
    });
    world.start();
    MxSetPtr set;
    const auto slot = world.begin("a.test");
    world.run_until([&] { return *slot != nullptr; });
    set = *slot;
    REQUIRE(set->state == State::hosts);
    CHECK(set->hosts.size() == mail::MxSet::max_hosts);
    CHECK(set->hosts[0].name == "mx000.a.test");
    CHECK(server.seen.at(1).tcp);
    CHECK(world.counters().truncated >= 1);
    CHECK(world.counters().tcp >= 1);
}

TEST_CASE("TCP that stalls, lies or is refused ends in a failure") {
    for (const std::string kind : {"stalls", "wrong id", "garbage", "refused"}) {
        INFO(kind);
        World world;
        auto& server = world.serve([&](const test::Query& query) -> std::vector<Bytes> {
            if (!query.tcp) return one(query.reply(response | tc_bit));
            if (kind == "wrong id")
                return one(Packet(query.id ^ 1U).ask(query.name, query.type).mx(query.name, 1, "m"));
            if (kind == "garbage") return {Bytes(20, 0x55)};
            return {};
        });
        world.options.patience.total = milliseconds(300);
        if (kind == "refused") server.stop_tcp();
        world.start();
        CHECK(world.mx("a.test")->state == State::failed);
        CHECK(world.counters().tcp == 1);
    }
}

TEST_CASE("a server that cannot tell is passed over at once") {
    for (const unsigned rcode : {2U, 5U, 9U}) {
        World world;
        world.options.patience.first_timeout = seconds(5);
        world.options.patience.total = seconds(10);
        auto& first = world.serve([&](const auto& query) { return one(query.reply(response | rcode)); });
        auto& second = world.serve(good);
        world.start();
        INFO(rcode);
        CHECK(world.mx("a.test")->state == State::hosts);
        CHECK(first.seen.size() == 1);
        // Both: a failure, without waiting for anything.
        second.script = first.script;
        CHECK(world.mx("b.test")->state == State::failed);
        CHECK(first.asked("b.test", Type::mx) == 1);
        CHECK(second.asked("b.test", Type::mx) == 1);
        CHECK(world.counters().timeouts == 0);
    }
}

TEST_CASE("a referral is not an answer") {
    World world;
    world.serve([](const auto& query) { return one(query.reply(response & ~ra_bit)); });
    auto& second = world.serve(good);
    world.start();
    CHECK(world.mx("a.test")->state == State::hosts);
    CHECK(second.seen.size() == 1);
}

TEST_CASE("servers without EDNS are asked without") {
    for (const bool bare : {false, true}) {
        for (const unsigned rcode : {1U, 4U}) {
            World world;
            auto& server = world.serve([&](const test::Query& query) {
                if (!query.edns) return good(query);
                return bare ? one(Packet(query.id, response | rcode)) : one(query.reply(response | rcode));
            });
            world.start();
            CHECK(world.mx("a.test")->state == State::hosts);
            CHECK(world.mx("b.test")->state == State::hosts);
            REQUIRE(server.seen.size() == 3);
            CHECK_FALSE(server.seen[2].edns);
            CHECK(world.counters().without_edns == 1);
            CHECK(world.counters().timeouts == 0);
        }
    }
}

TEST_CASE("what does not exist is remembered as long as the SOA says") {
    World world;
    auto& server = world.serve([](const auto& query) {
        return one(query.reply(query.name == "nx.test" ? response | 3 : response).soa("test", 900, 100));
    });
    world.start();
    CHECK(world.mx("nx.test")->state == State::no_domain);
    CHECK(world.mx("none.test")->state == State::no_hosts);
    const auto asked = server.seen.size();
    CHECK(asked == 4);  // MX of both, A and AAAA of the second
    world.clock.time += seconds(80);
    CHECK(world.mx("nx.test")->state == State::no_domain);
    CHECK(world.mx("none.test")->state == State::no_hosts);
    CHECK(server.seen.size() == asked);
    world.clock.time += seconds(21);
    CHECK(world.cached("nx.test") == nullptr);
    CHECK(world.mx("nx.test")->state == State::no_domain);
    CHECK(server.seen.size() == asked + 1);
}

TEST_CASE("lookups of one name at the same time are one") {
    World world;
    auto& server = world.serve(good);
    world.start();
    const auto a = world.begin("a.test");
    const auto b = world.begin("a.test");
    const auto c = world.begin("a.test", true);
    world.run_until([&] { return *a && *b && *c; });
    CHECK(*a == *b);
    CHECK(*a == *c);
    CHECK(server.seen.size() == 1);
    CHECK(world.counters().lookups == 1);
}

TEST_CASE("a waiter may go: the lookup goes on and fills the cache") {
    World world;
    auto& server = world.serve(silence);
    world.start();
    asio::cancellation_signal cancel;
    bool ended = false;
    asio::co_spawn(world.io, world.client->mx("a.test", false),
                   asio::bind_cancellation_slot(
                       cancel.slot(), [&](const std::exception_ptr&, const MxSetPtr&) { ended = true; }));
    const auto other = world.begin("a.test");
    world.run_until([&] { return server.seen.size() == 1; });
    cancel.emit(asio::cancellation_type::terminal);
    world.run_until([&] { return ended; });
    CHECK(*other == nullptr);
    CHECK(world.cached("a.test") == nullptr);
    server.script = good;
    world.run_until([&] { return *other != nullptr; });
    CHECK((*other)->state == State::hosts);
    CHECK(world.cached("a.test") == *other);
}

TEST_CASE("addresses of hosts are asked for once, and together") {
    World world;
    auto& server = world.serve([](const test::Query& query) {
        if (query.type == Type::mx)
            return one(query.reply().mx(query.name, 10, "mx1.test").mx(query.name, 20, "mx2.test"));
        auto reply = query.reply();
        if (query.name == "mx1.test")
            reply.address(answer, query.name, query.type == Type::a ? "192.0.2.1" : "2001:db8::1");
        return one(reply.soa("test", 300, 300));
    });
    world.start();
    const auto a = world.begin("a.test");
    const auto b = world.begin("b.test");
    world.run_until([&] { return *a && *b; });
    REQUIRE((*a)->hosts.size() == 2);
    CHECK((*a)->hosts[0].addresses.size() == 2);
    CHECK((*b)->hosts[0].addresses.size() == 2);
    CHECK((*a)->hosts[1].addresses_known);
    CHECK((*a)->hosts[1].addresses.empty());
    world.mx("c.test");
    for (const std::string host : {"mx1.test", "mx2.test"}) {
        CHECK(server.asked(host, Type::a) == 1);
        CHECK(server.asked(host, Type::aaaa) == 1);
    }
}

TEST_CASE("addresses that do not come are not waited for") {
    World world;
    auto& server = world.serve([](const test::Query& query) {
        if (query.type == Type::mx) return one(query.reply().mx(query.name, 10, "mx1.test"));
        return silence(query);
    });
    world.options.patience.first_timeout = seconds(5);
    world.options.patience.total = seconds(15);
    world.start();
    const auto before = std::chrono::steady_clock::now();
    const auto set = world.mx("a.test");
    const auto took = std::chrono::steady_clock::now() - before;
    REQUIRE(set->state == State::hosts);
    CHECK_FALSE(set->hosts.at(0).addresses_known);
    CHECK(took >= host_patience);
    CHECK(took < host_patience + seconds(1));
    CHECK(server.asked("mx1.test", Type::a) == 1);
}

TEST_CASE("an alias that the server leaves to us is followed") {
    World world;
    world.serve([](const test::Query& query) {
        if (query.name == "alias.test")
            return one(query.reply(response | aa_bit).cname("alias.test", "real.test"));
        return good(query);
    });
    world.start();
    const auto set = world.mx("alias.test");
    CHECK(set->state == State::hosts);
    CHECK(set->owner == "real.test");
    CHECK(set->hosts.at(0).name == "mx.real.test");
}

TEST_CASE("this host may change at run time") {
    World world;
    world.serve(good);
    world.start();
    const auto before = world.mx("a.test");
    CHECK_FALSE(before->hosts.at(0).self);
    world.client->set_self({});
    CHECK(world.cached("a.test") == before);  // the same as before: nothing is forgotten
    world.client->set_self({{}, {asio::ip::make_address("192.0.2.1")}});
    CHECK(world.cached("a.test") == nullptr);
    const auto after = world.mx("a.test");
    CHECK(after->hosts.at(0).self);
    CHECK(after->best_is_self);
}

TEST_CASE("what is in use is renewed before it expires") {
    World world;
    auto& server = world.serve([](const test::Query& query) {
        return one(
            query.reply().mx(query.name, 10, "mx.test", 100).address(additional, "mx.test", "192.0.2.1"));
    });
    world.start();
    const auto first = world.mx("a.test");
    world.mx("unused.test");
    world.clock.time += seconds(95);
    CHECK(world.cached("a.test") == first);
    world.run_until([&] { return server.asked("a.test", Type::mx) == 2; });
    world.run_until([&] { return world.cached("a.test") != first; });
    world.clock.time += seconds(10);
    CHECK(world.cached("a.test") != nullptr);
    CHECK(world.cached("unused.test") == nullptr);
    CHECK(world.counters().refreshes == 1);
}

TEST_CASE("names that cannot be asked need no server") {
    World world;
    auto& server = world.serve(good);
    world.start();
    CHECK(world.mx("not a name")->state == State::failed);
    CHECK(world.mx("192.0.2.1")->state == State::hosts);
    CHECK(world.mx(std::string(300, 'a'))->state == State::failed);
    CHECK(server.seen.empty());
}

TEST_CASE("lookups in flight are bounded") {
    World world;
    auto& server = world.serve(silence);
    world.options.max_lookups = 2;
    world.start();
    const auto a = world.begin("a.test");
    const auto b = world.begin("b.test");
    world.run_until([&] { return server.seen.size() == 2; });
    CHECK(world.mx("c.test")->state == State::failed);
    CHECK(*a == nullptr);
    CHECK(world.counters().overload == 1);
    CHECK(world.cached("c.test") == nullptr);  // says nothing about c.test
    world.run_until([&] { return *a && *b; });
    CHECK(world.mx("a.test")->state == State::failed);
}

TEST_CASE("a thousand lookups at once") {
    World world;
    world.serve(good);
    world.options.patience = Patience{};
    world.start();
    std::vector<std::shared_ptr<MxSetPtr>> slots;
    for (int i = 0; i < 1000; ++i)
        slots.push_back(world.begin(fmt::format("d{}.test", i)));
    std::size_t ended = 0;
    world.run_until([&] {
        while (ended < slots.size() && *slots[ended])
            ++ended;
        return ended == slots.size();
    });
    for (int i = 0; i < 1000; ++i) {
        REQUIRE((*slots[static_cast<std::size_t>(i)])->state == State::hosts);
        REQUIRE((*slots[static_cast<std::size_t>(i)])->hosts.at(0).name == fmt::format("mx.d{}.test", i));
    }
}

TEST_CASE("the client may go while lookups are in flight") {
    World world;
    auto& server = world.serve(silence);
    world.start();
    const auto a = world.begin("a.test");
    world.run_until([&] { return server.seen.size() == 1; });
    SECTION("and the lookups end as failed") {
        world.client.reset();
        world.run_until([&] { return *a != nullptr; });
        CHECK((*a)->state == State::failed);
    }
    SECTION("and so may everything") {
        CHECK(*a == nullptr);
    }
}
