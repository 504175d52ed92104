// An address is gone from the rows, and from the files byte by byte.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "base/text.hpp"
#include "catch.hpp"
#include "ledger/listing.hpp"
#include "ledger/rows.hpp"
#include "ledger/sqlite.hpp"
#include "ledger/store_sqlite.hpp"
#include "ledger/temp_dir.hpp"

using namespace nexthopd;
using namespace nexthopd::ledger;
using test::at;
using test::attempt;

namespace {

constexpr const char* address = "forget.me@one.test";

/// Which of the database's files have the text, in any case.
std::string found_in(const std::string& path, const std::string& text) {
    std::string found;
    for (const auto* const suffix : {"", "-wal", "-shm"}) {
        std::ifstream file(path + suffix, std::ios::binary);
        const std::string bytes{std::istreambuf_iterator<char>(file), {}};
        if (base::lower(bytes).find(base::lower(text)) != std::string::npos) found += path + suffix + ' ';
    }
    return found;
}

std::uint64_t forget(Store& store, std::uint32_t step) {
    ForgetProgress progress;
    while (!progress.done) {
        const auto done = store.forget(address, step, progress);
        INFO((done ? "" : done.error().text));
        REQUIRE(done);
    }
    return progress.rewritten;
}

mail::Attempt other(int number) {
    auto row = attempt("mx1.test", "2026-11-22 17:00:00", "451 later");
    row.recipient = fmt::format("user{}@one.test", number);
    return row;
}

mail::Attempt addressed(int number) {
    auto row = other(number);
    if (number % 3 == 0) row.recipient = address;
    if (number % 3 == 1) row.sender = "Forget.Me@one.test";
    if (number % 3 == 2)
        row.result = fmt::format("550 5.1.1 <{}>: unknown, said {}", address, std::string(5'000, '-'));
    return row;
}

mail::Hold hold(int number) {
    return {fmt::format("{:06}", number * 7'919 % 100'003),
            "",
            number % 2 == 0 ? address : "u@one.test",
            at("2026-11-22 17:00:00"),
            at("2026-11-22 18:00:00"),
            std::string("for ") + address,
            "rule",
            "{}"};
}

}  // namespace

TEST_CASE("no trace is left in the files") {
    test::TempDir folder;
    const auto path = folder / "ledger.db";
    auto store = sqlite_store(path);
    Batch batch;
    for (int i = 0; i < 900; ++i)
        batch.attempts.push_back(i % 4 == 0 ? addressed(i) : other(i));
    for (int i = 0; i < 500; ++i)
        batch.started.push_back(hold(i));
    REQUIRE(store->append(batch));
    REQUIRE_FALSE(found_in(path, address).empty());

    const auto rewritten = forget(*store, 100);
    CHECK(found_in(path, address).empty());
    CHECK(rewritten == 225 + 500);
    CHECK(list_attempts(path, {{}, {}, address, {}, {}})->attempts.empty());
    CHECK(list_attempts(path, {{}, {}, "*@one.test", {}, {}})->attempts.size() == 75);
    CHECK(list_attempts(path, {{}, {}, "user1@one.test", {}, {}})->attempts.size() == 1);
    CHECK(store->append({{other(1)}, {}, {}, {}}));
    CHECK(forget(*store, 5'000) == 0);
}

TEST_CASE("what was pruned before has left no trace either") {
    test::TempDir folder;
    const auto path = folder / "ledger.db";
    auto store = sqlite_store(path);
    Batch batch;
    for (int i = 0; i < 600; ++i)
        batch.attempts.push_back(addressed(i));
    batch.attempts.push_back(other(1));
    batch.attempts.back().time = at("2026-11-23 17:00:00");
    REQUIRE(store->append(batch));
    CHECK(*store->prune({at("2026-11-23 00:00:00"), 0, {}, 1'000}) == 600);
    CHECK(forget(*store, 1'000) == 0);
    CHECK(found_in(path, address).empty());
}

TEST_CASE("a file of an older program, which did not overwrite, is written anew") {
    test::TempDir folder;
    const auto path = folder / "ledger.db";
    REQUIRE(sqlite_store(path)->append({{addressed(0), other(1)}, {}, {}, {}}));
    {
        auto database = Database::open(path, Database::Access::create, listing_cache_kib, 0);
        REQUIRE(database);
        REQUIRE(database->exec(
            "PRAGMA secure_delete=OFF; DELETE FROM attempt WHERE recipient='forget.me@one.test'; "
            "PRAGMA wal_checkpoint(TRUNCATE)"));
    }
    REQUIRE_FALSE(found_in(path, address).empty());
    auto store = sqlite_store(path);
    CHECK(forget(*store, 1'000) == 0);
    CHECK(found_in(path, address).empty());
    CHECK(list_attempts(path, {})->attempts.size() == 1);
}

TEST_CASE("an address within a longer one stays") {
    test::TempDir folder;
    const auto path = folder / "ledger.db";
    auto store = sqlite_store(path);
    auto longer = other(1);
    longer.recipient = std::string("dont.") + address;
    REQUIRE(store->append({{longer}, {}, {}, {}}));
    CHECK(forget(*store, 10) == 0);
    CHECK(list_attempts(path, {{}, {}, longer.recipient, {}, {}})->attempts.size() == 1);
}

TEST_CASE("while someone reads, forgetting says that it is not done") {
    test::TempDir folder;
    const auto path = folder / "ledger.db";
    auto store = sqlite_store(path);
    REQUIRE(store->append({{addressed(0)}, {}, {}, {}}));
    auto reader = Database::open(path, Database::Access::read_only, listing_cache_kib, 0);
    REQUIRE(reader->exec("BEGIN; SELECT count(*) FROM attempt"));
    ForgetProgress progress;
    const auto done = store->forget(address, 10, progress);
    REQUIRE_FALSE(done);
    CHECK_FALSE(progress.done);
    REQUIRE(reader->exec("COMMIT"));
    forget(*store, 10);
    CHECK(found_in(path, address).empty());
}
