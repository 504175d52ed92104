#include "follow/syslog_listener.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/write.hpp>

#include <fmt/format.h>

#include "catch.hpp"
#include "follow/syslog_socket.hpp"
#include "ledger/rows.hpp"

using namespace nexthopd;
using namespace nexthopd::follow;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;
using Results = std::vector<std::string>;

namespace {

const auto now = *base::parse_ledger_time("2026-11-22 12:00:00");
const auto loopback = asio::ip::make_address("127.0.0.1");

struct Fixture {
    Fixture() {
        // A port that is free for both; nobody else takes ports of this kind in between.
        udp::socket probe(io, udp::endpoint(loopback, 0));
        options.address = loopback;
        options.port = probe.local_endpoint().port();
        options.allow = {loopback};
        options.open_again = 0ms;
        for (const std::string name : {"postfix", "postfix-out"})
            options.mtas.push_back(
                {name, [this, name](const Entry& entry, base::WallTime, auto& attempts, auto&) {
                     pids.push_back(entry.pid);
                     auto row = test::attempt("mx.test", "2026-11-22 12:00:00",
                                              fmt::format("{}: {} {}", name, entry.program, entry.body));
                     row.time = entry.time;
                     attempts.push_back(std::move(row));
                 }});
    }
    void begin() {
        source = syslog_listener(io, options);
        source->start(std::nullopt, [this] { ++woken; });
        read();
        REQUIRE(problem.empty());
    }
    /// All that is there now.
    void read() {
        for (;;) {
            const auto more = source->read(now, learnt);
            problem = more ? "" : more.error().text;
            if (!more || !*more) return;
        }
    }
    /// Lets handlers run and reads, until it is so.
    template <class Condition>
    void until(Condition condition) {
        const auto end = std::chrono::steady_clock::now() + 20s;
        while (!condition()) {
            REQUIRE(std::chrono::steady_clock::now() < end);
            io.restart();
            io.run_one_for(20ms);
            read();
        }
    }
    SyslogCounters counters() {
        Health health;
        source->report(health);
        return *health.syslog;
    }
    Results results() const {
        Results out;
        for (const auto& row : learnt.attempts)
            out.push_back(row.result);
        return out;
    }
    void send_udp(const std::string& text, const char* from = "127.0.0.1") {
        udp::socket socket(io, udp::endpoint(asio::ip::make_address(from), 0));
        socket.send_to(asio::buffer(text), udp::endpoint(loopback, options.port));
    }
    tcp::socket connect(const char* from = "127.0.0.1") {
        tcp::socket socket(io);
        socket.open(tcp::v4());
        socket.bind(tcp::endpoint(asio::ip::make_address(from), 0));
        socket.connect(tcp::endpoint(loopback, options.port));
        return socket;
    }
    static bool closed(tcp::socket& socket) {
        socket.non_blocking(true);
        char byte = 0;
        boost::system::error_code error;
        socket.read_some(asio::buffer(&byte, 1), error);
        return error && error != asio::error::would_block;
    }

    asio::io_context io;
    SyslogOptions options;
    std::unique_ptr<EntrySource> source;
    int woken = 0;
    Learnt learnt;
    std::string problem;
    std::vector<std::uint32_t> pids;
};

}  // namespace

TEST_CASE_METHOD(Fixture, "lines reach the parser of their instance, over UDP and TCP") {
    begin();
    send_udp("<22>Nov 22 11:59:58 mta postfix/smtp[7]: a");
    until([&] { return learnt.attempts.size() == 1; });
    CHECK(woken > 0);
    auto lines = connect();
    asio::write(
        lines,
        asio::buffer(std::string("<22>Nov 22 11:59:59 mta postfix-out/relay/smtp[7]: b\n<22>Nov 22 12")));
    until([&] { return learnt.attempts.size() == 2; });
    auto counted = connect();
    asio::write(
        counted,
        asio::buffer(std::string("37 <22>1 - mta postfix/smtp 7 - - c-c-c-11 <14>sshd: x8 <30>x: y")));
    until([&] { return learnt.attempts.size() == 3 && counters().other == 2; });
    asio::write(lines, asio::buffer(std::string(":00:00 mta postfix/qmgr[8]: d\n")));
    until([&] { return learnt.attempts.size() == 4; });
    CHECK(results() == Results{"postfix: postfix/smtp a", "postfix-out: postfix-out/relay/smtp b",
                               "postfix: postfix/smtp c-c-c-", "postfix: postfix/qmgr d"});
    CHECK(learnt.attempts[0].time == now - 2s);
    CHECK(learnt.attempts[2].time == now);  // no stamp: when it came
    CHECK(counters().taken == 4);
    CHECK(counters().malformed == 0);
}

TEST_CASE_METHOD(Fixture, "senders that are not allowed are ignored and counted") {
    begin();
    send_udp("<22>Nov 22 11:59:58 mta postfix/smtp[7]: forged", "127.0.0.2");
    until([&] { return counters().not_allowed == 1; });
    auto other = connect("127.0.0.2");
    until([&] { return counters().not_allowed == 2 && closed(other); });
    send_udp("<22>Nov 22 11:59:58 mta postfix/smtp[7]: good");
    until([&] { return !learnt.attempts.empty(); });
    CHECK(results() == Results{"postfix: postfix/smtp good"});
}

TEST_CASE("an IPv4 sender is the same behind an IPv6 socket") {
    CHECK(plain_address(asio::ip::make_address("::ffff:192.0.2.1")) == asio::ip::make_address("192.0.2.1"));
    CHECK(plain_address(asio::ip::make_address("2001:db8::1")) == asio::ip::make_address("2001:db8::1"));
    CHECK(plain_address(asio::ip::make_address("192.0.2.1")) == asio::ip::make_address("192.0.2.1"));
}

TEST_CASE_METHOD(Fixture, "what is no syslog, or too long, is counted and does no harm") {
    begin();
    send_udp("nonsense");
    send_udp("<22>Nov 22 11:59:58 mta postfix/smtp[7]: " + std::string(20'000, 'x'));
    until([&] { return counters().malformed == 2; });
    auto endless = connect();
    asio::write(endless, asio::buffer("<22>" + std::string(200'000, 'x')));
    until([&] { return counters().malformed == 3; });
    asio::write(endless, asio::buffer(std::string("\n<22>Nov 22 11:59:58 mta postfix/smtp[7]: a\n")));
    until([&] { return learnt.attempts.size() == 1; });
    auto browser = connect();
    asio::write(browser, asio::buffer(std::string("8x")));
    until([&] { return closed(browser); });
    CHECK_FALSE(closed(endless));
}

TEST_CASE_METHOD(Fixture, "connections are bounded: the quietest makes room when it has been quiet") {
    options.max_connections = 2;
    SECTION("none has") {
        begin();
        auto first = connect();
        auto second = connect();
        auto third = connect();
        until([&] { return closed(third); });
        CHECK(counters().refused == 1);
        CHECK_FALSE(closed(first));
        CHECK_FALSE(closed(second));
    }
    SECTION("the first has") {
        options.idle_when_full = 0s;
        begin();
        auto first = connect();
        auto second = connect();
        asio::write(second, asio::buffer(std::string("<22>Nov 22 11:59:58 mta postfix/smtp[7]: a\n")));
        until([&] { return learnt.attempts.size() == 1; });
        auto third = connect();
        until([&] { return closed(first); });
        CHECK(counters().refused == 0);
        asio::write(third, asio::buffer(std::string("<22>Nov 22 11:59:58 mta postfix/smtp[7]: b\n")));
        until([&] { return learnt.attempts.size() == 2; });
        CHECK_FALSE(closed(second));
    }
    SECTION("silent for long") {
        options.idle = 0s;
        begin();
        auto first = connect();
        until([&] { return closed(first); });
    }
}

TEST_CASE_METHOD(Fixture, "processes of two hosts are not mixed up, and one host's are the same") {
    begin();
    for (const char* host : {"one", "two", "one"}) {
        const auto before = learnt.attempts.size();
        send_udp(fmt::format("<22>Nov 22 11:59:58 {} postfix/smtp[4711]: x", host));
        until([&] { return learnt.attempts.size() == before + 1; });
    }
    CHECK(pids[0] == pids[2]);
    CHECK(pids[0] % (1U << 22U) == 4711);
    // Of a thousand pairs of hosts one has the same number; the hash is another in each process.
    if (pids[0] == pids[1]) WARN("two hosts with one number");
}

TEST_CASE_METHOD(Fixture, "datagrams that the kernel had to drop are a gap") {
    begin();
    udp::socket socket(io, udp::endpoint(loopback, 0));
    const std::string text = "<22>Nov 22 11:59:58 mta postfix/smtp[7]: " + std::string(8'000, 'x');
    for (int i = 0; i < 20'000; ++i)  // more than any receive buffer
        socket.send_to(asio::buffer(text), udp::endpoint(loopback, options.port));
    read();
    send_udp(text);  // a datagram tells how many were dropped before it
    until([&] { return counters().dropped > 0; });
    REQUIRE_FALSE(learnt.events.empty());
    const auto* lost = std::get_if<maillog::LinesLost>(&learnt.events[0]);
    REQUIRE(lost != nullptr);
    CHECK(lost->why.find("datagram(s) came faster") != std::string::npos);
    CHECK(counters().taken + counters().dropped == 20'001);
}

TEST_CASE_METHOD(Fixture, "a relay that tells that it lost lines tells of a gap") {
    begin();
    send_udp("<46>Nov 22 11:59:00 relay rsyslogd: imjournal: 236 messages lost due to rate-limiting");
    until([&] { return learnt.events.size() == 1; });
    const auto* lost = std::get_if<maillog::LinesLost>(&learnt.events[0]);
    REQUIRE(lost != nullptr);
    CHECK(lost->time == now - 1min);
    CHECK(lost->why == "127.0.0.1: rsyslogd: imjournal: 236 messages lost due to rate-limiting");
}

TEST_CASE_METHOD(Fixture, "a port that another has is a problem until it is free") {
    {
        tcp::acceptor other(io, tcp::endpoint(loopback, options.port));
        source = syslog_listener(io, options);
        source->start(std::nullopt, [this] { ++woken; });
        read();
        CHECK(problem.find("syslog.listen: tcp port") != std::string::npos);
    }
    read();
    CHECK(problem.empty());
    send_udp("<22>Nov 22 11:59:58 mta postfix/smtp[7]: a");
    until([&] { return learnt.attempts.size() == 1; });
}
