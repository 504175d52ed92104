#include "follow/file.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "catch.hpp"
#include "ledger/temp_dir.hpp"

using namespace nexthopd;
using namespace nexthopd::follow;
namespace fs = std::filesystem;
using Lines = std::vector<std::string>;

namespace {

struct Fixture {
    void write(const std::string& text, const std::string& name = "mail.log") {
        std::ofstream(folder / name, std::ios::app) << text;
    }
    void rename(const std::string& from, const std::string& to) { fs::rename(folder / from, folder / to); }

    /// What read() gives until there is no more; replayed lines are marked.
    Lines drain(LogFile& file) {
        Lines lines;
        for (;;) {
            const auto more = file.read([&](std::string_view line, bool replayed) {
                lines.push_back((replayed ? "again " : "") + std::string(line));
            });
            REQUIRE(more);
            if (!*more) return lines;
        }
    }
    /// As if all lines were needed still.
    LogFile restarted(LogFile& file) { return LogFile(path, file.position(1)); }

    test::TempDir folder;
    const std::string path = folder / "mail.log";
};

}  // namespace

TEST_CASE_METHOD(Fixture, "begins at the end, and gives complete lines") {
    write("old 1\nold 2\n");
    LogFile file(path, std::nullopt);
    CHECK(drain(file) == Lines{"again old 1", "again old 2"});
    CHECK(file.position(1)->emitted_upto.offset == 12);
    write("new 1\nne");
    CHECK(drain(file) == Lines{"new 1"});
    CHECK(file.position(1)->emitted_upto.offset == 18);
    write("w 2\n\n");
    CHECK(drain(file) == Lines{"new 2", ""});
    CHECK(file.behind() == 0);
    write("more\n");
    CHECK(file.behind() == 5);
}

TEST_CASE_METHOD(Fixture, "begins at the end even within a line") {
    write("old 1\nhalf");
    LogFile file(path, std::nullopt);
    CHECK(drain(file) == Lines{"again old 1"});
    auto next = restarted(file);
    write(" of it\n");
    CHECK(drain(file) == Lines{"half of it"});
    CHECK(drain(next) == Lines{"again old 1", "half of it"});
}

TEST_CASE_METHOD(Fixture, "a missing file is waited for and read from its beginning") {
    LogFile file(path, std::nullopt);
    CHECK(drain(file).empty());
    CHECK_FALSE(file.position(1));
    write("1\n");
    CHECK(drain(file) == Lines{"1"});
    fs::remove(path);
    CHECK(drain(file).empty());
    write("2\n");
    CHECK(drain(file) == Lines{"2"});
}

TEST_CASE_METHOD(Fixture, "what is not a log is an error, and not for ever") {
    SECTION("a folder") {
        fs::create_directory(path);
    }
    SECTION("a FIFO does not stop the thread") {
        REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    }
    LogFile file(path, std::nullopt);
    const auto read = file.read([](std::string_view, bool) {});
    REQUIRE_FALSE(read);
    CHECK(read.error().text.find("group adm") != std::string::npos);
    fs::remove(path);
    write("old\n");
    CHECK(drain(file) == Lines{"again old"});
}

TEST_CASE_METHOD(Fixture, "rotation by rename") {
    write("");
    LogFile file(path, std::nullopt);
    drain(file);
    write("1\n");
    SECTION("all was read") {
        CHECK(drain(file) == Lines{"1"});
    }
    SECTION("something was not") {}
    Lines lines;
    const auto take = [&] {
        for (auto& line : drain(file))
            lines.push_back(line);
    };
    rename("mail.log", "mail.log.1");
    take();
    write("2\n", "mail.log.1");  // its writer has not been told yet
    take();
    write("");
    take();
    write("3\n", "mail.log.1");
    take();
    write("4\n", "mail.log.1");
    write("5\n");
    take();
    write("6\n");
    take();
    if (lines.front() != "1") lines.insert(lines.begin(), "1");
    CHECK(lines == Lines{"1", "2", "3", "4", "5", "6"});
    CHECK(file.position(1)->emitted_upto.offset == 4);
}

TEST_CASE_METHOD(Fixture, "several rotations between two looks") {
    write("");
    LogFile file(path, std::nullopt);
    drain(file);
    write("1\n");
    CHECK(drain(file) == Lines{"1"});
    write("2\n");
    rename("mail.log", "mail.log.1");
    write("3\n");
    rename("mail.log.1", "mail.log.2");
    rename("mail.log", "mail.log.1");
    fs::last_write_time(folder / "mail.log.2",
                        fs::last_write_time(folder / "mail.log.1") - std::chrono::hours(1));
    write("4\n");
    SECTION("while it runs") {
        CHECK(drain(file) == Lines{"2", "3", "4"});
    }
    SECTION("while it does not run") {
        auto next = restarted(file);
        CHECK(drain(next) == Lines{"again 1", "2", "3", "4"});
    }
}

TEST_CASE_METHOD(Fixture, "a rotated file that is gone: on with the new one") {
    write("");
    LogFile file(path, std::nullopt);
    drain(file);
    write("1\n");
    drain(file);
    write("2\n");
    fs::remove(path);
    write("3\n");
    SECTION("while it runs the old one is still open") {
        CHECK(drain(file) == Lines{"2", "3"});
    }
    SECTION("while it does not run") {
        auto next = restarted(file);
        CHECK(drain(next) == Lines{"3"});
    }
}

TEST_CASE_METHOD(Fixture, "copy and truncate") {
    write("");
    LogFile file(path, std::nullopt);
    drain(file);
    write("1\n");
    CHECK(drain(file) == Lines{"1"});
    write("2\n");
    fs::copy_file(path, folder / "mail.log.1");
    fs::resize_file(path, 0);
    SECTION("noticed at once") {
        CHECK(drain(file) == Lines{"2"});
        write("3\n");
        CHECK(drain(file) == Lines{"3"});
    }
    SECTION("noticed when the file is longer again") {
        write("3, a long line\n");
        CHECK(drain(file) == Lines{"2", "3, a long line"});
    }
    SECTION("while it does not run") {
        auto next = restarted(file);
        write("3, a long line\n");
        CHECK(drain(next) == Lines{"again 1", "2", "3, a long line"});
    }
    SECTION("without a copy") {
        fs::remove(folder / "mail.log.1");
        write("3, a long line\n");
        CHECK(drain(file) == Lines{"3, a long line"});
    }
}

TEST_CASE_METHOD(Fixture, "copies that are not rotations are not read") {
    write("");
    LogFile file(path, std::nullopt);
    drain(file);
    write("1\n");
    CHECK(drain(file) == Lines{"1"});
    write("2\n");
    for (const auto* name : {"mail.log.save", "mail.log.1.gz", "mail.log~", "mail.logs"})
        fs::copy_file(path, folder / name);
    rename("mail.log", "mail.log.1");
    fs::copy_file(folder / "mail.log.1", folder / "mail.log.2");  // newer, and with the same beginning
    write("3\n");
    auto next = restarted(file);
    CHECK(drain(file) == Lines{"2", "3"});
    CHECK(drain(next) == Lines{"again 1", "2", "3"});
}

TEST_CASE_METHOD(Fixture, "each line once, whatever the moment of a stop") {
    // Lines of different lengths, so that offsets meet line ends, blocks and the head in all ways.
    Lines wanted;
    std::string all;
    for (int i = 0; i < 300; ++i) {
        wanted.push_back(fmt::format("{} {}", i, std::string(static_cast<std::size_t>(i % 40), 'x')));
        all += wanted.back() + '\n';
    }
    write("");
    std::optional<ledger::Position> stored;
    {
        LogFile file(path, std::nullopt);
        drain(file);
        stored = file.position(1);
    }
    Lines got;
    int rotations = 0;
    int round = 0;
    for (std::size_t at = 0; at < all.size(); ++round) {
        auto end = std::min(at + static_cast<std::size_t>(round * 37 % 211 + 1), all.size());
        const bool rotate = round % 4 == 3;
        if (rotate) end = all.find('\n', end - 1) + 1;
        write(all.substr(at, end - at));
        at = end;
        if (rotate) {
            rename("mail.log", fmt::format("mail.log-2026{:04}", ++rotations));
            write("");
        }
        if (round % 3 == 0) continue;
        LogFile file(path, stored);
        for (auto& line : drain(file))
            if (!line.starts_with("again ")) got.push_back(line);
        stored = file.position(1);
    }
    LogFile last(path, stored);
    for (auto& line : drain(last))
        if (!line.starts_with("again ")) got.push_back(line);
    CHECK(rotations > 0);
    CHECK(got == wanted);
}

TEST_CASE_METHOD(Fixture, "long lines are skipped in bounded memory") {
    write("");
    LogFile file(path, std::nullopt);
    drain(file);
    struct Row {
        std::size_t length;
        std::uint64_t skipped;
    };
    for (const auto row : {Row{LogFile::max_line, 0}, Row{LogFile::max_line + 1, 1}, Row{1'000'000, 1}}) {
        DYNAMIC_SECTION(row.length) {
            write("before\n" + std::string(row.length, 'x') + "\nafter\n");
            const auto lines = drain(file);
            REQUIRE(lines.size() == 3 - row.skipped);
            CHECK(lines.front() == "before");
            CHECK(lines.back() == "after");
            CHECK(file.skipped() == row.skipped);
        }
    }
}

TEST_CASE_METHOD(Fixture, "after a restart a bounded part is given again") {
    write("");
    LogFile file(path, std::nullopt);
    drain(file);
    const std::string line(1023, 'x');
    std::string text;
    for (int i = 0; i < 20 * 1024; ++i)
        text += line + '\n';
    write(text);
    CHECK(drain(file).size() == 20 * 1024);
    auto next = restarted(file);
    const auto again = drain(next);
    CHECK(again.size() <= LogFile::replay_bytes / 1024);
    CHECK(again.size() >= LogFile::replay_bytes / 1024 - LogFile::block_bytes / 1024);
    CHECK(again.front() == "again " + line);
    CHECK(next.position(1)->emitted_upto == file.position(1)->emitted_upto);
    write("new\n");
    CHECK(drain(next) == Lines{"new"});
}

TEST_CASE_METHOD(Fixture,
                 "after a restart reading resumes where a line is needed still, in an older file too") {
    write("");
    LogFile file(path, std::nullopt);
    drain(file);
    write("1\n2\n");
    CHECK(drain(file) == Lines{"1", "2"});
    rename("mail.log", "mail.log.1");
    write("3\n4\n");
    CHECK(drain(file) == Lines{"3", "4"});
    write("5\n");
    struct Row {
        std::uint64_t oldest_needed;
        Lines given;
    };
    for (const auto& row : {Row{1, {"again 1", "again 2", "again 3", "again 4", "5"}},
                            Row{3, {"again 3", "again 4", "5"}}, Row{5, {"again 3", "again 4", "5"}}}) {
        DYNAMIC_SECTION(row.oldest_needed) {
            const auto stored = file.position(row.oldest_needed);
            CHECK(stored->emitted_upto.offset == 4);
            LogFile next(path, stored);
            CHECK(drain(next) == row.given);
            // What is not stored yet moves nothing.
            LogFile again(path, LogFile(path, stored).position(1));
            CHECK(drain(again) == row.given);
        }
    }
    SECTION("where that file is gone, from the beginning of the next") {
        const auto stored = file.position(1);
        fs::remove(folder / "mail.log.1");
        LogFile next(path, stored);
        CHECK(drain(next) == Lines{"again 3", "again 4", "5"});
    }
}

TEST_CASE_METHOD(Fixture, "a new file is not the place before a line of it was given") {
    write("");
    LogFile file(path, std::nullopt);
    drain(file);
    write("1\n");
    CHECK(drain(file) == Lines{"1"});
    rename("mail.log", "mail.log.1");
    write("2");
    CHECK(drain(file).empty());
    // Nothing is known of this file but its inode, which stays when it is copied and truncated.
    auto next = restarted(file);
    write("\n3\n");
    fs::rename(folder / "mail.log.1", folder / "mail.log.2");
    fs::copy_file(path, folder / "mail.log.1");
    fs::resize_file(path, 0);
    CHECK(drain(next) == Lines{"again 1", "2", "3"});
}

TEST_CASE_METHOD(Fixture, "compressed rotations are caught up") {
    write("");
    LogFile file(path, std::nullopt);
    drain(file);
    std::string text;
    Lines wanted;
    for (int i = 0; i < 60'000; ++i) {
        wanted.push_back(fmt::format("{} a line", i));
        text += wanted.back() + '\n';
    }
    write(text.substr(0, text.size() / 2));
    const auto given = drain(file).size();
    write(text.substr(text.size() / 2));
    rename("mail.log", "mail.log.2");
    struct Row {
        const char* command;
        const char* suffix;
    };
    for (const auto row :
         {Row{"gzip", ".gz"}, Row{"xz -0", ".xz"}, Row{"zstd -q --rm", ".zst"}, Row{"bzip2", ".bz2"}}) {
        DYNAMIC_SECTION(row.suffix) {
            if (std::system(fmt::format("{} {}", row.command, folder / "mail.log.2").c_str()) != 0) {
                WARN("skipped: not installed");
                continue;
            }
            write("rotated again\n", "mail.log.1");
            write("last\n");
            // Only what is after the place; up to there it is passed over in blocks.
            LogFile next(path, file.position(UINT64_MAX));
            Lines lines;
            std::size_t calls = 0;
            for (;; ++calls) {
                const auto before = lines.size();
                const auto more = next.read([&](std::string_view line, bool replayed) {
                    if (!replayed) lines.emplace_back(line);
                });
                REQUIRE(more);
                CHECK(lines.size() - before <= LogFile::block_bytes / 7);
                if (!*more) break;
            }
            CHECK(calls > text.size() / LogFile::block_bytes);
            REQUIRE(lines.size() == wanted.size() - given + 2);
            CHECK(
                std::equal(wanted.begin() + static_cast<std::ptrdiff_t>(given), wanted.end(), lines.begin()));
            CHECK(Lines(lines.end() - 2, lines.end()) == Lines{"rotated again", "last"});
            CHECK(next.finished().size() == 2);
            CHECK(next.finished()[0].last == text.size());
        }
    }
}

TEST_CASE_METHOD(Fixture, "a damaged rotation is left, and the rest is read") {
    write("");
    LogFile file(path, std::nullopt);
    drain(file);
    std::string text;
    for (int i = 0; i < 200'000; ++i)
        text += fmt::format("{} a line\n", i * 7919 % 100'003);
    write(text.substr(0, 10'000));
    drain(file);
    write(text.substr(10'000));
    rename("mail.log", "mail.log.1");
    if (std::system(("gzip " + (folder / "mail.log.1")).c_str()) != 0) return;
    fs::resize_file(folder / "mail.log.1.gz", fs::file_size(folder / "mail.log.1.gz") / 2);
    write("last\n");
    LogFile next(path, file.position(UINT64_MAX));
    std::string problem;
    std::string last;
    for (bool more = true; more;) {
        const auto read = next.read([&](std::string_view line, bool) { last = line; });
        if (!read) problem = read.error().text;
        more = !read || *read;
    }
    CHECK(problem.find("damaged") != std::string::npos);
    CHECK(last == "last");
}

TEST_CASE_METHOD(Fixture, "an inode that is used again is another file") {
    write("");
    LogFile file(path, std::nullopt);
    drain(file);
    write("1 one\n");
    CHECK(drain(file) == Lines{"1 one"});
    auto stored = file.position(1);
    fs::remove(path);
    write("2 two\n3 three\n");
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    stored->emitted_upto.inode = stored->resume_at.inode = status.st_ino;
    LogFile next(path, stored);
    CHECK(drain(next) == Lines{"2 two", "3 three"});
}

TEST_CASE_METHOD(Fixture, "the same beginning, but other bytes before the place: another file") {
    const std::string head(max_head, 'x');
    write("");
    LogFile file(path, std::nullopt);
    drain(file);
    write(head + "\n1 one\n");
    CHECK(drain(file).size() == 2);
    const auto stored = file.position(UINT64_MAX);
    fs::remove(path);
    write(head + "\n2 two\n3 three\n");
    LogFile next(path, stored);
    CHECK(drain(next) == Lines{head, "2 two", "3 three"});
}
