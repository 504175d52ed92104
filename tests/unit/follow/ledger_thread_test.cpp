#include "follow/ledger_thread.hpp"

#include <fmt/format.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <set>

#include "catch.hpp"
#include "ledger/rows.hpp"
#include "ledger/store_sqlite.hpp"
#include "ledger/temp_dir.hpp"

using namespace nexthopd;
using namespace nexthopd::follow;
using test::at;
using test::attempt;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

constexpr auto patience = 30s;  // of a test, for something that has to happen

/// A store that fails on demand, before the real one is asked.
class FailingStore final : public ledger::Store {
  public:
    struct Switch {
        std::atomic<bool> fails{false};
        std::atomic<int> failures{0};
    };
    FailingStore(std::unique_ptr<ledger::Store> store, Switch& fails) : store_(std::move(store)), switch_(fails) {}

    base::Result<void> append(const ledger::Batch& batch) override {
        if (failing()) return base::fail("no space is left");
        return store_->append(batch);
    }
    base::Result<std::vector<mail::Hold>> load_holds() override {
        if (failing()) return base::fail("no space is left");
        return store_->load_holds();
    }
    base::Result<std::optional<ledger::Position>> position(std::string_view path) override {
        return store_->position(path);
    }
    base::Result<std::uint64_t> prune(const ledger::Retention& retention) override {
        return store_->prune(retention);
    }
    base::Result<void> recent(base::WallTime since, const std::function<void(const ledger::Cell&)>& cell) override {
        return store_->recent(since, cell);
    }

  private:
    bool failing() {
        if (!switch_.fails) return false;
        ++switch_.failures;
        return true;
    }
    std::unique_ptr<ledger::Store> store_;
    Switch& switch_;
};

/// What the callbacks told, to be waited for.
class Told {
  public:
    Callbacks callbacks() {
        return {[this](Ready ready) { tell([&] { ready_ = std::move(ready); }); },
                [this](Learnt learnt) {
                    tell([&] {
                        ++messages_;
                        for (const auto& row : learnt.attempts) rows_.push_back(row.result);
                        events_ += learnt.events.size();
                    });
                },
                [this](Health health) { tell([&] { health_ = std::move(health); }); }};
    }
    template <class Condition>
    void wait(Condition condition) {
        std::unique_lock lock(mutex_);
        const bool came = changed_.wait_for(lock, patience, [&] { return condition(*this); });
        REQUIRE(came);
    }
    template <class Get>
    auto get(Get part) {
        const std::lock_guard lock(mutex_);
        return part(*this);
    }

    std::optional<Ready> ready_;
    std::vector<std::string> rows_;
    std::size_t messages_ = 0;
    std::size_t events_ = 0;
    Health health_;

  private:
    template <class Change>
    void tell(Change change) {
        const std::lock_guard lock(mutex_);
        change();
        changed_.notify_all();
    }
    std::mutex mutex_;
    std::condition_variable changed_;
};

/// A line is the result of one attempt; "event" is one event.
void parse(std::string_view line, base::WallTime, std::vector<mail::Attempt>& attempts,
           std::vector<maillog::QueueEvent>& events) {
    if (line == "event")
        events.emplace_back(maillog::MessageGone{});
    else
        attempts.push_back(attempt("mx.test", "2026-11-22 17:00:00", std::string(line)));
}

struct Fixture {
    Fixture() { write(""); }
    void write(const std::string& text) { std::ofstream(log, std::ios::app) << text; }

    LedgerOptions options() {
        LedgerOptions options;
        options.sources = {{log, parse}};
        options.database = database;
        options.retention = 24h * 365 * 100;
        options.batch = 1ms;
        options.look = 10ms;
        options.retry = 10ms;
        options.patience = 20ms;
        return options;
    }
    std::unique_ptr<LedgerThread> start(Told& told, std::unique_ptr<ledger::Store> store = nullptr) {
        if (!store) store = ledger::sqlite_store(database);
        return std::make_unique<LedgerThread>(options(), std::move(store), clock, told.callbacks());
    }
    std::vector<std::string> stored() {
        const auto listed = ledger::list_attempts(database, {{}, {}, {}, {}, {}, 10'000, true});
        REQUIRE(listed);
        std::vector<std::string> results;
        for (auto row = listed->attempts.rbegin(); row != listed->attempts.rend(); ++row)
            results.push_back(row->result);
        return results;
    }
    /// The position is stored at once, before there is a row.
    void followed(Told& told) {
        told.wait([](Told& t) { return t.ready_.has_value(); });
        std::optional<ledger::Position> position;
        while (!position) {
            told.wait([](Told&) { return true; });
            position = *ledger::sqlite_store(database)->position(log);
        }
    }

    test::TempDir folder;
    const std::string log = folder / "mail.log";
    const std::string database = folder / "ledger.db";
    base::SystemClock clock;
};

}  // namespace
