// The pipeline with fakes around it: a clock that can be set, DNS that answers what the test says, no ledger.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "answer/pipeline.hpp"
#include "answer/run.hpp"
#include "catch.hpp"
#include "ledger/temp_dir.hpp"
#include "mail/nexthop.hpp"

namespace nexthopd::answer::test {

namespace asio = boost::asio;
using Set = std::shared_ptr<const mail::MxSet>;

/// The machine's monotonic clock, which deadlines need, plus an offset; a wall clock of its own.
class FakeClock final : public base::Clock {
  public:
    base::Duration offset{};
    base::WallTime wall_time = base::from_unix_seconds(1'795'348'800);  // 2026-11-22 12:00:00
    base::Instant now() const override { return base::Instant::clock::now() + offset; }
    base::WallTime wall() const override { return wall_time; }
};

inline Set set_of(const std::vector<std::string>& names) {
    mail::MxSet out;
    out.state = mail::MxSet::State::hosts;
    out.domain = out.owner = "example.com";
    for (const auto& name : names) {
        mail::MxHost host;
        host.name = name;
        host.preference = static_cast<std::uint16_t>(10 * (out.hosts.size() + 1));
        out.hosts.push_back(host);
    }
    return std::make_shared<const mail::MxSet>(std::move(out));
}

class FakeResolver final : public dns::Resolver {
  public:
    enum class Mode { answers, never, throws };
    std::map<std::string, Set, std::less<>> in_cache;
    Set looked_up = set_of({"mx1.example.com", "mx2.example.com"});
    Mode mode = Mode::answers;
    std::shared_ptr<const dns::Records> records_cached;  // nullptr: none
    std::shared_ptr<const dns::Records> records_found;
    std::vector<std::string> lookups;  // "example.com", with " fresh"

    Set cached(std::string_view domain, base::Instant /*now*/) override {
        const auto found = in_cache.find(domain);
        return found == in_cache.end() ? nullptr : found->second;
    }
    std::shared_ptr<const dns::Records> cached_records(std::string_view, dns::Type, base::Instant) override {
        return records_cached;
    }
    asio::awaitable<std::shared_ptr<const dns::Records>> records(std::string name, dns::Type type) override {
        lookups.push_back(name + fmt::format(" {}", static_cast<int>(type)));
        asio::steady_timer timer(co_await asio::this_coro::executor);
        if (mode == Mode::never)
            timer.expires_at(asio::steady_timer::time_point::max());
        else
            timer.expires_after(std::chrono::milliseconds(1));
        co_await timer.async_wait(asio::use_awaitable);
        co_return records_found;
    }
    asio::awaitable<Set> mx(std::string domain, bool fresh) override {
        lookups.push_back(domain + (fresh ? " fresh" : ""));
        asio::steady_timer timer(co_await asio::this_coro::executor);
        if (mode == Mode::throws) throw std::runtime_error("the resolver is broken");
        if (mode == Mode::never)
            timer.expires_at(asio::steady_timer::time_point::max());
        else
            timer.expires_after(std::chrono::milliseconds(1));
        co_await timer.async_wait(asio::use_awaitable);
        co_return looked_up;
    }
};

class FakeDestinations final : public Destinations {
  public:
    std::map<std::string, DestinationFacts, std::less<>> remembered;
    std::optional<DestinationFacts> looked_up = DestinationFacts{};
    std::vector<std::string> lookups;

    std::optional<DestinationFacts> known(std::string_view domain, base::Instant /*now*/) override {
        const auto found = remembered.find(domain);
        return found == remembered.end() ? std::nullopt : std::optional(found->second);
    }
    asio::awaitable<std::optional<DestinationFacts>> look_up(std::string domain) override {
        lookups.push_back(domain);
        co_return looked_up;
    }
};

class FakeRecorder final : public Recorder {
  public:
    std::vector<mail::Hold> holds;
    void hold_started(const mail::Hold& hold) override { holds.push_back(hold); }
};

struct Rig {
    explicit Rig(std::string_view script = {}) {
        policy.mta.emplace();
        // The limits of the machine that runs the tests are not those of the tests that do not set them.
        policy.deadline = std::chrono::seconds(60);
        policy.script_time = std::chrono::seconds(20);
        if (!script.empty()) load(script);
    }

    void load(std::string_view script) {
        auto vm = script::Vm::load(script, "rules.lua", {{"newsletters", 2}}, {});
        if (!vm) FAIL(vm.error().text);
        policy.script = *std::move(vm);
    }

    decide::Question question(std::string_view recipient = "user@example.com") const {
        decide::Question out;
        out.recipient = mail::parse_recipient(recipient);
        out.arrival = clock.now();
        return out;
    }

    /// Asks with the policy as it is now. `needs` tells what was waited for.
    decide::Verdict ask(decide::Question question, Trace* trace = nullptr) {
        pipeline.set_policy(std::make_shared<const Policy>(policy));
        Run run(pipeline);
        run.start(std::move(question), clock.now(), trace);
        need = run.advance();
        if (need != Run::Need::nothing) {
            bool done = false;
            asio::co_spawn(io, run.finish(), [&](const std::exception_ptr&) { done = true; });
            io.restart();
            while (!done)  // a lookup may go on without the question
                REQUIRE(io.run_one() > 0);
        }
        return run.verdict();
    }
    decide::Verdict ask() { return ask(question()); }
    decide::Verdict ask_dry() {
        auto dry = question();
        dry.dry_run = true;
        return ask(std::move(dry));
    }

    nexthopd::test::TempDir folder;
    const std::string database = folder / "ledger.db";
    asio::io_context io;
    FakeClock clock;
    Knowledge knowledge;
    FakeResolver resolver;
    FakeDestinations destinations;
    FakeRecorder recorder;
    ledger::Reader reader{database};
    ReaderThread reader_thread{database};
    Pipeline pipeline{knowledge, resolver, destinations, reader, reader_thread, recorder, clock};
    Policy policy;
    Run::Need need = Run::Need::nothing;
};

/// "deadline", "nothing_to_change" …; the verdict's name when the mail is not left alone.
inline std::string cause_of(const decide::Verdict& verdict) {
    const auto* const left = std::get_if<decide::LeaveAlone>(&verdict);
    return left != nullptr ? decide::to_text(left->cause)
                           : std::string("not left alone: ") + decide::name_of(verdict);
}

inline std::string detail_of(const decide::Verdict& verdict) {
    const auto* const left = std::get_if<decide::LeaveAlone>(&verdict);
    return left != nullptr ? left->detail : std::string();
}

inline std::string route_of(const decide::Verdict& verdict) {
    const auto* const route = std::get_if<decide::Route>(&verdict);
    return route != nullptr ? mail::nexthop_text(route->map).value_or("?") : cause_of(verdict);
}

inline const decide::Held& held(const decide::Verdict& verdict) {
    INFO(cause_of(verdict));
    REQUIRE(std::holds_alternative<decide::Held>(verdict));
    return std::get<decide::Held>(verdict);
}

}  // namespace nexthopd::answer::test
