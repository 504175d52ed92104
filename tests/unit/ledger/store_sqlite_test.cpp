#include "ledger/store_sqlite.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <fstream>
#include <map>
#include <tuple>

#include "catch.hpp"
#include "ledger/listing.hpp"
#include "ledger/names.hpp"
#include "ledger/rows.hpp"
#include "ledger/sqlite.hpp"
#include "ledger/temp_dir.hpp"

using namespace nexthopd;
using namespace nexthopd::ledger;
using test::at;
using test::attempt;
namespace fs = std::filesystem;

namespace {

std::int64_t number(const std::string& path, const std::string& sql) {
    auto database = Database::open(path, Database::Access::read_only, listing_cache_kib, writer_busy_ms);
    REQUIRE(database);
    auto statement = Statement::prepare(*database, sql);
    REQUIRE(statement);
    const auto row = statement->step();
    REQUIRE(row);
    REQUIRE(*row);
    return statement->integer(0);
}

mail::Hold hold(const std::string& id, const char* until) {
    return {id, "newsletters", "u@one.test", at("2026-11-22 17:00:00"), at(until), "left out", "rule", "{}"};
}

void damage(const std::string& path, std::streamoff from, std::streamsize length) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(from);
    file << std::string(static_cast<std::size_t>(length), 'x');
}

std::vector<std::string> kept_aside(const test::TempDir& folder) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder.path())) {
        const auto name = entry.path().filename().string();
        if (name.find(".corrupt-") != std::string::npos && !name.ends_with("-wal")) names.push_back(name);
    }
    return names;
}

}  // namespace

TEST_CASE("an attempt comes back as it was stored") {
    test::TempDir folder;
    const auto path = folder / "ledger.db";
    auto full = attempt("mx1.one.test", "2026-11-22 17:00:01", "451 4.7.1 it's \"later\"; --");
    full.session = 0xFFFF'FFFF'FFFF'FFFFU;
    full.connection = "newsletters";
    full.port = 65'535;
    full.code = 451;
    full.reason = "rate";
    full.delay = 0.25;
    full.size = 12'345;
    full.retries = 3;
    full.tls = true;
    full.mta = mail::Mta::exim;
    full.mode = mail::Mode::probe;
    full.stage = mail::Stage::eod;
    mail::Attempt bare;
    bare.time = at("2026-11-22 17:00:00");
    auto store = sqlite_store(path);
    REQUIRE(store->append({{full, bare}, {}, {}, {}}));

    const auto listed = list_attempts(path, {});
    REQUIRE(listed);
    CHECK(listed->complete);
    REQUIRE(listed->attempts.size() == 2);
    const auto fields = [](const mail::Attempt& a) {
        return std::tuple(a.time, a.instance, a.queue_id, a.session, a.connection, a.sender, a.recipient,
                          a.domain, a.server, a.address, a.port, a.result, a.code, a.dsn, a.status, a.stage,
                          a.reason, a.delay, a.size, a.retries, a.tls, a.mta, a.mode, a.counted);
    };
    CHECK(fields(listed->attempts[0]) == fields(full));
    CHECK(fields(listed->attempts[1]) == fields(bare));
}

TEST_CASE("listing filters") {
    test::TempDir folder;
    const auto path = folder / "ledger.db";
    auto other = attempt("mx2.two.test", "2026-11-22 17:00:02", "250 ok");
    other.domain = "two.test";
    other.recipient = "v@two.test";
    other.queue_id = "OTHER";
    other.reason = "greylist";
    REQUIRE(
        sqlite_store(path)->append({{attempt("mx1.one.test", "2026-11-22 17:00:00", "451 a"),
                                     attempt("mx1.one.test", "2026-11-22 17:00:01", "451 b", false), other},
                                    {},
                                    {},
                                    {}}));
    struct Row {
        const char* name;
        Filter filter;
        std::vector<std::string> wanted;
    };
    const std::vector<Row> rows{
        {"none", {}, {"250 ok", "451 a"}},
        {"server", {"mx1.one.test", {}, {}, {}, {}}, {"451 a"}},
        {"unknown server", {"mx9.one.test", {}, {}, {}, {}}, {}},
        {"domain", {{}, "two.test", {}, {}, {}}, {"250 ok"}},
        {"recipient", {{}, {}, "u@one.test", {}, {}}, {"451 a"}},
        {"queue id", {{}, {}, {}, "OTHER", {}}, {"250 ok"}},
        {"since", {{}, {}, {}, {}, at("2026-11-22 17:00:01")}, {"250 ok"}},
        {"limit", {{}, {}, {}, {}, {}, 1}, {"250 ok"}},
        {"not counted ones too", {{}, {}, {}, {}, {}, 100, true}, {"250 ok", "451 b", "451 a"}},
        {"status", {{}, {}, {}, {}, {}, 100, true, mail::Status::deferred}, {"451 b", "451 a"}},
        {"reason", {{}, {}, {}, {}, {}, 100, true, {}, "greylist"}, {"250 ok"}},
        {"unknown reason", {{}, {}, {}, {}, {}, 100, true, {}, "rate"}, {}},
    };
    for (const auto& row : rows) {
        DYNAMIC_SECTION(row.name) {
            const auto listed = list_attempts(path, row.filter);
            REQUIRE(listed);
            std::vector<std::string> results;
            for (const auto& found : listed->attempts)
                results.push_back(found.result);
            CHECK(results == row.wanted);
        }
    }
}

TEST_CASE("the place in a source that is no file is stored with its rows, or not at all") {
    test::TempDir folder;
    {
        auto store = sqlite_store(folder / "ledger.db");
        CHECK(*store->cursor("journal") == std::nullopt);
        REQUIRE(store->append({{}, {}, {}, {}, {}, {{"journal", "1 first"}, {"other", "x"}}}));
        REQUIRE(store->append({{}, {}, {}, {}, {}, {{"journal", "2 second"}}}));
    }
    auto store = sqlite_store(folder / "ledger.db");
    CHECK(*store->cursor("journal") == "2 second");
    CHECK(*store->cursor("other") == "x");
    CHECK(*store->cursor("") == std::nullopt);
}

TEST_CASE("holds and positions survive") {
    test::TempDir folder;
    const auto path = folder / "ledger.db";
    const Position position{"/var/log/mail.log",
                            {64'768, 4711, 0xFEDC'BA98'7654'3210U, 4096, 1'000'000, 0x8000'0000'0000'0001U},
                            300,
                            {64'769, 4712, 0x8EDC'BA98'7654'3210U, 4095, 900'000, 0}};
    {
        auto store = sqlite_store(path);
        CHECK(store->load_holds()->empty());
        CHECK(store->positions()->empty());
        auto first = position;
        first.emitted_upto.offset = 10;
        REQUIRE(store->append(
            {{}, {first}, {hold("B", "2026-11-22 18:00:00"), hold("A", "2026-11-22 17:30:00")}, {}}));
        REQUIRE(store->append(
            {{}, {position}, {}, {{"B", at("2026-11-22 17:10:00"), "cleared"}, {"X", {}, ""}}}));
    }
    auto store = sqlite_store(path);
    CHECK(*store->positions() == std::vector{position});
    const auto holds = store->load_holds();
    REQUIRE(holds);
    REQUIRE(holds->size() == 1);
    const auto& kept = holds->front();
    CHECK(std::tuple(kept.id, kept.connection, kept.recipient, kept.since, kept.until, kept.reason, kept.rule,
                     kept.evidence) == std::tuple("A", "newsletters", "u@one.test", at("2026-11-22 17:00:00"),
                                                  at("2026-11-22 17:30:00"), "left out", "rule", "{}"));

    CHECK(kept.scope == mail::HoldScope::mail);

    mail::Hold wide{"W", "", "google", at("2026-11-22 17:00:00"), at("2026-11-22 17:30:00"), "busy", "rate", "{}"};
    wide.scope = mail::HoldScope::provider;
    wide.observed = true;
    wide.version = "0123456789abcdef";
    wide.length = std::chrono::minutes(20);
    REQUIRE(store->append({{}, {}, {wide}, {}}));
    const auto found = find_hold(path, "W");
    REQUIRE((found && *found));
    const auto& again = (*found)->hold;
    CHECK(std::tuple(again.scope, again.recipient, again.observed, again.version, again.length) ==
          std::tuple(wide.scope, wide.recipient, true, wide.version, wide.length));

    const auto ended = find_hold(path, "B");
    REQUIRE(ended);
    REQUIRE(*ended);
    REQUIRE((*ended)->ended);
    CHECK((*ended)->ended->why == "cleared");
    CHECK((*ended)->ended->when == at("2026-11-22 17:10:00"));
    CHECK_FALSE((*find_hold(path, "A"))->ended);
    CHECK(*find_hold(path, "C") == std::nullopt);
}

TEST_CASE("pruning") {
    test::TempDir folder;
    const auto path = folder / "ledger.db";
    auto store = sqlite_store(path);
    Batch batch;
    for (int i = 0; i < 25; ++i)
        batch.attempts.push_back(attempt("old.test", "2026-11-01 00:00:00", "451 a"));
    batch.attempts.push_back(attempt("new.test", "2026-11-20 00:00:00", "451 a"));
    batch.started = {hold("A", "2026-11-01 00:00:00"), hold("B", "2026-11-01 00:00:00")};
    batch.ended = {{"A", at("2026-11-01 00:00:00"), "over"}};
    REQUIRE(store->append(batch));

    SECTION("by age, in steps; then names and ended holds that nobody needs") {
        const Retention retention{at("2026-11-10 00:00:00"), 0, at("2026-11-10 00:00:00"), 10};
        CHECK(*store->prune(retention) == 10);
        CHECK(*store->prune(retention) == 10);
        CHECK(number(path, "SELECT count(*) FROM name WHERE name='old.test'") == 1);
        CHECK(*store->prune(retention) == 5);
        CHECK(*store->prune(retention) == 0);
        CHECK(number(path, "SELECT count(*) FROM attempt") == 1);
        CHECK(number(path, "SELECT count(*) FROM name WHERE name='old.test'") == 0);
        CHECK(number(path, "SELECT count(*) FROM name WHERE name='new.test'") == 1);
        CHECK(number(path, "SELECT count(*) FROM hold") == 1);

        // The number of a removed name may be another's by now.
        REQUIRE(store->append({{attempt("newer.test", "2026-11-21 00:00:00", "451 a"),
                                attempt("old.test", "2026-11-21 00:00:00", "451 a")},
                               {},
                               {},
                               {}}));
        CHECK(list_attempts(path, {"old.test", {}, {}, {}, {}})->attempts.size() == 1);
        CHECK(list_attempts(path, {"newer.test", {}, {}, {}, {}})->attempts.size() == 1);
    }
    SECTION("by size, the oldest first") {
        const Retention retention{at("2026-10-01 00:00:00"), 1, at("2026-10-01 00:00:00"), 25};
        CHECK(*store->prune(retention) == 25);
        CHECK(list_attempts(path, {})->attempts.front().server == "new.test");
    }
    SECTION("not while the database is small enough") {
        const Retention retention{at("2026-10-01 00:00:00"), 1'000'000'000, at("2026-10-01 00:00:00"), 25};
        CHECK(*store->prune(retention) == 0);
    }
}

TEST_CASE("a name that is used again keeps its rows when old ones are pruned") {
    test::TempDir folder;
    const auto path = folder / "ledger.db";
    auto store = sqlite_store(path);
    REQUIRE(store->append({{attempt("mx.test", "2026-11-01 00:00:00", "451 a")}, {}, {}, {}}));
    REQUIRE(store->append({{attempt("mx.test", "2026-11-20 00:00:00", "451 b")}, {}, {}, {}}));
    CHECK(*store->prune({at("2026-11-10 00:00:00"), 0, {}, 10}) == 1);
    CHECK(*store->prune({at("2026-11-10 00:00:00"), 0, {}, 10}) == 0);
    REQUIRE(list_attempts(path, {"mx.test", {}, {}, {}, {}})->attempts.size() == 1);
}

TEST_CASE("more names than are cached") {
    test::TempDir folder;
    const auto path = folder / "ledger.db";
    auto store = sqlite_store(path);
    Batch batch;
    for (std::size_t i = 0; i < Names::max_cached + 10; ++i)
        batch.attempts.push_back(
            attempt(fmt::format("mx{}.test", i % (Names::max_cached + 5)), "2026-11-01 00:00:00", "451 a"));
    REQUIRE(store->append(batch));
    CHECK(list_attempts(path, {"mx0.test", {}, {}, {}, {}})->attempts.size() == 2);
    CHECK(number(path, "SELECT count(*) FROM name WHERE name LIKE 'mx%'") ==
          static_cast<std::int64_t>(Names::max_cached + 5));
}

TEST_CASE("the counters' cells") {
    test::TempDir folder;
    auto with_reason = attempt("a.test", "2026-11-22 17:00:30", "550 z");
    with_reason.reason = "recipient";
    auto store = sqlite_store(folder / "ledger.db");
    REQUIRE(store->append({{attempt("a.test", "2026-11-22 16:59:59", "451 too old"),
                            attempt("a.test", "2026-11-22 17:00:00", "451 x"),
                            attempt("a.test", "2026-11-22 17:00:59", "450 y"),
                            attempt("a.test", "2026-11-22 17:00:59", "450 y", false),
                            with_reason, attempt("b.test", "2026-11-22 17:05:00", "250 ok")},
                           {},
                           {},
                           {}}));
    std::map<std::string, std::uint32_t> cells;
    REQUIRE(store->recent(at("2026-11-22 17:00:30"), [&](const Cell& cell) {
        cells[fmt::format("{} {} {} {}{}", base::ledger_time(cell.minute), cell.server, cell.domain, cell.reason,
                          cell.result_class)] += cell.count;
    }));
    CHECK(cells == std::map<std::string, std::uint32_t>{
                       {"2026-11-22 17:00:00 a.test one.test 4", 2},
                       {"2026-11-22 17:00:00 a.test one.test recipient5", 1},
                       {"2026-11-22 17:05:00 b.test one.test 2", 1}});
}

// Else the next reader would, on the answering thread, and wait there for a disk that hangs.
TEST_CASE("who commits also notes the place from which readers read") {
    test::TempDir folder;
    const auto store = sqlite_store(folder / "ledger.db");
    for (int i = 0; i < 3; ++i) {
        REQUIRE(store->append({{attempt("mx1.one.test", "2026-11-22 10:00:00", "250 taken")}, {}, {}, {}}));
        // "WAL-mode File Format": the header, twice, has mxFrame at 16; aReadMark[0..4] are at 100.
        std::ifstream index(folder / "ledger.db-shm", std::ios::binary);
        std::array<std::uint32_t, 34> words{};
        REQUIRE(index.read(reinterpret_cast<char*>(words.data()), sizeof words));
        const auto frames = words[4];
        REQUIRE(frames > 0);
        CHECK(std::count(words.begin() + 26, words.begin() + 30, frames) == 1);
    }
}

TEST_CASE("the file is for its owner only") {
    test::TempDir folder;
    const auto path = folder / "ledger.db";
    auto store = sqlite_store(path);
    REQUIRE(store->load_holds());
    for (const auto& name : {path, path + "-wal"}) {
        struct stat status {};
        REQUIRE(::stat(name.c_str(), &status) == 0);
        CHECK((status.st_mode & 0777) == 0600);
    }
}

TEST_CASE("a damaged file is kept aside and a new one begun") {
    test::TempDir folder;
    const auto path = folder / "ledger.db";
    SECTION("not a database at all") {
        std::ofstream(path) << std::string(8192, 'x');
        auto store = sqlite_store(path);
        CHECK(store->append({{attempt("mx.test", "2026-11-22 17:00:00", "451 a")}, {}, {}, {}}));
        CHECK(kept_aside(folder).size() == 1);
        CHECK(list_attempts(path, {})->attempts.size() == 1);
    }
    SECTION("the schema") {
        REQUIRE(
            sqlite_store(path)->append({{attempt("mx.test", "2026-11-22 17:00:00", "451 a")}, {}, {}, {}}));
        damage(path, 100, 3996);  // the first page behind the file's header
        CHECK(sqlite_store(path)->load_holds());
        CHECK(kept_aside(folder).size() == 1);
    }
    SECTION("met while writing") {
        REQUIRE(
            sqlite_store(path)->append({{attempt("mx.test", "2026-11-22 17:00:00", "451 a")}, {}, {}, {}}));
        auto store = sqlite_store(path);
        REQUIRE(store->load_holds());
        damage(path, 4096, static_cast<std::streamsize>(fs::file_size(path)) - 4096);  // all tables
        const Batch batch{{attempt("mx.test", "2026-11-22 17:00:00", "451 a")}, {}, {}, {}};
        const auto done = store->append(batch);
        REQUIRE_FALSE(done);
        CHECK(done.error().text.find("is damaged") != std::string::npos);
        CHECK(kept_aside(folder).size() == 1);
        CHECK(store->append(batch));
        CHECK(list_attempts(path, {})->attempts.size() == 1);
    }
}

TEST_CASE("a database of a newer program is not touched") {
    test::TempDir folder;
    const auto path = folder / "ledger.db";
    REQUIRE(sqlite_store(path)->load_holds());
    {
        auto database = Database::open(path, Database::Access::create, listing_cache_kib, 0);
        REQUIRE(database->exec("PRAGMA user_version=1000"));
    }
    auto store = sqlite_store(path);
    const auto done = store->append({{attempt("mx.test", "2026-11-22 17:00:00", "451 a")}, {}, {}, {}});
    REQUIRE_FALSE(done);
    CHECK(done.error().text.find("version 1000") != std::string::npos);
    CHECK(kept_aside(folder).empty());
}

TEST_CASE("failures are told with what to do, and end when their cause ends") {
    test::TempDir folder;
    const auto path = folder / "ledger.db";
    const Batch batch{{attempt("mx.test", "2026-11-22 17:00:00", "451 a")}, {}, {}, {}};
    auto store = sqlite_store(path);
    SECTION("locked") {
        REQUIRE(store->load_holds());
        auto other = Database::open(path, Database::Access::create, listing_cache_kib, 0);
        REQUIRE(other->exec("BEGIN IMMEDIATE"));
        const auto done = store->append(batch);
        REQUIRE_FALSE(done);
        CHECK(done.error().text.find("is locked by another program") != std::string::npos);
        REQUIRE(other->exec("ROLLBACK"));
        CHECK(store->append(batch));
    }
    SECTION("no directory") {
        auto lost = sqlite_store(folder / "missing/ledger.db");
        const auto done = lost->append(batch);
        REQUIRE_FALSE(done);
        CHECK(done.error().text.find("check that its directory exists") != std::string::npos);
        fs::create_directory(folder / "missing");
        CHECK(lost->append(batch));
    }
    SECTION("a file that cannot grow") {
        REQUIRE(store->load_holds());
        Batch large = batch;
        large.attempts.assign(2'000, batch.attempts.front());
        std::signal(SIGXFSZ, SIG_IGN);
        struct rlimit before {};
        REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
        const struct rlimit small { 100'000, before.rlim_max };
        REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
        const auto done = store->append(large);
        ::setrlimit(RLIMIT_FSIZE, &before);
        REQUIRE_FALSE(done);
        CHECK(done.error().text.find("check its disk") != std::string::npos);
        CHECK(store->append(large));
        CHECK(number(path, "SELECT count(*) FROM attempt") == 2'000);  // nothing of the first try
    }
}
