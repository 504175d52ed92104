// libsystemd's journal, as far as it is needed here: seeking, matching, reading fields.
#pragma once

#include <systemd/sd-journal.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace nexthopd::follow {

class JournalReader {
  public:
    /// `folder` empty: the journal of this machine, without those that other machines sent: their fields say
    /// what their senders liked. Fails also when there is no entry that may be read.
    static base::Result<JournalReader> open(const std::string& folder);

    // Entries match that fit all fields of one alternative, in any of the values given for a field.
    void match(const std::string& field_and_value);
    void next_alternative();

    /// Where the entry of that cursor is; nullopt: it is no longer there, or `cursor` is none. Matches must
    /// not have been added yet.
    std::optional<base::WallTime> find(const std::string& cursor);

    void seek(base::WallTime time);
    /// Behind the entry.
    void seek_behind(const std::string& cursor);
    /// True if any entry matches.
    bool any();

    /// The next entry; false: there is none yet.
    base::Result<bool> next();

    // Of the current entry.
    bool is_at(const std::string& cursor) const {
        return ::sd_journal_test_cursor(journal_.get(), cursor.c_str()) > 0;
    }
    std::string cursor() const;
    base::WallTime time() const;
    /// Valid until the next call of field(). Empty: it has no such field.
    std::string_view field(const char* name) const;

    /// Readable when there may be new entries; take_changes() is then to be called.
    int descriptor() const { return ::sd_journal_get_fd(journal_.get()); }
    void take_changes() { ::sd_journal_process(journal_.get()); }

  private:
    struct Close {
        void operator()(sd_journal* journal) const { ::sd_journal_close(journal); }
    };
    explicit JournalReader(sd_journal* journal) : journal_(journal) {}
    std::unique_ptr<sd_journal, Close> journal_;
};

}  // namespace nexthopd::follow
