#include "follow/ingest.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "catch.hpp"
#include "follow/file.hpp"
#include "ledger/listing.hpp"
#include "ledger/reader.hpp"
#include "ledger/rows.hpp"
#include "ledger/store_sqlite.hpp"
#include "ledger/temp_dir.hpp"

using namespace nexthopd;
using namespace nexthopd::follow;
using test::at;
using test::attempt;
namespace fs = std::filesystem;
using Results = std::vector<std::string>;

namespace {

/// A line is the result of one attempt, but "open" waits for the next line and counts with it.
Parser parser() {
    Parser out;
    out.line = [open = false](std::string_view line, base::WallTime, auto& attempts, auto&) mutable {
        if (line == "open") {
            open = true;
            return;
        }
        const bool old = line.find("old") != std::string_view::npos;
        attempts.push_back(attempt("mx.test", old ? "2020-11-22 17:00:00" : "2026-11-22 17:00:00",
                                   std::string(line) + (std::exchange(open, false) ? " joined" : "")));
    };
    out.first_open_line = [] { return UINT64_MAX; };
    return out;
}

struct Fixture {
    std::string lines(int from, int to) {
        std::string text;
        for (int i = from; i < to; ++i)
            text += fmt::format("451 {}\n", i);
        return text;
    }
    std::string write(const std::string& name, const std::string& text) {
        std::ofstream(folder / name, std::ios::app) << text;
        return folder / name;
    }
    Ingest::Done ingest(const std::string& path, int steps = INT32_MAX) {
        auto text = Unpacked::open(base::Descriptor(::open(path.c_str(), O_RDONLY)));
        REQUIRE(text);
        const auto parse = parser();
        Ingest ingest(*text, parse, *store, {at("2026-11-22 18:00:00"), at("2026-01-01 00:00:00"), {log}});
        for (bool more = true; more && steps > 0; --steps) {
            const auto stepped = ingest.step();
            REQUIRE(stepped);
            more = *stepped;
        }
        return ingest.done();
    }
    /// As the daemon: from `stored` to the end, and commits where it is.
    void follow_to_end() {
        const auto positions = store->positions();
        LogFile file(log, positions->empty() ? std::nullopt : std::optional(positions->front()));
        const auto parse = parser();
        ledger::Batch batch;
        std::vector<mail::Attempt> before;
        std::vector<maillog::QueueEvent> events;
        for (bool more = true; more;) {
            const auto read = file.read([&](std::string_view line, bool replayed) {
                parse.line(line, {}, replayed ? before : batch.attempts, events);
            });
            REQUIRE(read);
            more = *read;
        }
        batch.positions.push_back(*file.position(UINT64_MAX));
        batch.ranges = file.finished();
        REQUIRE(store->append(batch));
    }
    /// The attempts of the ledger, sorted.
    Results stored() {
        const auto listed = ledger::list_attempts(folder / "ledger.db", {{}, {}, {}, {}, {}, 100'000, true});
        REQUIRE(listed);
        Results out;
        for (const auto& row : listed->attempts)
            out.push_back(row.result);
        std::sort(out.begin(), out.end());
        return out;
    }
    bool each_once(int from, int to) {
        Results wanted;
        for (int i = from; i < to; ++i)
            wanted.push_back(fmt::format("451 {}", i));
        std::sort(wanted.begin(), wanted.end());
        return stored() == wanted;
    }
    test::TempDir folder;
    const std::string log = folder / "mail.log";
    std::unique_ptr<ledger::Store> store = ledger::sqlite_store(folder / "ledger.db");
};

}  // namespace

TEST_CASE_METHOD(Fixture, "the same content twice adds nothing, whatever it is called") {
    const auto path = write("a", lines(0, 5'000));
    CHECK(ingest(path).rows == 5'000);
    CHECK(each_once(0, 5'000));
    CHECK(ingest(path).rows == 0);
    fs::copy_file(path, folder / "b");
    for (const auto* command : {"gzip -k", "xz -k -0", "zstd -q -k", "bzip2 -k"})
        static_cast<void>(std::system(fmt::format("{} {}", command, folder / "b").c_str()));
    for (const auto* name : {"b", "b.gz", "b.xz", "b.zst", "b.bz2"}) {
        if (!fs::exists(folder / name)) continue;
        const auto done = ingest(folder / name);
        CHECK(done.rows == 0);
        CHECK(done.known_bytes == fs::file_size(path));
    }
    SECTION("what was added since is new") {
        write("b", lines(5'000, 6'000));
        CHECK(ingest(folder / "b").rows == 1'000);
        CHECK(each_once(0, 6'000));
    }
    SECTION("other content that begins the same for a few bytes is new") {
        CHECK(ingest(write("c", lines(0, 10) + "451 other\n")).rows == 11);
    }
}

TEST_CASE_METHOD(Fixture, "an import that was stopped goes on") {
    const auto path = write("a", lines(0, 200'000));
    std::uint64_t rows = 0;
    for (int steps = 1; steps < 4; ++steps) {
        rows += ingest(path, steps).rows;
        CHECK(rows >= Ingest::batch_rows);
        CHECK(rows < 200'000);
    }
    rows += ingest(path).rows;
    CHECK(rows == 200'000);
    ledger::Reader reader(folder / "ledger.db");
    const auto counted = reader.run("SELECT count(*), count(DISTINCT result) FROM sendattempts_all", {},
                                    {std::chrono::seconds(60), 1, 1'000});
    REQUIRE(counted);
    CHECK(counted->rows[0][0] == "200000");
    CHECK(counted->rows[0][1] == "200000");
}

TEST_CASE_METHOD(Fixture, "lines are joined across the border of what is known") {
    const auto path = write("a", "451 1\nopen\n");
    ingest(path);
    write("a", "451 2\n");
    CHECK(ingest(path).rows == 1);
    CHECK(stored() == Results{"451 1", "451 2 joined"});
}

TEST_CASE_METHOD(Fixture, "what the daemon followed, or will read by itself, is left to it") {
    write("mail.log", lines(0, 1'000));
    follow_to_end();  // begins at the end: 0 to 999 are not its own
    write("mail.log", lines(1'000, 2'000));
    SECTION("the log itself") {
        CHECK(ingest(log).rows == 1'000);
        CHECK(each_once(0, 1'000));
        follow_to_end();
        CHECK(each_once(0, 2'000));
        CHECK(ingest(log).rows == 0);
    }
    SECTION("rotated, while the daemon is down") {
        fs::rename(log, folder / "mail.log.2");
        write("mail.log.1", lines(2'000, 3'000));
        write("mail.log", lines(3'000, 4'000));
        for (const auto* name : {"mail.log.2", "mail.log.1", "mail.log"})
            ingest(folder / name);
        CHECK(each_once(0, 1'000));
        follow_to_end();
        CHECK(each_once(0, 4'000));
        // All of it was read to the end by now; the copies have other names.
        for (const auto* name : {"mail.log.2", "mail.log.1", "mail.log"}) {
            fs::copy_file(folder / name, folder / fmt::format("copy of {}", name));
            CHECK(ingest(folder / fmt::format("copy of {}", name)).rows == 0);
        }
    }
}

TEST_CASE_METHOD(Fixture, "rows that are too old are left out, long and incomplete lines too") {
    const auto path =
        write("a", "451 old\n451 1\n" + std::string(3'000'000, 'x') + "\n451 2\n451 incomplete");
    const auto done = ingest(path);
    CHECK(done.old_rows == 1);
    CHECK(stored() == Results{"451 1", "451 2"});
}

TEST_CASE_METHOD(Fixture, "a compressed file that asks for too much memory is refused") {
    const auto path = write("a", "451 1\n");
    if (std::system(("xz -k --lzma2=dict=512MiB " + path + " && zstd -q -k --ultra --long=30 < " + path +
                     " > " + path + ".zst")
                        .c_str()) != 0)
        return;
    const auto text = Unpacked::open(base::Descriptor(::open((path + ".xz").c_str(), O_RDONLY)));
    REQUIRE_FALSE(text);
    CHECK(text.error().text.find("decompress it first") != std::string::npos);
}
