// Questions of Exim: what the question says of the mail itself, and what differs from Postfix.
#include "answer_rig.hpp"
#include "mail/exim_route.hpp"

using namespace nexthopd;
using namespace nexthopd::answer;
using namespace nexthopd::answer::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* first_id = "1vN0Ab-0004hG-2x";
constexpr const char* second_id = "1vN0Ab-0004hG-2y";
constexpr const char* hold_large =
    "function CheckServer(d, s, retries, size) if size > 1000 then return false, 10 end end";
constexpr const char* no_mx1 =
    "function CheckServer(d, s) if s == 'mx1.example.com' then return false, 10 end end";

decide::Question of_exim(const Rig& rig, const char* id, std::uint64_t size = 500) {
    auto out = rig.question();
    decide::MailFacts mail;
    mail.queue_id = id;
    mail.size = size;
    mail.sender = "a@mta.test";
    mail.arrived = rig.clock.wall_time;
    out.dry_run = *id == '\0';
    out.mail = mail;
    return out;
}

}  // namespace

TEST_CASE("a hold of Exim's mail is that of the message; who waits is known at once") {
    Rig rig(hold_large);
    const auto id = held(rig.ask(of_exim(rig, first_id, 5000))).id;
    CHECK(cause_of(rig.ask(of_exim(rig, second_id))) == "nothing_to_change");
    CHECK(held(rig.ask(of_exim(rig, first_id, 5000))).id == id);
    REQUIRE(rig.recorder.holds.size() == 1);
    CHECK(rig.recorder.holds[0].queue_id == first_id);
    CHECK(rig.knowledge.holds.find_id(id)->waiting == std::vector<std::string>{first_id});
}

TEST_CASE("retries are those of the message, size is what Exim says") {
    Rig rig("function CheckServer(d, s, retries, size) return retries == 2 and size == 500 end");
    auto& queue = rig.knowledge.queue;
    const std::string user = "user@example.com";
    for (int i = 0; i < 2; ++i)
        queue.outcome(first_id, user, true, true, rig.clock.wall_time);
    queue.outcome(second_id, user, true, true, rig.clock.wall_time);
    CHECK(cause_of(rig.ask(of_exim(rig, first_id))) == "nothing_to_change");
    held(rig.ask(of_exim(rig, second_id)));
    held(rig.ask(of_exim(rig, "1vN0Ab-0004hG-2z")));
}

TEST_CASE("a script can tell who asks") {
    Rig rig("function CheckServer() return nexthop.request.mta == 'exim', 10 end");
    CHECK(cause_of(rig.ask(of_exim(rig, first_id))) == "nothing_to_change");
    held(rig.ask());
}

TEST_CASE("which domains are asked about is a matter of Exim's router") {
    Rig rig(no_mx1);
    rig.policy.mta->local_domains.insert("example.com");
    rig.policy.mta->relays = true;
    rig.policy.mta->tables = true;
    rig.policy.mta->filters = true;
    rig.policy.mta->tls = mail::TlsIdentity::name;
    CHECK(route_of(rig.ask(of_exim(rig, first_id))) == ":[mx2.example.com]");
    rig.policy.mta.reset();  // nor is it asked what Postfix' configuration says
    CHECK(route_of(rig.ask(of_exim(rig, first_id))) == ":[mx2.example.com]");
    rig.policy.local_domains.insert("example.com");
    CHECK(cause_of(rig.ask(of_exim(rig, first_id))) == "not_ours");
}

TEST_CASE("a smarthost is not gone around, unless that is permitted") {
    Rig rig(no_mx1);
    auto question = of_exim(rig, first_id);
    question.relayed = true;
    CHECK(cause_of(rig.ask(question)) == "relayhost");
    rig.policy.bypass_relayhost = true;
    CHECK(route_of(rig.ask(question)) == ":[mx2.example.com]");
}

TEST_CASE("a transport that Exim cannot have is the script's mistake") {
    Rig rig("function GetOverrides() return { 'mx9.example.com', transport = 'byname' } end");
    CHECK(cause_of(rig.ask(of_exim(rig, first_id))) == "script_error");
}

TEST_CASE("a test of Exim gets the answer, and nothing is remembered") {
    Rig rig("function CheckServer() return false, 10 end");
    held(rig.ask(of_exim(rig, "")));
    CHECK(rig.recorder.holds.empty());
    CHECK(rig.knowledge.holds.size() == 0);
    CHECK(rig.knowledge.put_off.size() == 0);
    CHECK(rig.pipeline.statistics().questions == 0);
}

TEST_CASE("Exim's mail is not held into its expiry, nor is the next new message") {
    Rig rig("function CheckServer() return false, 60 end");
    rig.policy.exim_retry_limit = 20min;
    const auto started = rig.clock.wall_time;
    auto question = of_exim(rig, first_id);
    CHECK(held(rig.ask(question)).until == started + 10min);
    rig.clock.wall_time += 9min;
    held(rig.ask(question));
    // A hold that lasts longer than Exim is patient, as an administrator may set it.
    mail::Hold longer;
    longer.id = "7K3QWX";
    longer.recipient = question.recipient.address;
    longer.since = rig.clock.wall_time;
    longer.until = rig.clock.wall_time + 24h;
    REQUIRE(rig.knowledge.holds.add(longer, rig.clock.now(), rig.clock.wall_time));
    rig.clock.wall_time += 2min;
    auto newer = of_exim(rig, second_id);
    CHECK(cause_of(rig.ask(newer)) == "past_queue_lifetime");
    // It passed, so Exim has forgotten how long the address waited.
    CHECK(held(rig.ask(newer)).id == "7K3QWX");
    CHECK(cause_of(rig.ask(question)) == "past_queue_lifetime");  // the message is too old itself
}

TEST_CASE("questions of Exim have a deadline of their own") {
    Rig rig(no_mx1);
    rig.resolver.mode = FakeResolver::Mode::never;
    rig.policy.deadline = 60s;
    rig.policy.exim_deadline = 20ms;
    CHECK(cause_of(rig.ask(of_exim(rig, first_id))) == "deadline");
}
