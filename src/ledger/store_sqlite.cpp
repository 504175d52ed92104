#include "ledger/store_sqlite.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "base/log.hpp"
#include "ledger/schema.hpp"
#include "ledger/sqlite.hpp"
#include "ledger/writer.hpp"

namespace nexthopd::ledger {

namespace {

using base::Result;

// The last one reads the schema, so that damage there is met here.
// Secure deletion: what pruning and forgetting remove is overwritten.
// A checkpoint each 16 MiB of WAL: with SQLite's default (4 MiB) pages of the indexes are written more
// often. After a burst the file shrinks again.
constexpr const char* writer_settings =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=4000; "
    "PRAGMA journal_size_limit=33554432; PRAGMA secure_delete=ON; SELECT count(*) FROM sqlite_schema";

/// The WAL goes along, so that recovery tools find all there is; the -shm file is only an index of it.
Result<void> move_aside(const std::string& path) {
    namespace fs = std::filesystem;
    std::error_code error;
    if (!fs::is_regular_file(path, error)) return base::fail("{} is not a regular file", path);
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    const auto kept = fmt::format("{}.corrupt-{:%Y%m%dT%H%M%SZ}", path, fmt::gmtime(now));
    fs::rename(path, kept, error);
    if (error)
        return base::fail("{} is damaged and cannot be renamed to {} ({}); move it away", path, kept,
                          error.message());
    fs::rename(path + "-wal", kept + "-wal", error);
    fs::remove(path + "-shm", error);
    log::error("the ledger {} was damaged: it is kept as {}, a new one is begun without its history", path,
               kept);
    return {};
}

class SqliteStore final : public Store {
  public:
    explicit SqliteStore(std::string path) : path_(std::move(path)) {}

    Result<void> append(const Batch& batch) override {
        return with_writer([&](Writer& writer) -> Result<void> {
            if (auto begun = writer.begin(); !begun) return begun;
            if (auto done = writer.insert(batch.attempts); !done) return done;
            for (const auto& position : batch.positions)
                if (auto done = writer.follow(position); !done) return done;
            for (const auto& cursor : batch.cursors)
                if (auto done = writer.follow(cursor); !done) return done;
            for (const auto& hold : batch.started)
                if (auto done = writer.start(hold); !done) return done;
            for (const auto& ended : batch.ended)
                if (auto done = writer.end(ended); !done) return done;
            for (const auto& range : batch.ranges)
                if (auto done = writer.add(range); !done) return done;
            return writer.commit();
        });
    }

    Result<std::vector<mail::Hold>> load_holds() override {
        return with_writer([](Writer& writer) { return writer.holds(); });
    }

    Result<std::vector<Position>> positions() override {
        return with_writer([](Writer& writer) { return writer.positions(); });
    }

    Result<std::vector<Range>> ranges() override {
        return with_writer([](Writer& writer) { return writer.ranges(); });
    }

    Result<std::optional<std::string>> cursor(std::string_view source) override {
        return with_writer([&](Writer& writer) { return writer.cursor(source); });
    }

    Result<std::uint64_t> prune(const Retention& retention) override {
        return in_transaction([&](Writer& writer) { return writer.prune(retention); });
    }

    Result<std::uint64_t> roll_up(std::uint32_t max_rows) override {
        return in_transaction([&](Writer& writer) { return writer.roll_up(max_rows); });
    }

    Result<void> forget(const std::string& address, std::uint32_t max_rows,
                        ForgetProgress& progress) override {
        return with_writer([&](Writer& writer) -> Result<void> {
            if (auto begun = writer.begin(); !begun) return begun;
            auto next = progress;
            if (auto done = writer.forget(address, max_rows, next); !done) return done;
            if (auto committed = writer.commit(); !committed) return committed;
            if (next.done) {
                if (auto cleaned = Forgetting::clean_files(writer.database(), address); !cleaned)
                    return cleaned;
            }
            progress = next;
            return {};
        });
    }

    Result<void> recent(base::WallTime since, const std::function<void(const Cell&)>& cell) override {
        return with_writer([&](Writer& writer) { return writer.recent(since, cell); });
    }

  private:
    /// Of work that answers a number.
    template <class Work>
    Result<std::uint64_t> in_transaction(Work work) {
        return with_writer([&](Writer& writer) -> Result<std::uint64_t> {
            if (auto begun = writer.begin(); !begun) return tl::unexpected(begun.error());
            auto done = work(writer);
            if (!done) return done;
            if (auto committed = writer.commit(); !committed) return tl::unexpected(committed.error());
            return done;
        });
    }

    /// What fails closes the database: that undoes its transaction, and the next call begins afresh.
    template <class Work>
    auto with_writer(Work work) -> decltype(work(std::declval<Writer&>())) {
        if (!writer_) {
            if (auto opened = open(); !opened) return tl::unexpected(opened.error());
        }
        auto done = work(*writer_);
        if (!done) {
            const bool damaged = writer_->database().damaged();
            writer_.reset();
            if (damaged) (void)move_aside(path_);
        }
        return done;
    }

    Result<void> open() {
        bool damaged = false;
        auto opened = open_once(damaged);
        if (opened || !damaged) return opened;
        if (auto moved = move_aside(path_); !moved) return moved;
        return open_once(damaged);
    }

    Result<void> open_once(bool& damaged) {
        auto database = Database::open(path_, Database::Access::create, writer_cache_kib, writer_busy_ms);
        if (!database) return tl::unexpected(database.error());
        auto ready = database->exec(writer_settings);
        if (ready) ready = migrate(*database);
        if (!ready) {
            damaged = database->damaged();
            return ready;
        }
        auto writer = Writer::prepare(std::move(*database));
        if (!writer) return tl::unexpected(writer.error());
        writer_ = std::move(*writer);
        return {};
    }

    std::string path_;
    std::optional<Writer> writer_;
};

}  // namespace

std::unique_ptr<Store> sqlite_store(std::string path) {
    return std::make_unique<SqliteStore>(std::move(path));
}

}  // namespace nexthopd::ledger
