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
         }) {
        auto prepared = Statement::prepare(writer.database_, sql);
        if (!prepared) return tl::unexpected(prepared.error());
        *statement = std::move(*prepared);
    }
    return writer;
}

}  // namespace nexthopd::ledger
