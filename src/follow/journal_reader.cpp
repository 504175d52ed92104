#include "follow/journal_reader.hpp"

#include <cstdlib>
#include <cstring>
#include <system_error>

namespace nexthopd::follow {

namespace {

/// Longer fields are cut: the parser takes 16 KiB of a line.
constexpr std::size_t max_field = 20 * 1024;

std::uint64_t microseconds(base::WallTime time) {
    const auto since_1970 =
        std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
    return since_1970 < 0 ? 0 : static_cast<std::uint64_t>(since_1970);
}

}  // namespace

base::Result<JournalReader> JournalReader::open(const std::string& folder) {
    sd_journal* journal = nullptr;
    const int opened = folder.empty() ? ::sd_journal_open(&journal, SD_JOURNAL_LOCAL_ONLY)
                                      : ::sd_journal_open_directory(&journal, folder.c_str(), 0);
    if (opened < 0)
        return base::fail("the journal cannot be opened ({})", std::generic_category().message(-opened));
    JournalReader reader(journal);
    ::sd_journal_set_data_threshold(journal, max_field);
    std::uint64_t oldest = 0;
    if (::sd_journal_get_cutoff_realtime_usec(journal, &oldest, nullptr) <= 0)
        return base::fail(
            "there is no journal here that may be read: where systemd-journald runs, the service's user has "
            "to be in "
            "the group systemd-journal; elsewhere give [[postfix]] the name of the file that it logs to, as "
            "in "
            "log = \"/var/log/mail.log\"");
    return reader;
}

void JournalReader::match(const std::string& field_and_value) {
    ::sd_journal_add_match(journal_.get(), field_and_value.data(), field_and_value.size());
}

void JournalReader::next_alternative() {
    ::sd_journal_add_disjunction(journal_.get());
}

std::optional<base::WallTime> JournalReader::find(const std::string& cursor) {
    if (::sd_journal_seek_cursor(journal_.get(), cursor.c_str()) < 0 ||
        ::sd_journal_next(journal_.get()) <= 0 || !is_at(cursor))
        return std::nullopt;
    return time();
}

void JournalReader::seek(base::WallTime time) {
    ::sd_journal_seek_realtime_usec(journal_.get(), microseconds(time));
}

void JournalReader::seek_behind(const std::string& cursor) {
    ::sd_journal_seek_cursor(journal_.get(), cursor.c_str());
    ::sd_journal_next(journal_.get());
}

bool JournalReader::any() {
    ::sd_journal_seek_tail(journal_.get());
    return ::sd_journal_previous(journal_.get()) > 0;
}

base::Result<bool> JournalReader::next() {
    const int moved = ::sd_journal_next(journal_.get());
    if (moved < 0)
        return base::fail("the journal cannot be read ({}); journalctl --verify names a damaged file",
                          std::generic_category().message(-moved));
    return moved > 0;
}

std::string JournalReader::cursor() const {
    char* text = nullptr;
    if (::sd_journal_get_cursor(journal_.get(), &text) < 0) return {};
    const std::unique_ptr<char, decltype(&std::free)> owned(text, std::free);
    return text;
}

base::WallTime JournalReader::time() const {
    std::uint64_t since_1970 = 0;
    if (::sd_journal_get_realtime_usec(journal_.get(), &since_1970) < 0) return {};
    // journald refuses times that do not fit into 55 bits.
    return base::WallTime(std::chrono::microseconds(since_1970 & ((1ULL << 55U) - 1)));
}

std::string_view JournalReader::field(const char* name) const {
    const void* data = nullptr;
    std::size_t size = 0;
    const auto before = std::strlen(name) + 1;  // "NAME="
    if (::sd_journal_get_data(journal_.get(), name, &data, &size) < 0 || size < before) return {};
    // The threshold is kept where a field is compressed, and else not.
    return std::string_view(static_cast<const char*>(data) + before, size - before).substr(0, max_field);
}

}  // namespace nexthopd::follow
