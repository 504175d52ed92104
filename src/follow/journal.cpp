#include "follow/journal.hpp"

#include <fmt/format.h>

#include <boost/asio/posix/stream_descriptor.hpp>

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "follow/journal_reader.hpp"
#include "maillog/gap_notice.hpp"

namespace nexthopd::follow {

namespace {

/// Entries read at once: some 20 ms.
constexpr std::size_t slice = 2'000;
constexpr std::chrono::minutes replayed{10};
/// Most entries that are given again; of a host that logs more in ten minutes, the joins of some are lost.
constexpr std::size_t max_replayed = 500'000;
constexpr std::size_t max_cursor = 1'000;  // one has some 130 bytes

// sd-messages.h: journald tells that it threw away messages of a service that logs too much.
constexpr const char* dropped_id = "MESSAGE_ID=a596d6fe7bfa4994828e72309e95d61e";

/// What is stored: the time of the last entry in microseconds, a blank, and its cursor, if there was one.
struct Place {
    base::WallTime time{};
    std::string cursor;
};

std::string to_text(const Place& place) {
    const auto time = std::chrono::duration_cast<std::chrono::microseconds>(place.time.time_since_epoch());
    return fmt::format("{} {}", time.count(), place.cursor);
}

std::optional<Place> parse_place(std::string_view text) {
    const auto blank = text.find(' ');
    if (blank == std::string_view::npos || text.size() - blank > max_cursor) return std::nullopt;
    const auto time = base::parse_number(text.substr(0, blank), (1ULL << 55U) - 1);
    if (!time) return std::nullopt;
    return Place{base::WallTime(std::chrono::microseconds(*time)), std::string(text.substr(blank + 1))};
}

class Journal final : public EntrySource {
  public:
    Journal(boost::asio::io_context& io, JournalOptions options)
        : options_(std::move(options)), changes_(io) {}
    ~Journal() override { close(); }

    void start(std::optional<std::string> place, std::function<void()> wake) override {
        if (place) place_ = parse_place(*place);
        wake_ = std::move(wake);
    }

    base::Result<bool> read(base::WallTime now, Learnt& learnt) override {
        if (!reader_) {
            const auto clock = std::chrono::steady_clock::now();
            if (clock < open_again_) return tl::unexpected(problem_);
            open_again_ = clock + options_.look_again;
            if (auto opened = open(now, learnt); !opened) return failed(std::move(opened.error()));
        }
        reader_->take_changes();
        const auto more = read_entries(now, learnt);
        if (!more) return failed(more.error());
        if (!*more) wait();
        if (!met_ && !*more) return base::fail("{}", nothing_met());
        return more;
    }

    std::string place() const override { return place_ ? to_text(*place_) : std::string(); }

    void report(Health& health) const override {
        health.lines_read += entries_;
        health.lines_skipped += skipped_;
    }

  private:
    tl::unexpected<base::Error> failed(base::Error error) {
        close();
        problem_ = error;
        return tl::unexpected(std::move(error));
    }

    void close() {
        if (changes_.is_open()) changes_.release();  // the descriptor is the reader's
        waiting_ = false;
        reader_.reset();
    }

    base::Result<void> open(base::WallTime now, Learnt& learnt) {
        auto opened = JournalReader::open(options_.folder);
        if (!opened) return tl::unexpected(opened.error());
        reader_ = *std::move(opened);
        // Before there are matches: the MTA's units may be others now.
        const auto known = place_ && !place_->cursor.empty() ? reader_->find(place_->cursor) : std::nullopt;
        add_matches();
        met_ = reader_->any();
        replay_left_ = 0;
        if (!place_) {
            place_ = Place{now, {}};
            reader_->seek(now);
        } else if (known && entries_ == 0) {
            replay_left_ = max_replayed;
            reader_->seek(*known - replayed);
        } else if (known) {
            reader_->seek_behind(place_->cursor);
        } else {
            if (!place_->cursor.empty())
                learnt.events.emplace_back(maillog::LinesLost{
                    now,
                    fmt::format("the journal's entry of {}, which was the last one read, is gone: what came "
                                "after it may be, too",
                                base::rfc3339(place_->time))});
            reader_->seek(place_->time + std::chrono::microseconds(1));
            place_->cursor.clear();
        }
        const int descriptor = reader_->descriptor();
        if (descriptor < 0) return {};  // without inotify the regular look finds what is new
        boost::system::error_code ignored;
        changes_.assign(descriptor, ignored);
        return {};
    }

    void add_matches() {
        for (const auto& mta : options_.mtas) {
            for (const auto& unit : mta.units)
                reader_->match("_SYSTEMD_UNIT=" + unit);
            for (const auto user : mta.users)
                reader_->match(fmt::format("_UID={}", user));
            reader_->next_alternative();
        }
        reader_->match(dropped_id);
        reader_->match("_TRANSPORT=driver");  // by journald itself
    }

    /// True: there may be more.
    base::Result<bool> read_entries(base::WallTime now, Learnt& learnt) {
        Learnt known;  // what entries give that are read again
        std::size_t read = 0;
        bool more = true;
        for (; read < slice && more; ++read) {
            const auto next = reader_->next();
            if (!next) return next;
            more = *next;
            if (!more) break;
            ++entries_;
            if (replay_left_ == 0) {
                entry(now, learnt);
                continue;
            }
            entry(now, known);
            known = {};
            end_replay();
        }
        if (read > 0 && replay_left_ == 0)
            if (auto cursor = reader_->cursor(); !cursor.empty())
                place_ = Place{reader_->time(), std::move(cursor)};
        return more;
    }

    /// With the entry of the stored place what is new begins.
    void end_replay() {
        if (reader_->is_at(place_->cursor)) {
            replay_left_ = 0;
        } else if (--replay_left_ == 0) {
            reader_->seek_behind(place_->cursor);
        }
    }

    void entry(base::WallTime now, Learnt& to) {
        program_ = reader_->field("SYSLOG_IDENTIFIER");
        const auto time = reader_->time();
        if (program_ == "systemd-journald") {
            if (const auto body = reader_->field("MESSAGE"); maillog::tells_of_lost_lines(program_, body))
                to.events.emplace_back(maillog::LinesLost{
                    std::min(time, now), program_ + ": " + base::printable(body, max_notice)});
            return;
        }
        const auto* mta = owner();
        if (mta == nullptr) return;
        met_ = true;
        const auto pid = base::parse_number(reader_->field("_PID"), UINT32_MAX).value_or(0);
        const auto body = reader_->field("MESSAGE");
        if (body.empty()) {
            ++skipped_;
            return;
        }
        mta->parse({program_, static_cast<std::uint32_t>(pid), body, time}, now, to.attempts, to.events);
    }

    /// The entry is of one of them: of the one whose name its tag begins with, or else whose unit it is.
    const JournalMta* owner() {
        if (options_.mtas.size() == 1) return &options_.mtas.front();
        const auto unit = reader_->field("_SYSTEMD_UNIT");
        const JournalMta* by_unit = nullptr;
        for (const auto& mta : options_.mtas) {
            if (std::find(mta.units.begin(), mta.units.end(), unit) == mta.units.end()) continue;
            const auto length = mta.syslog_name.size();
            if (program_.size() > length && program_[length] == '/' && program_.starts_with(mta.syslog_name))
                return &mta;
            if (by_unit == nullptr) by_unit = &mta;
        }
        return by_unit;
    }

    std::string nothing_met() const {
        std::string units;
        for (const auto& mta : options_.mtas)
            for (const auto& unit : mta.units)
                if (units.find(unit) == std::string::npos) units += (units.empty() ? "" : ", ") + unit;
        return fmt::format(
            "the journal has no entry of this Postfix (units {}, its mail_owner or root): where it is "
            "started in another "
            "way or logs elsewhere, give [[postfix]] the name of its log file",
            units);
    }

    void wait() {
        if (!changes_.is_open() || std::exchange(waiting_, true)) return;
        changes_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                            [this](const boost::system::error_code& error) {
                                if (error) return;
                                waiting_ = false;
                                wake_();
                            });
    }

    static constexpr std::size_t max_notice = 300;

    JournalOptions options_;
    boost::asio::posix::stream_descriptor changes_;
    bool waiting_ = false;
    std::function<void()> wake_;
    std::optional<JournalReader> reader_;
    base::Error problem_;
    std::chrono::steady_clock::time_point open_again_{};
    std::optional<Place> place_;
    std::size_t replay_left_ = 0;
    bool met_ = false;  // there is an entry of an MTA
    std::string program_;
    std::uint64_t entries_ = 0;
    std::uint64_t skipped_ = 0;
};

}  // namespace

std::unique_ptr<EntrySource> journal_source(boost::asio::io_context& io, JournalOptions options) {
    return std::make_unique<Journal>(io, std::move(options));
}

}  // namespace nexthopd::follow
