// Holds that begin and end: in memory, in the ledger, and for the mail that waits.
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <sys/random.h>

#include "base/log.hpp"
#include "base/no_throw.hpp"
#include "base/text.hpp"
#include "serve/daemon.hpp"

namespace nexthopd::serve {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds stored_patience{5};
constexpr std::chrono::minutes forget_patience{60};

}  // namespace

void Daemon::hold_started(const mail::Hold& hold) {
    if (ledger_) ledger_->start_hold(hold);
}

void Daemon::end_hold(const state::ActiveHold& hold, const char* why) {
    log::info("hold ended: id={} recipient={} why={} messages={}", hold.hold.id,
              base::printable(privacy_.address(hold.hold.recipient)), why, hold.waiting.size());
    if (ledger_) ledger_->end_hold({hold.hold.id, clock_.wall(), why});
    releaser_.hold_ended(hold, pipeline_.last_question());
}

asio::awaitable<base::Result<void>> Daemon::stored() {
    if (!ledger_) co_return base::fail("the ledger is not open yet");
    struct Told {
        explicit Told(asio::io_context& io) : timer(io, stored_patience) {}
        asio::steady_timer timer;
        base::Result<void> result =
            base::fail("the ledger has not answered within {} s", stored_patience.count());
    };
    const auto told = std::make_shared<Told>(io_);
    const bool asked = ledger_->commit([this, told](base::Result<void> result) {
        asio::post(io_, [told, result = std::move(result)]() mutable {
            told->result = std::move(result);
            told->timer.cancel();
        });
    });
    if (!asked) co_return base::fail("too much waits for the ledger");
    co_await told->timer.async_wait(base::no_throw);
    co_return told->result;
}

asio::awaitable<base::Result<std::uint64_t>> Daemon::forget(std::string address) {
    if (!ledger_) co_return base::fail("the ledger is not open yet");
    for (const auto& id : knowledge_.holds.of_recipient(address))
        clear_hold(id);
    struct Told {
        explicit Told(asio::io_context& io) : timer(io, forget_patience) {}
        asio::steady_timer timer;
        base::Result<std::uint64_t> result =
            base::fail("the ledger has not ended within {} min", forget_patience.count());
    };
    const auto told = std::make_shared<Told>(io_);
    auto answer = [this, told](base::Result<std::uint64_t> result) {
        asio::post(io_, [told, result = std::move(result)]() mutable {
            told->result = std::move(result);
            told->timer.cancel();
        });
    };
    if (!ledger_->forget(std::move(address), std::move(answer)))
        co_return base::fail("too much waits for the ledger");
    co_await told->timer.async_wait(base::no_throw);
    co_return told->result;
}

bool Daemon::clear_hold(const std::string& id) {
    const auto hold = knowledge_.holds.remove(id);
    if (hold) {
        end_hold(*hold, "cleared");
        return true;
    }
    rules::Effects effects;
    const bool found = knowledge_.back_off.clear(id, moment(), effects);
    carry_out(std::move(effects));
    if (found) next_tick_.cancel();
    return found;
}

std::string Daemon::set_hold(const std::string& connection, const std::string& recipient,
                             std::chrono::milliseconds length) {
    mail::Hold hold;
    hold.id = knowledge_.holds.new_id([] {
        std::uint32_t bits = 0;
        static_cast<void>(!getrandom(&bits, sizeof bits, GRND_NONBLOCK));
        return bits;
    });
    hold.connection = connection;
    hold.recipient = recipient;
    hold.since = clock_.wall();
    hold.until = hold.since + std::chrono::duration_cast<base::WallTime::duration>(length);
    hold.rule = "administrator";
    hold.reason = "set with nexthopctl";
    hold.evidence = "{}";
    if (!knowledge_.holds.add(hold, clock_.now(), hold.since)) return {};
    log::info("decision=hold id={} recipient={} until={} rule={}", hold.id,
              base::printable(privacy_.address(recipient)), base::rfc3339(hold.until), hold.rule);
    hold_started(hold);
    return hold.id;
}

}  // namespace nexthopd::serve
