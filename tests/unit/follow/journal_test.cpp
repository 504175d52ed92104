#include "follow/journal.hpp"

#include <boost/asio/io_context.hpp>

#include <filesystem>

#include "catch.hpp"
#include "follow/journal_files.hpp"
#include "ledger/rows.hpp"
#include "ledger/temp_dir.hpp"

using namespace nexthopd;
using namespace nexthopd::follow;
using namespace std::chrono_literals;
using test::journal_entry;
using test::write_journal;
using Results = std::vector<std::string>;

namespace {

const auto noon = *base::parse_ledger_time("2026-11-22 12:00:00");

struct Fixture {
    /// One run of the program: all that it reads until there is nothing more.
    struct Run {
        Run(JournalOptions options, const std::optional<std::string>& place, base::WallTime at = noon)
            : now(at), source(journal_source(io, std::move(options))) {
            source->start(place, [this] { ++woken; });
        }
        void read() {
            for (;;) {
                const auto more = source->read(now, learnt);
                problem = more ? "" : more.error().text;
                if (!more || !*more) return;
            }
        }
        Results results() const {
            Results out;
            for (const auto& row : learnt.attempts)
                out.push_back(row.result);
            return out;
        }
        boost::asio::io_context io;
        base::WallTime now;
        int woken = 0;
        Learnt learnt;
        std::string problem;
        std::unique_ptr<EntrySource> source;
    };

    JournalMta mta(const std::string& instance, std::vector<std::string> units, std::vector<uid_t> users) {
        return {std::move(units), std::move(users), instance,
                [this, instance](const Entry& entry, base::WallTime, std::vector<mail::Attempt>& attempts,
                                 auto&) {
                    ++parsed;
                    last_pid = entry.pid;
                    auto row = test::attempt(
                        "mx.test", "2026-11-22 12:00:00",
                        instance + " " + std::string(entry.program) + " " + std::string(entry.body));
                    row.time = entry.time;
                    attempts.push_back(std::move(row));
                }};
    }
    JournalOptions options() {
        JournalOptions out;
        out.mtas = {mta("postfix", {"postfix@-.service", "postfix.service"}, {103, 0})};
        out.folder = folder.path();
        out.look_again = 0ms;
        return out;
    }
    /// As after a run that ended at that time before the first entry.
    static std::string from(base::WallTime time) {
        return fmt::format(
            "{} ", std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count());
    }

    test::TempDir folder;
    const std::string file = folder / "system.journal";
    std::size_t parsed = 0;
    std::uint32_t last_pid = 0;
};

}  // namespace

TEST_CASE_METHOD(Fixture, "only what the MTA's unit and users wrote counts, whatever the tag says") {
    if (!test::can_write_journals()) return;
    struct Case {
        const char* message;
        test::JournalFields fields;
        bool counts;
    };
    const Case cases[] = {
        {"by smtp", {}, true},
        {"by another unit of it", {{"_SYSTEMD_UNIT", "postfix.service"}}, true},
        {"by a daemon that runs as root", {{"_UID", "0"}, {"SYSLOG_IDENTIFIER", "postfix/local"}}, true},
        // logger -t postfix/smtp in a shell: journald takes unit and user from the kernel.
        {"by a user", {{"_UID", "1000"}, {"_SYSTEMD_UNIT", "user@1000.service"}}, false},
        {"by a user in a session", {{"_UID", "1000"}, {"_SYSTEMD_UNIT", "session-3.scope"}}, false},
        {"by a user's program in the unit: |command of .forward", {{"_UID", "1000"}}, false},
        {"by root elsewhere", {{"_UID", "0"}, {"_SYSTEMD_UNIT", "cron.service"}}, false},
        {"by the mail owner elsewhere", {{"_SYSTEMD_UNIT", "cron.service"}}, false},
        {"without a unit", {{"_SYSTEMD_UNIT", ""}}, false},
        {"without a user", {{"_UID", ""}}, false},
        {"by what calls its own fields so",
         {{"_UID", "1000"}, {"UID", "103"}, {"SYSTEMD_UNIT", "postfix@-.service"}},
         false},
        {"by another instance", {{"_SYSTEMD_UNIT", "postfix@postfix-out.service"}}, false},
    };
    std::vector<test::JournalFields> entries;
    Results wanted;
    auto time = noon;
    for (const auto& one : cases) {
        entries.push_back(journal_entry(time += 1s, one.message, one.fields));
        const bool local = entries.back()["SYSLOG_IDENTIFIER"] == "postfix/local";
        if (one.counts)
            wanted.push_back(std::string(local ? "postfix postfix/local " : "postfix postfix/smtp ") +
                             one.message);
    }
    write_journal(file, entries);
    Run run(options(), from(noon));
    run.read();
    CHECK(run.problem.empty());
    CHECK(run.results() == wanted);
    CHECK(last_pid == 4711);
    CHECK(run.learnt.attempts.at(0).time == noon + 1s);
}

TEST_CASE_METHOD(Fixture, "instances are told apart by unit, and by tag where they share one") {
    if (!test::can_write_journals()) return;
    auto options = this->options();
    options.mtas = {mta("postfix", {"postfix.service", "postfix@-.service"}, {103, 0}),
                    mta("postfix-out", {"postfix.service", "postfix@postfix-out.service"}, {104, 0})};
    write_journal(
        file,
        {
            journal_entry(noon + 1s, "a"),
            journal_entry(noon + 2s, "b",
                          {{"_SYSTEMD_UNIT", "postfix@postfix-out.service"}, {"_UID", "104"}}),
            journal_entry(noon + 3s, "c",
                          {{"_SYSTEMD_UNIT", "postfix.service"},
                           {"_UID", "104"},
                           {"SYSLOG_IDENTIFIER", "postfix-out/smtp"}}),
            journal_entry(noon + 4s, "d", {{"_SYSTEMD_UNIT", "postfix.service"}}),
            journal_entry(noon + 5s, "e",
                          {{"SYSLOG_IDENTIFIER", "slow/smtp"}}),  // syslog_name of a service in master.cf
            journal_entry(noon + 6s, "f",
                          {{"_SYSTEMD_UNIT", "postfix@postfix-out.service"}, {"_UID", "103"}}),
        });
    Run run(options, from(noon));
    run.read();
    CHECK(run.results() == Results{"postfix postfix/smtp a", "postfix-out postfix/smtp b",
                                   "postfix-out postfix-out/smtp c", "postfix postfix/smtp d",
                                   "postfix slow/smtp e"});
}

TEST_CASE_METHOD(Fixture, "the first start begins at the present, later ones where the last ended") {
    if (!test::can_write_journals()) return;
    write_journal(file, {journal_entry(noon - 1h, "long ago"), journal_entry(noon - 1s, "before")});
    std::string place;
    {
        Run first(options(), std::nullopt);
        first.read();
        CHECK(first.results().empty());
        place = first.source->place();
        CHECK_FALSE(place.empty());
    }
    write_journal(file, {journal_entry(noon + 1s, "a"), journal_entry(noon + 2s, "b")});
    {
        Run second(options(), place, noon + 1min);
        second.read();
        CHECK(second.results() == Results{"postfix postfix/smtp a", "postfix postfix/smtp b"});
        place = second.source->place();
    }
    write_journal(file, {journal_entry(noon + 2s, "c")});  // in the same microsecond as the one before
    Run third(options(), place, noon + 2min);
    parsed = 0;
    third.read();
    CHECK(third.results() == Results{"postfix postfix/smtp c"});
    CHECK(parsed == 4);  // the parser was given the last ten minutes again
    CHECK(third.learnt.events.empty());
}

TEST_CASE_METHOD(Fixture, "each entry once, whatever the moment of a stop") {
    if (!test::can_write_journals()) return;
    std::vector<test::JournalFields> entries;
    Results wanted;
    for (int i = 0; i < 5'000; ++i) {
        entries.push_back(journal_entry(noon + i * 1s, fmt::format("{}", i)));
        wanted.push_back(fmt::format("postfix postfix/smtp {}", i));
    }
    write_journal(file, entries);
    Results got;
    std::string place = from(noon - 1s);
    for (int run = 0; got.size() < wanted.size() && run < 20; ++run) {
        Run part(options(), place, noon + 2h);
        for (int slice = 0; slice <= run % 3; ++slice)
            REQUIRE(part.source->read(part.now, part.learnt));
        const auto results = part.results();
        got.insert(got.end(), results.begin(), results.end());
        place = part.source->place();
    }
    CHECK(got == wanted);
}

TEST_CASE_METHOD(Fixture, "new entries wake, also in a file that was not there") {
    if (!test::can_write_journals()) return;
    write_journal(file, {journal_entry(noon - 1h, "long ago")});
    Run run(options(), std::nullopt);
    run.read();
    CHECK(run.woken == 0);
    write_journal(file, {journal_entry(noon + 1s, "a")});
    run.io.restart();
    run.io.run_one_for(10s);
    CHECK(run.woken == 1);
    run.read();
    CHECK(run.results() == Results{"postfix postfix/smtp a"});
    // journald has renamed the file and begun another.
    std::filesystem::rename(file, folder / "system@1.journal");
    write_journal(file, {journal_entry(noon + 2s, "b")});
    run.io.restart();
    run.io.run_one_for(10s);
    run.read();
    CHECK(run.results() == Results{"postfix postfix/smtp a", "postfix postfix/smtp b"});
}

TEST_CASE_METHOD(Fixture, "a cursor that is gone is a gap, and reading goes on at its time") {
    if (!test::can_write_journals()) return;
    write_journal(file, {journal_entry(noon + 1s, "a"), journal_entry(noon + 2s, "b")});
    std::string place;
    {
        Run first(options(), from(noon));
        first.read();
        CHECK(first.results().size() == 2);
        place = first.source->place();
    }
    // Its file was removed to make room; another has entries from before and from after.
    std::filesystem::remove(file);
    write_journal(file, {journal_entry(noon + 1500ms, "known or not"), journal_entry(noon + 3s, "c")});
    Run second(options(), place, noon + 1min);
    second.read();
    CHECK(second.results() == Results{"postfix postfix/smtp c"});
    REQUIRE(second.learnt.events.size() == 1);
    const auto* lost = std::get_if<maillog::LinesLost>(&second.learnt.events[0]);
    REQUIRE(lost != nullptr);
    CHECK(lost->time == noon + 1min);
    CHECK(lost->why.find("2026-11-22T12:00:02Z") != std::string::npos);
    // It is told once.
    Run third(options(), second.source->place(), noon + 2min);
    third.read();
    CHECK(third.learnt.events.empty());
    CHECK(third.results().empty());
}

TEST_CASE_METHOD(Fixture, "a stored place that is none is as good as none") {
    if (!test::can_write_journals()) return;
    write_journal(file, {journal_entry(noon - 1s, "a"), journal_entry(noon + 1s, "b")});
    for (const std::string place : {"", "x", "12", "-1 x", "99999999999999999999 x"}) {
        INFO(place);
        Run run(options(), place);
        run.read();
        CHECK(run.results() == Results{"postfix postfix/smtp b"});
    }
    // A cursor that libsystemd does not take, with a time that is good.
    Run run(options(), from(noon - 2s) + "s=nonsense;;");
    run.read();
    CHECK(run.results().size() == 2);
    CHECK(run.learnt.events.size() == 1);
}

TEST_CASE_METHOD(Fixture, "what journald threw away is a gap, when journald itself says so") {
    if (!test::can_write_journals()) return;
    const test::JournalFields notice{{"_SYSTEMD_UNIT", "systemd-journald.service"},
                                     {"_UID", "0"},
                                     {"_TRANSPORT", "driver"},
                                     {"SYSLOG_IDENTIFIER", "systemd-journald"},
                                     {"MESSAGE_ID", "a596d6fe7bfa4994828e72309e95d61e"},
                                     {"N_DROPPED", "917"}};
    auto forged = notice;
    forged["_TRANSPORT"] = "journal";
    forged["_UID"] = "1000";
    write_journal(file,
                  {
                      journal_entry(noon + 1s, "Suppressed 5 messages from postfix@-.service", forged),
                      journal_entry(noon + 2s, "Suppressed 6 messages from cron.service", notice),
                      journal_entry(noon + 3s, "Suppressed 917 messages from postfix@-.service", notice),
                  });
    Run run(options(), from(noon), noon + 1h);
    run.read();
    REQUIRE(run.learnt.events.size() == 1);
    const auto* lost = std::get_if<maillog::LinesLost>(&run.learnt.events[0]);
    REQUIRE(lost != nullptr);
    CHECK(lost->time == noon + 3s);
    CHECK(lost->why == "systemd-journald: Suppressed 917 messages from postfix@-.service");
}

TEST_CASE_METHOD(Fixture, "no journal, and one without this MTA, are problems that end by themselves") {
    if (!test::can_write_journals()) return;
    Run run(options(), std::nullopt);
    run.read();
    CHECK(run.problem.find("systemd-journal") != std::string::npos);
    CHECK(run.problem.find("log = \"/var/log/mail.log\"") != std::string::npos);
    write_journal(file, {journal_entry(noon + 1s, "x", {{"_SYSTEMD_UNIT", "cron.service"}})});
    run.read();
    CHECK(run.problem.find("no entry of this Postfix (units postfix@-.service, postfix.service") !=
          std::string::npos);
    write_journal(file, {journal_entry(noon + 2s, "a")});
    run.read();
    CHECK(run.problem.empty());
    CHECK(run.results() == Results{"postfix postfix/smtp a"});
}

TEST_CASE_METHOD(Fixture, "messages with bytes of all kinds, and very long ones") {
    if (!test::can_write_journals()) return;
    const std::string text(40'000, 'x');
    write_journal(file, {journal_entry(noon + 1s, "caf\xc3\xa9"), journal_entry(noon + 2s, text),
                         journal_entry(noon + 3s, "")});
    Run run(options(), from(noon));
    run.read();
    const auto results = run.results();
    REQUIRE(results.size() == 2);  // the last one has no message
    CHECK(results[0].ends_with("caf\xc3\xa9"));
    CHECK(results[1].size() > 16 * 1024);
    CHECK(results[1].size() < 21 * 1024);
    Health health;
    run.source->report(health);
    CHECK(health.lines_read == 3);
    CHECK(health.lines_skipped == 1);
}
