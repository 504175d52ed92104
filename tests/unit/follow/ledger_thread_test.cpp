#include "follow/ledger_thread.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <future>
#include <mutex>
#include <optional>
#include <thread>

#include "catch.hpp"
#include "follow/log_text.hpp"
#include "ledger/listing.hpp"
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
    FailingStore(std::unique_ptr<ledger::Store> store, Switch& fails)
        : store_(std::move(store)), switch_(fails) {}

    base::Result<void> append(const ledger::Batch& batch) override {
        if (failing()) return base::fail("no space is left");
        return store_->append(batch);
    }
    base::Result<std::vector<mail::Hold>> load_holds() override {
        if (failing()) return base::fail("no space is left");
        return store_->load_holds();
    }
    base::Result<std::vector<ledger::Position>> positions() override { return store_->positions(); }
    base::Result<std::vector<ledger::Range>> ranges() override { return store_->ranges(); }
    base::Result<std::optional<std::string>> cursor(std::string_view source) override {
        return store_->cursor(source);
    }
    base::Result<std::uint64_t> prune(const ledger::Retention& retention) override {
        return store_->prune(retention);
    }
    base::Result<std::uint64_t> roll_up(std::uint32_t max_rows) override { return store_->roll_up(max_rows); }
    base::Result<void> forget(const std::string& address, std::uint32_t max_rows,
                              ledger::ForgetProgress& progress) override {
        return store_->forget(address, max_rows, progress);
    }
    base::Result<void> recent(base::WallTime since,
                              const std::function<void(const ledger::Cell&)>& cell) override {
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
                        for (const auto& row : learnt.attempts)
                            rows_.push_back(row.result);
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
    /// As after a run that ended before the first line: the log is followed from its beginning.
    Fixture() {
        write("");
        const auto begin = LogText::open(log)->place(0);
        REQUIRE(ledger::sqlite_store(database)->append({{}, {{log, begin, 0, begin}}, {}, {}, {}}));
    }
    void write(const std::string& text) { std::ofstream(log, std::ios::app) << text; }

    LedgerOptions options() {
        LedgerOptions options;
        options.sources = {{log, {parse, [] { return UINT64_MAX; }}}};
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
    test::TempDir folder;
    const std::string log = folder / "mail.log";
    const std::string database = folder / "ledger.db";
    base::SystemClock clock;
};

}  // namespace

using Results = std::vector<std::string>;

TEST_CASE_METHOD(Fixture, "rows are stored, handed on, and acknowledged") {
    Told told;
    auto thread = start(told);
    write("451 a\n250 b\nevent\n");
    told.wait([](Told& t) { return t.rows_.size() == 2 && t.events_ == 1; });
    CHECK(stored() == Results{"451 a", "250 b"});  // before they are handed on
    CHECK(told.get([](Told& t) { return t.ready_.has_value(); }));
    write("451 c\n");
    told.wait([](Told& t) { return t.rows_.size() == 3; });
    told.wait([](Told& t) { return t.health_.rows_stored == 3 && t.health_.lines_read == 4; });
    CHECK(told.get([](Told& t) { return t.health_.problems; }).empty());
    CHECK(told.get([](Told& t) { return t.health_.bytes_behind; }) == 0);
}

TEST_CASE_METHOD(Fixture, "Ready comes first, with what the database remembers") {
    const auto now = base::ledger_time(clock.wall());
    REQUIRE(ledger::sqlite_store(database)->append(
        {{attempt("mx1.test", now.c_str(), "451 a"), attempt("mx1.test", now.c_str(), "450 b"),
          attempt("mx2.test", now.c_str(), "550 c"),
          attempt("mx2.test", "2020-11-22 17:00:00", "550 too old")},
         {},
         {{"A", "", "u@one.test", {}, {}, "", "", ""}, {"B", "", "v@one.test", {}, {}, "", "", ""}},
         {{"B", {}, "over"}}}));
    write("451 d\n");
    Told told;
    auto callbacks = told.callbacks();
    std::atomic<bool> early{false};
    callbacks.learnt = [&, learnt = callbacks.learnt](Learnt message) {
        if (!told.get([](Told& t) { return t.ready_.has_value(); })) early = true;
        learnt(std::move(message));
    };
    LedgerThread thread(options(), ledger::sqlite_store(database), clock, callbacks);
    told.wait([](Told& t) { return t.rows_.size() == 1; });
    CHECK_FALSE(early);
    const auto ready = told.get([](Told& t) { return *t.ready_; });
    REQUIRE(ready.holds.size() == 1);
    CHECK(ready.holds[0].id == "A");
    std::vector<std::string> cells;
    for (const auto& cell : ready.counters.cells)
        cells.push_back(
            fmt::format("{} {} {}", ready.counters.names.at(cell.server), cell.result_class, cell.count));
    std::sort(cells.begin(), cells.end());
    CHECK(cells == Results{"mx1.test 4 2", "mx2.test 5 1"});
}

TEST_CASE_METHOD(Fixture, "holds are stored") {
    Told told;
    {
        auto thread = start(told);
        for (const auto* id : {"A", "B"})
            CHECK(thread->start_hold({id, "", "u@one.test", {}, {}, "", "", ""}));
        CHECK(thread->end_hold({"A", {}, "over"}));
    }
    const auto holds = ledger::sqlite_store(database)->load_holds();
    REQUIRE(holds->size() == 1);
    CHECK(holds->front().id == "B");
}

TEST_CASE_METHOD(Fixture, "a commit that is asked for is done at once, or says why not") {
    FailingStore::Switch fails;
    Told told;
    auto thread = start(told, std::make_unique<FailingStore>(ledger::sqlite_store(database), fails));
    const auto commit = [&] {
        std::promise<base::Result<void>> done;
        REQUIRE(thread->commit([&](base::Result<void> result) { done.set_value(std::move(result)); }));
        return done.get_future().get();
    };
    REQUIRE(thread->start_hold({"A", "", "u@one.test", {}, {}, "", "", ""}));
    CHECK(commit());
    CHECK(ledger::sqlite_store(database)->load_holds()->size() == 1);

    fails.fails = true;
    REQUIRE(thread->end_hold({"A", {}, "cleared"}));
    const auto failed = commit();
    REQUIRE_FALSE(failed);
    CHECK(failed.error().text == "no space is left");
    fails.fails = false;
    CHECK(commit());
    CHECK(ledger::sqlite_store(database)->load_holds()->empty());
}

TEST_CASE_METHOD(Fixture, "too many messages are refused, not queued") {
    std::promise<void> hang;
    auto hanging = hang.get_future();
    Told told;
    auto thread = start(told);
    REQUIRE(thread->commit([&](const base::Result<void>&) { hanging.wait(); }));
    bool refused = false;
    for (int i = 0; i < 100'000 && !refused; ++i)
        refused = !thread->commit([](const base::Result<void>&) {});
    CHECK(refused);
    CHECK_FALSE(thread->start_hold({}));
    hang.set_value();
}

TEST_CASE_METHOD(Fixture, "without acknowledgements reading stops, and goes on with the next one") {
    Told told;
    auto thread = start(told);
    for (std::size_t message = 1; message <= 4; ++message) {
        write("451 a\n");
        told.wait([&](Told& t) { return t.messages_ == message; });
    }
    write("451 last\n");
    told.wait([](Told& t) { return t.health_.bytes_behind == 9; });
    CHECK(told.get([](Told& t) { return t.messages_; }) == 4);
    // Holds are stored all the same.
    thread->start_hold({"A", "", "u@one.test", {}, {}, "", "", ""});
    for (bool there = false; !there;) {
        std::promise<bool> found;
        thread->commit([&](const base::Result<void>&) { found.set_value(ledger::find_hold(database, "A")->has_value()); });
        there = found.get_future().get();
    }
    CHECK(told.get([](Told& t) { return t.messages_; }) == 4);
    thread->acknowledge();
    told.wait([](Told& t) { return t.messages_ == 5; });
    CHECK(told.get([](Told& t) { return t.rows_.back(); }) == "451 last");
}

TEST_CASE_METHOD(Fixture, "rotation while it runs") {
    Told told;
    auto thread = start(told);
    Results wanted;
    for (int rotation = 0; rotation < 10; ++rotation) {
        for (int line = 0; line < 3; ++line) {
            wanted.push_back(fmt::format("451 {}.{}", rotation, line));
            write(wanted.back() + "\n");
        }
        if (rotation % 2 == 0) told.wait([&](Told& t) { return t.rows_.size() == wanted.size(); });
        fs::rename(log, fmt::format("{}-2026{:04}", log, rotation));
        wanted.push_back(fmt::format("451 {}.new", rotation));
        write(wanted.back() + "\n");
        told.wait([&](Told& t) {
            thread->acknowledge();
            return t.rows_.size() == wanted.size();
        });
    }
    CHECK(told.get([](Told& t) { return t.rows_; }) == wanted);
    CHECK(stored() == wanted);
}

TEST_CASE_METHOD(Fixture, "stopped at any moment, each line gives one row") {
    Results wanted;
    for (int run = 0; run < 20; ++run) {
        Told told;
        auto thread = start(told);
        for (int line = 0; line < 50; ++line) {
            wanted.push_back(fmt::format("451 {}.{}", run, line));
            write(wanted.back() + (line % 7 == 0 ? "\nevent\n" : "\n"));
        }
        // Some runs end before the first line is read, some in the middle, some after all.
        const std::size_t enough = static_cast<std::size_t>(run % 5) * 12;
        told.wait([&](Told& t) {
            thread->acknowledge();
            return t.rows_.size() >= enough;
        });
        if (run % 6 == 0) fs::rename(log, fmt::format("{}-2026{:04}", log, run)), write("");
    }
    const auto before = stored().size();
    Told told;
    auto thread = start(told);
    told.wait([&](Told& t) {
        thread->acknowledge();
        return before + t.health_.rows_stored == wanted.size();
    });
    thread.reset();
    CHECK(stored() == wanted);
}

TEST_CASE_METHOD(Fixture, "a store that fails: decisions learn at once, rows are stored later, once") {
    FailingStore::Switch fails;
    Told told;
    auto thread = start(told, std::make_unique<FailingStore>(ledger::sqlite_store(database), fails));
    write("451 a\n");
    told.wait([](Told& t) { return t.rows_.size() == 1; });
    fails.fails = true;
    write("451 b\nevent\n");
    told.wait([](Told& t) { return t.rows_.size() == 2 && t.events_ == 1; });
    write("451 c\n");
    told.wait([](Told& t) { return t.rows_.size() == 3; });
    told.wait([](Told& t) { return t.health_.rows_waiting == 2; });
    CHECK(told.get([](Told& t) { return t.health_.problems; }) == Results{"no space is left"});
    CHECK(stored() == Results{"451 a"});
    fails.fails = false;
    told.wait([](Told& t) { return t.health_.rows_stored == 3; });
    told.wait([](Told& t) { return t.health_.problems.empty() && t.health_.rows_waiting == 0; });
    CHECK(stored() == Results{"451 a", "451 b", "451 c"});
    CHECK(told.get([](Told& t) { return t.rows_; }) == Results{"451 a", "451 b", "451 c"});
}

TEST_CASE_METHOD(Fixture, "a store that fails when the program ends: the lines are read again") {
    FailingStore::Switch fails;
    {
        Told told;
        auto thread = start(told, std::make_unique<FailingStore>(ledger::sqlite_store(database), fails));
        write("451 a\n");
        told.wait([](Told& t) { return t.rows_.size() == 1; });
        fails.fails = true;
        write("451 b\n");
        told.wait([](Told& t) { return t.rows_.size() == 2; });
    }
    CHECK(stored() == Results{"451 a"});
    Told told;
    auto thread = start(told);
    told.wait([](Told& t) { return t.rows_.size() == 1; });
    CHECK(stored() == Results{"451 a", "451 b"});
}

TEST_CASE_METHOD(Fixture,
                 "a store that fails at start is tried for a while, then the log is followed without it") {
    FailingStore::Switch fails;
    fails.fails = true;
    Told told;
    SECTION("it recovers") {
        auto options = this->options();
        options.patience = std::chrono::hours(1);
        LedgerThread thread(options, std::make_unique<FailingStore>(ledger::sqlite_store(database), fails),
                            clock, told.callbacks());
        write("451 a\n");
        told.wait([&](Told& t) { return fails.failures > 2 && !t.health_.problems.empty(); });
        CHECK_FALSE(told.get([](Told& t) { return t.ready_.has_value(); }));
        fails.fails = false;
        told.wait([](Told& t) { return t.rows_.size() == 1; });
    }
    SECTION("it does not") {
        auto thread = start(told, std::make_unique<FailingStore>(ledger::sqlite_store(database), fails));
        told.wait([](Told& t) { return t.ready_.has_value(); });
        CHECK(told.get([](Told& t) { return t.ready_->holds.empty(); }));
        CHECK(fails.failures > 1);
    }
}

TEST_CASE_METHOD(Fixture, "a log that cannot be read is a problem until it can") {
    fs::remove(log);
    fs::create_directory(log);
    Told told;
    auto thread = start(told);
    told.wait([](Told& t) { return t.health_.problems.size() == 1; });
    CHECK(told.get([](Told& t) { return t.health_.problems[0]; }).find("regular file") != std::string::npos);
    fs::remove(log);
    told.wait([](Told& t) { return t.health_.problems.empty(); });
    write("451 a\n");
    told.wait([](Told& t) { return t.rows_.size() == 1; });
}
