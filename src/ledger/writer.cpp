#include "ledger/writer.hpp"

#include <string>
#include <type_traits>
#include <utility>

namespace nexthopd::ledger {

namespace {

using base::Result;

}  // namespace

Result<Writer> Writer::prepare(Database database) {
    Writer writer;
    writer.database_ = std::move(database);
    Result<void> made;
    const auto make = [&](auto& part) {
        if (!made) return;
        auto prepared = std::decay_t<decltype(part)>::prepare(writer.database_);
        if (prepared)
            part = std::move(*prepared);
        else
            made = tl::unexpected(prepared.error());
    };
    make(writer.names_);
    make(writer.places_);
    make(writer.attempts_);
    make(writer.holds_);
    make(writer.pruning_);
    make(writer.rollup_);
    make(writer.recent_);
    make(writer.forgetting_);
    if (!made) return tl::unexpected(made.error());
    for (auto [statement, sql] : {
             std::pair{&writer.begin_, "BEGIN IMMEDIATE"},
             std::pair{&writer.commit_, "COMMIT"},
             std::pair{&writer.look_, "SELECT 1 FROM meta LIMIT 1"},
         }) {
        auto prepared = Statement::prepare(writer.database_, sql);
        if (!prepared) return tl::unexpected(prepared.error());
        *statement = std::move(*prepared);
    }
    return writer;
}

/// The first to read after a commit notes its place in the WAL index, a file mapped into memory. While the
/// disk hangs that write waits, and the next reader may be the answering thread: so it is made here. Later
/// readers find it and write nothing (SQLite's "WAL-mode File Format", "The WAL Read Locks").
Result<void> Writer::commit() {
    if (auto done = commit_.run(); !done) return done;
    const auto row = look_.step();
    look_.reset();
    return row ? Result<void>() : tl::unexpected(row.error());
}

}  // namespace nexthopd::ledger
