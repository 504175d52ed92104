#include "answer/script_host.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "answer/script_lookup.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

namespace nexthopd::answer {

namespace {

constexpr std::size_t max_remembered_sql = 500;

/// What a count of a longer window answered is remembered like any count.
void describe(Asked& asked, const ledger::Rows& rows) {
    asked.result = rows.rows.size();
    asked.value.clear();
    if (!rows.rows.empty() && !rows.rows.front().empty())
        asked.value = rows.rows.front().front().value_or("NULL").substr(0, max_remembered_sql);
    if (asked.result_class != 0) asked.result = base::parse_number(asked.value).value_or(0);
}

}  // namespace

Asked* ScriptHost::remember(std::string_view subject) {
    if (asked_count_ == max_asked) return nullptr;
    if (asked_count_ == asked_.size()) asked_.emplace_back();
    auto& asked = asked_[asked_count_++];
    asked.subject.assign(subject.substr(0, max_remembered_sql));
    asked.result_class = 0;
    asked.seconds = 0;
    asked.result = 0;
    return &asked;
}

base::WallTime ScriptHost::wall() {
    if (!wall_) wall_ = clock_.wall();
    return *wall_;
}

void ScriptHost::pause() {
    if (reading_) reader_.end();
    reading_ = false;
}

std::uint64_t ScriptHost::count(std::string_view server, char result_class, std::int64_t seconds) {
    const auto number = knowledge_.counters.of_server(server, result_class, seconds, wall());
    if (auto* const asked = remember(server)) {
        asked->result_class = result_class;
        asked->seconds = seconds;
        asked->result = number;
    }
    if (trace_ != nullptr)
        trace_->add("count", fmt::format("{} {}xx in {} s: {}", server, result_class, seconds, number));
    return number;
}

script::QueryAnswer ScriptHost::count_longer(std::string_view server, char result_class,
                                             std::int64_t seconds) {
    // The last two hours are in memory by the minute; the minutes before them are in the ledger.
    constexpr auto in_memory = state::Counters::window_seconds;
    const auto recent = knowledge_.counters.of_server(server, result_class, in_memory, wall());
    const auto now = base::unix_seconds(wall());
    const auto first = std::max<std::int64_t>(now - seconds, 0) / 60;
    const auto last = (now - in_memory) / 60 - 1;
    script::PendingQuery query{
        "SELECT coalesce(sum(sum_minutes(cells, ?2, ?3 - hour * 60, ?4 - hour * 60)), 0) + ?5 "
        "FROM sendattempts_minutes WHERE server = ?1 AND hour >= ?3 / 60 AND hour <= ?4 / 60",
        {std::string(server), std::string(1, result_class), first, last, static_cast<std::int64_t>(recent)},
        {"count"}};
    auto* const asked = remember(server);
    if (asked != nullptr) {
        asked->result_class = result_class;
        asked->seconds = seconds;
    }
    if (trace_ != nullptr)
        trace_->add("count", fmt::format("{} {}xx in {} s, from the ledger", server, result_class, seconds));
    return ask_ledger(std::move(query), asked);
}

script::QueryAnswer ScriptHost::query(std::string_view postgres_sql) {
    auto translated = translations_.translate(postgres_sql, wall());
    if (!translated) {
        if (trace_ != nullptr) trace_->add("sql", translated.error().text);
        return script::QueryFailure{
            fmt::format("at character {}: {}", translated.error().position + 1, translated.error().text)};
    }
    if (trace_ != nullptr) {
        trace_->add("sql", std::string(postgres_sql));
        trace_->add("sqlite", translated->sql);
    }
    std::vector<ledger::Parameter> parameters(translated->params.begin(), translated->params.end());
    return ask_ledger({std::move(translated->sql), std::move(parameters), std::move(translated->columns)},
                      remember(postgres_sql));
}

script::QueryAnswer ScriptHost::ask_ledger(script::PendingQuery query, Asked* asked) {
    if (!reading_) reader_.begin();
    reading_ = true;
    ledger::QueryLimits limits;
    limits.time = time_here;
    auto rows = reader_.run(query.sql, query.parameters, limits);
    if (rows) {
        rows->columns = std::move(query.columns);
        if (asked != nullptr) describe(*asked, *rows);
        if (trace_ != nullptr) trace_->add("rows", fmt::format("{}", rows->rows.size()));
        return *std::move(rows);
    }
    if (rows.error().kind == ledger::QueryError::Kind::interrupted) return query;
    return script::QueryFailure{std::move(rows.error().text)};
}

void ScriptHost::answered(const ledger::Rows& rows) {
    if (asked_count_ > 0) describe(asked_[asked_count_ - 1], rows);
}

base::Result<std::string> ScriptHost::module(std::string_view name) {
    return base::fail(
        "{} was not loaded with the script, and hooks read no files: require it outside of functions", name);
}

script::Request ScriptHost::request() {
    return {question_->connection,
            question_->recipient.address,
            facts_->sender,
            facts_->queue_id,
            facts_->size,
            facts_->retries,
            facts_->exact,
            question_->by_exim() ? "exim" : "postfix",
            observe_ ? "observe" : "enforce"};
}

std::uint64_t ScriptHost::counted(const script::CountQuery& query) {
    const auto number = knowledge_.counters.matching(
        {query.server, query.domain, query.reason, query.result_class}, query.seconds, wall());
    const auto subject = query.server.empty() ? query.domain : query.server;
    if (auto* const asked = remember(subject)) {
        asked->result_class = query.result_class == 0 ? '*' : query.result_class;
        asked->seconds = query.seconds;
        asked->result = number;
    }
    if (trace_ != nullptr)
        trace_->add(
            "count",
            fmt::format("{}{}{}{} in {} s: {}", subject, query.result_class == 0 ? "" : " ",
                        query.result_class == 0 ? "" : std::string(1, query.result_class) + "xx",
                        query.reason.empty() ? "" : fmt::format(" {}", query.reason), query.seconds, number));
    return number;
}

std::optional<script::LookupResult> ScriptHost::resolve(const script::Lookup& lookup) {
    const auto now = clock_.now();
    std::optional<script::LookupResult> known;
    if (lookup.kind == script::Lookup::Kind::mx) {
        if (const auto set = resolver_.cached(lookup.name, now)) known = lookup_result(*set);
    } else if (const auto records = resolver_.cached_records(lookup.name, record_type(lookup.kind), now)) {
        known = lookup_result(*records);
    }
    if (trace_ != nullptr)
        trace_->add("resolve",
                    fmt::format("{}: {}", lookup.name,
                                known ? fmt::format("{} records", known->records.size()) : "is looked up"));
    return known;
}

std::string_view ScriptHost::provider(std::string_view server) {
    const auto* const found = knowledge_.back_off.rules().providers().of_host(server);
    return found == nullptr ? std::string_view() : found->name;
}

void ScriptHost::log(script::LogLevel level, std::string_view line) {
    constexpr log::Level levels[] = {log::Level::debug, log::Level::info, log::Level::warning,
                                     log::Level::error};
    log::write(levels[static_cast<std::size_t>(level)], "script: " + base::printable(line));
    if (trace_ != nullptr) trace_->add("print", std::string(line.substr(0, max_remembered_sql)));
}

}  // namespace nexthopd::answer
