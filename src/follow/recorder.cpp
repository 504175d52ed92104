#include "follow/recorder.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/log.hpp"
#include "base/string_hash.hpp"
#include "base/text.hpp"

namespace nexthopd::follow {

namespace {

using boost::system::error_code;
using Now = std::chrono::steady_clock;

// A step of 1 000 rows took some 10 ms; ten a second keep pace with any log that one disk can hold.
constexpr std::chrono::milliseconds prune_pause{100};
constexpr std::chrono::seconds prune_rest{60};
// Counts of older windows may be a minute behind the rows: what is newer than two hours is in memory.
constexpr std::chrono::seconds roll_up_rest{60};
constexpr std::chrono::milliseconds roll_up_pause{20};
constexpr std::uint32_t rows_per_roll_up = 10'000;  // some 10 ms
constexpr std::uint32_t rows_per_forgetting = 5'000;
constexpr std::chrono::minutes complaint_period{1};

}  // namespace

Recorder::Recorder(boost::asio::io_context& io, LedgerOptions options, std::unique_ptr<ledger::Store> store,
                   const base::Clock& clock, Callbacks callbacks)
    : io_(io),
      options_(std::move(options)),
      store_(std::move(store)),
      clock_(clock),
      callbacks_(std::move(callbacks)),
      tick_timer_(io),
      look_timer_(io),
      prune_timer_(io),
      roll_up_timer_(io),
      watch_(io.get_executor()),
      give_up_loading_(Now::now() + options_.patience),
      all_read_(Now::now()),
      complaints_(complaint_period) {}

void Recorder::start() {
    Ready ready;
    const auto loaded = load_once(ready);
    if (!loaded) {
        note_failure(loaded.error());
        publish();
        if (Now::now() < give_up_loading_) {
            tick_timer_.expires_after(options_.retry);
            tick_timer_.async_wait([this](const error_code& error) {
                if (!error) start();
            });
            return;
        }
        // Decisions go on from memory alone; the logs are followed from their ends.
        ready = {};
        stored_positions_.clear();
        stored_cursors_.clear();
    }
    callbacks_.ready(std::move(ready));
    ready_ = true;
    follow();
}

base::Result<void> Recorder::load_once(Ready& ready) {
    ready = {};
    auto holds = store_->load_holds();
    if (!holds) return tl::unexpected(holds.error());
    // Without their recipient those of single mails cannot be found again by it.
    const bool known = options_.privacy.full();
    for (auto& hold : *holds)
        if (known || hold.scope != mail::HoldScope::mail) ready.holds.push_back(hold);

    std::unordered_map<std::string, std::uint32_t, base::StringHash, std::equal_to<>> numbers;
    auto& counters = ready.counters;
    const auto since = clock_.wall() - counter_window;
    const auto number_of = [&](std::string_view name) {
        auto number = numbers.find(name);
        if (number == numbers.end()) {
            number = numbers.emplace(name, static_cast<std::uint32_t>(counters.names.size())).first;
            counters.names.emplace_back(name);
        }
        return number->second;
    };
    auto counted = store_->recent(since, [&](const ledger::Cell& cell) {
        counters.cells.push_back({cell.minute, number_of(cell.server), number_of(cell.domain),
                                  number_of(cell.reason), cell.count, cell.result_class});
    });
    if (!counted) return counted;

    auto positions = store_->positions();
    if (!positions) return tl::unexpected(positions.error());
    stored_positions_ = *std::move(positions);
    stored_cursors_.clear();
    for (const auto& other : options_.others) {
        auto place = store_->cursor(other.name);
        if (!place) return tl::unexpected(place.error());
        if (*place) stored_cursors_.push_back({other.name, std::move(**place)});
    }
    store_problem_.clear();
    if (!known)
        for (const auto& hold : *holds)
            if (hold.scope == mail::HoldScope::mail) backlog_.end({hold.id, clock_.wall(), "restarted"});
    return {};
}

void Recorder::follow() {
    for (auto& source : options_.sources) {
        const auto stored = std::find_if(stored_positions_.begin(), stored_positions_.end(),
                                         [&](const auto& position) { return position.path == source.path; });
        std::optional<ledger::Position> position;
        if (stored != stored_positions_.end()) position = *stored;
        followed_.push_back({source, LogFile(source.path, position), position, {}, {}});
    }
    for (const auto& source : options_.others) {
        const auto stored = std::find_if(stored_cursors_.begin(), stored_cursors_.end(),
                                         [&](const auto& cursor) { return cursor.source == source.name; });
        std::optional<std::string> place;
        if (stored != stored_cursors_.end()) place = stored->place;
        auto& other = others_.emplace_back(Other{source, source.make(io_), place.value_or(""), {}});
        other.reader->start(std::move(place), [this] { wake(last_tick_ + options_.batch); });
    }
    look();
    prune();
    roll_up();
}

/// Once a second: what inotify does not tell, and what is to be said.
void Recorder::look() {
    look_timer_.expires_after(options_.look);
    look_timer_.async_wait([this](const error_code& error) {
        if (!error) look();
    });
    for (const auto& followed : followed_)
        watch_.add(followed.source.path);
    wake(last_tick_ + options_.batch);
    publish();
}

/// A tick is wanted at `due`, or sooner.
void Recorder::wake(base::Instant due) {
    if (tick_due_ || !ready_) return;
    tick_due_ = true;
    tick_timer_.expires_at(due);
    tick_timer_.async_wait([this](const error_code& error) {
        if (!error) tick();
    });
}

void Recorder::tick() {
    tick_due_ = false;
    last_tick_ = Now::now();
    Learnt learnt;
    const bool blocked = unacknowledged_ >= max_unacknowledged;
    const bool more = !blocked && read(learnt);
    read_all_ = !blocked && !more;
    if (read_all_) all_read_ = last_tick_;
    store(learnt);
    if (!learnt.empty()) {
        ++unacknowledged_;
        callbacks_.learnt(std::move(learnt));
    }
    if (more)
        wake(last_tick_);
    else if (!blocked)
        watch_.wait([this] { wake(last_tick_ + options_.batch); });
}

/// True: there is more to read at once.
bool Recorder::read(Learnt& learnt) {
    const bool more = read_others(learnt);
    std::size_t blocks = 0;
    for (std::size_t turn = 0; turn < followed_.size(); ++turn) {
        const auto at = (next_ + turn) % followed_.size();
        if (read_one(followed_[at], learnt, blocks)) {
            next_ = (at + 1) % followed_.size();
            return true;
        }
    }
    return more;
}

/// Each gives a slice. True: there is more.
bool Recorder::read_others(Learnt& learnt) {
    const auto now = clock_.wall();
    bool more = false;
    for (auto& other : others_) {
        const auto read = other.reader->read(now, learnt);
        if (read)
            more = *read || more;
        else if (other.problem.empty())
            log::warning("{}", read.error().text);
        other.problem = read ? std::string() : read.error().text;
    }
    return more;
}

/// True: the tick is full.
bool Recorder::read_one(Followed& followed, Learnt& learnt, std::size_t& blocks) {
    const auto now = clock_.wall();
    std::vector<mail::Attempt> stored_before;
    const auto line = [&](std::string_view text, bool replayed) {
        ++lines_read_;
        if (replayed)
            followed.source.parser.line(text, now, stored_before, learnt.earlier);
        else
            followed.source.parser.line(text, now, learnt.attempts, learnt.events);
    };
    for (;;) {
        const auto more = followed.file.read(line);
        stored_before.clear();
        if (!more) {
            if (followed.problem.empty()) log::warning("{}", more.error().text);
            followed.problem = more.error().text;
            return false;
        }
        followed.problem.clear();
        if (!*more) return false;
        if (++blocks >= blocks_per_tick || learnt.attempts.size() >= rows_per_tick ||
            learnt.events.size() + learnt.earlier.size() >= events_per_tick)
            return true;
    }
}

/// Commits the rows, which `learnt` has again afterwards.
void Recorder::store(Learnt& learnt) {
    for (auto& attempt : learnt.attempts)
        options_.privacy.apply(attempt);
    auto [positions, ranges] = where_read();
    const auto& batch =
        backlog_.with(learnt.attempts, std::move(positions), std::move(ranges), moved_cursors());
    if (batch.empty()) return;
    if (Now::now() < retry_) {
        learnt.attempts = backlog_.failed();
        return;
    }
    if (auto done = store_->append(batch); !done) {
        note_failure(done.error());
        learnt.attempts = backlog_.failed();
        return;
    }
    store_problem_.clear();
    rows_stored_ += batch.attempts.size();
    for (auto& followed : followed_) {
        if (followed.moved) followed.committed = *std::exchange(followed.moved, std::nullopt);
        followed.file.forget_finished(followed.file.finished().size());
    }
    learnt.attempts = backlog_.committed();
    for (auto& other : others_)
        other.committed = other.reader->place();
}

/// What has changed since the last commit.
Recorder::WhereRead Recorder::where_read() {
    WhereRead out;
    for (auto& followed : followed_) {
        followed.moved = followed.file.position(followed.source.parser.first_open_line());
        if (followed.moved == followed.committed) followed.moved.reset();
        if (followed.moved) out.positions.push_back(*followed.moved);
        const auto& finished = followed.file.finished();
        out.ranges.insert(out.ranges.end(), finished.begin(), finished.end());
    }
    return out;
}

std::vector<ledger::Cursor> Recorder::moved_cursors() const {
    std::vector<ledger::Cursor> moved;
    for (const auto& other : others_)
        if (auto place = other.reader->place(); !place.empty() && place != other.committed)
            moved.push_back({other.source.name, std::move(place)});
    return moved;
}

void Recorder::note_failure(const base::Error& error) {
    store_problem_ = error.text;
    retry_ = Now::now() + options_.retry;
    // The store may have begun a new database, which does not know them.
    for (auto& followed : followed_)
        followed.committed.reset();
    for (auto& other : others_)
        other.committed.clear();
    if (const auto left_out = complaints_.permit(Now::now()))
        log::error("{} (decisions go on; {} more such failures in the last minute)", error.text, *left_out);
}

void Recorder::prune() {
    ledger::Retention retention;
    retention.before = clock_.wall() - options_.retention;
    retention.holds_before = clock_.wall() - ended_holds_kept;
    retention.max_bytes = options_.max_bytes;
    std::chrono::milliseconds pause = prune_rest;
    if (Now::now() >= retry_) {
        const auto removed = store_->prune(retention);
        if (!removed)
            note_failure(removed.error());
        else if (*removed >= retention.max_rows)
            pause = prune_pause;
    }
    prune_timer_.expires_after(pause);
    prune_timer_.async_wait([this](const error_code& error) {
        if (!error) prune();
    });
}

void Recorder::roll_up() {
    std::chrono::milliseconds pause = roll_up_rest;
    if (Now::now() >= retry_) {
        const auto added = store_->roll_up(rows_per_roll_up);
        if (!added)
            note_failure(added.error());
        else if (*added >= rows_per_roll_up)
            pause = roll_up_pause;
    }
    roll_up_timer_.expires_after(pause);
    roll_up_timer_.async_wait([this](const error_code& error) {
        if (!error) roll_up();
    });
}

void Recorder::forget(std::string address, std::function<void(base::Result<std::uint64_t>)> answer) {
    // What waits for a commit may have the address, too.
    if (auto stored = commit(); !stored) return answer(tl::unexpected(stored.error()));
    // Rows of another time may have it in another form.
    std::vector<std::string> addresses{options_.privacy.address(address)};
    if (addresses.front() != address) addresses.push_back(std::move(address));
    forget_on({std::move(addresses), std::move(answer), {}, 0});
}

void Recorder::forget_on(Forgetting forgetting) {
    if (auto done = store_->forget(forgetting.addresses.back(), rows_per_forgetting, forgetting.progress);
        !done)
        return forgetting.answer(tl::unexpected(done.error()));
    if (forgetting.progress.done) {
        forgetting.rewritten += forgetting.progress.rewritten;
        forgetting.progress = {};
        forgetting.addresses.pop_back();
        if (forgetting.addresses.empty()) return forgetting.answer(forgetting.rewritten);
    }
    boost::asio::post(
        io_, [this, forgetting = std::move(forgetting)]() mutable { forget_on(std::move(forgetting)); });
}

void Recorder::acknowledge() {
    if (unacknowledged_ == 0) return;
    --unacknowledged_;
    wake(last_tick_);
}

void Recorder::start_hold(mail::Hold hold) {
    options_.privacy.apply(hold);
    backlog_.start(std::move(hold));
    wake(last_tick_ + options_.batch);
}

void Recorder::end_hold(ledger::EndedHold ended) {
    backlog_.end(std::move(ended));
    wake(last_tick_ + options_.batch);
}

base::Result<void> Recorder::commit() {
    retry_ = {};
    Learnt nothing;
    store(nothing);
    if (!store_problem_.empty()) return base::fail("{}", store_problem_);
    return {};
}

void Recorder::publish() {
    Health health;
    if (!store_problem_.empty()) health.problems.push_back(store_problem_);
    for (const auto& followed : followed_) {
        if (!followed.problem.empty()) health.problems.push_back(followed.problem);
        health.lines_skipped += followed.file.skipped();
        health.bytes_behind += followed.file.behind();
    }
    health.lines_read = lines_read_;
    for (const auto& other : others_) {
        if (!other.problem.empty()) health.problems.push_back(other.problem);
        other.reader->report(health);
    }
    health.all_read = read_all_;
    health.rows_stored = rows_stored_;
    health.rows_waiting = backlog_.rows();
    health.rows_lost = backlog_.rows_lost();
    health.holds_lost = backlog_.holds_lost();
    if (health.bytes_behind > 0)
        health.behind = std::chrono::duration_cast<std::chrono::seconds>(Now::now() - all_read_);
    callbacks_.health(std::move(health));
}

}  // namespace nexthopd::follow
