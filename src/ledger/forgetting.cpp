#include "ledger/forgetting.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "mail/address_text.hpp"

namespace nexthopd::ledger {

namespace {

using base::Result;

/// `text` without the address, or nullopt where it does not occur.
std::optional<std::string> forgotten(std::string_view text, const std::string& address) {
    if (base::equal_ignoring_case(text, address)) return mail::without_local_part(address);
    bool found = false;
    auto out = mail::replace_addresses(text, [&](std::string_view one) {
        if (!base::equal_ignoring_case(one, address)) return std::string(one);
        found = true;
        return mail::without_local_part(address);
    });
    if (!found) return std::nullopt;
    return out;
}

/// A row that has the address in some of its texts.
template <class Key, std::size_t texts>
struct Rewritten {
    Key key;
    std::array<std::string, texts> text;
};

/// True when one of the texts in the columns from `first` on has the address; `into` gets all of them.
template <std::size_t texts>
bool rewrite(const Statement& row, int first, const std::string& address,
             std::array<std::string, texts>& into) {
    bool any = false;
    for (std::size_t i = 0; i < texts; ++i) {
        const auto text = row.text(first + static_cast<int>(i));
        auto without = forgotten(text, address);
        any = any || without.has_value();
        into[i] = without ? std::move(*without) : std::string(text);
    }
    return any;
}

/// Of the database file, read as SQLite reads it: a descriptor of our own would drop the locks when it
/// closes.
Result<bool> file_contains(const Database& database, std::string_view address) {
    sqlite3_file* file = nullptr;
    if (sqlite3_file_control(database.handle(), "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK ||
        file == nullptr || file->pMethods == nullptr)
        return base::fail("the file of the ledger cannot be looked at");
    sqlite3_int64 size = 0;
    if (file->pMethods->xFileSize(file, &size) != SQLITE_OK)
        return base::fail("the size of the ledger's file is not known");
    constexpr sqlite3_int64 block = 1 << 20;
    std::string bytes;
    const auto same = [](char a, char b) { return base::ascii_lower(a) == base::ascii_lower(b); };
    const auto overlap = static_cast<sqlite3_int64>(address.size());
    for (sqlite3_int64 from = 0; from < size; from += block) {
        bytes.resize(static_cast<std::size_t>(std::min(block + overlap, size - from)));
        if (file->pMethods->xRead(file, bytes.data(), static_cast<int>(bytes.size()), from) != SQLITE_OK)
            return base::fail("the ledger's file cannot be read");
        if (std::search(bytes.begin(), bytes.end(), address.begin(), address.end(), same) != bytes.end())
            return true;
    }
    return false;
}

/// An error when a reader held it up: what it reads is in the WAL.
Result<void> empty_wal(Database& database) {
    auto query = Statement::prepare(database, "PRAGMA wal_checkpoint(TRUNCATE)");
    if (!query) return tl::unexpected(query.error());
    const auto row = query->step();
    if (!row) return tl::unexpected(row.error());
    if (*row && query->integer(0) != 0)
        return base::fail("another program reads the ledger, so its WAL still has the address; try again");
    return {};
}

}  // namespace

Result<Forgetting> Forgetting::prepare(const Database& database) {
    Forgetting forgetting;
    for (auto [statement, sql] : {
             std::pair{&forgetting.rows_,
                       "SELECT id, recipient, sender, result FROM attempt WHERE id>?1 ORDER BY id LIMIT ?2"},
             std::pair{&forgetting.rewrite_row_,
                       "UPDATE attempt SET recipient=?2, sender=?3, result=?4 WHERE id=?1"},
             std::pair{&forgetting.holds_, "SELECT id, recipient, reason, evidence FROM hold"},
             std::pair{&forgetting.rewrite_hold_,
                       "UPDATE hold SET recipient=?2, reason=?3, evidence=?4 WHERE id=?1"},
         }) {
        auto prepared = Statement::prepare(database, sql);
        if (!prepared) return tl::unexpected(prepared.error());
        *statement = std::move(*prepared);
    }
    return forgetting;
}

Result<void> Forgetting::step(const std::string& address, std::uint32_t max_rows, ForgetProgress& progress) {
    std::vector<Rewritten<std::int64_t, 3>> found;
    rows_.bind(1, progress.last_row);
    rows_.bind(2, std::int64_t{max_rows});
    std::uint32_t read = 0;
    for (;; ++read) {
        const auto row = rows_.step();
        if (!row) return tl::unexpected(row.error());
        if (!*row) break;
        progress.last_row = rows_.integer(0);
        Rewritten<std::int64_t, 3> rewritten{progress.last_row, {}};
        if (rewrite(rows_, 1, address, rewritten.text)) found.push_back(std::move(rewritten));
    }
    for (const auto& [id, text] : found) {
        rewrite_row_.bind(1, id);
        for (int i = 0; i < 3; ++i)
            rewrite_row_.bind(2 + i, text[static_cast<std::size_t>(i)]);
        if (auto done = rewrite_row_.run(); !done) return done;
    }
    progress.rewritten += found.size();
    if (read == max_rows) return {};
    progress.done = true;
    return rewrite_holds(address, progress);
}

Result<void> Forgetting::rewrite_holds(const std::string& address, ForgetProgress& progress) {
    std::vector<Rewritten<std::string, 3>> found;
    for (;;) {
        const auto row = holds_.step();
        if (!row) return tl::unexpected(row.error());
        if (!*row) break;
        Rewritten<std::string, 3> rewritten{std::string(holds_.text(0)), {}};
        if (rewrite(holds_, 1, address, rewritten.text)) found.push_back(std::move(rewritten));
    }
    for (const auto& [id, text] : found) {
        rewrite_hold_.bind(1, id);
        for (int i = 0; i < 3; ++i)
            rewrite_hold_.bind(2 + i, text[static_cast<std::size_t>(i)]);
        if (auto done = rewrite_hold_.run(); !done) return done;
    }
    progress.rewritten += found.size();
    return {};
}

Result<void> Forgetting::clean_files(Database& database, std::string_view address) {
    if (auto emptied = empty_wal(database); !emptied) return emptied;
    const auto there = file_contains(database, address);
    if (!there) return tl::unexpected(there.error());
    if (!*there) return {};
    // Pages keep what they had where rows were moved within them before.
    if (auto vacuumed = database.exec("VACUUM"); !vacuumed) return vacuumed;
    return empty_wal(database);
}

}  // namespace nexthopd::ledger
