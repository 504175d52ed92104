#include "answer/script_host.hpp"

#include <fmt/format.h>

#include "base/log.hpp"
#include "base/text.hpp"

namespace nexthopd::answer {

namespace {

constexpr std::size_t max_remembered_sql = 500;

void describe(Asked& asked, const ledger::Rows& rows) {
    asked.result = rows.rows.size();
    asked.value.clear();
    if (!rows.rows.empty() && !rows.rows.front().empty())
        asked.value = rows.rows.front().front().value_or("NULL").substr(0, max_remembered_sql);
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
    const auto number = counters_.count(server, result_class, seconds, wall());
    if (auto* const asked = remember(server)) {
        asked->result_class = result_class;
        asked->seconds = seconds;
        asked->result = number;
    }
    if (trace_ != nullptr)
        trace_->add("count", fmt::format("{} {}xx in {} s: {}", server, result_class, seconds, number));
    return number;
}

script::QueryAnswer ScriptHost::query(std::string_view postgres_sql) {
    auto translated = translations_.translate(postgres_sql, wall());
    if (!translated) {
        if (trace_ != nullptr) trace_->add("sql", translated.error().text);
        return script::QueryFailure{
            fmt::format("at character {}: {}", translated.error().position + 1, translated.error().text)};
    }
    if (!reading_) reader_.begin();
    reading_ = true;
    auto* const asked = remember(postgres_sql);
    std::vector<ledger::Parameter> parameters(translated->params.begin(), translated->params.end());
    if (trace_ != nullptr) {
        trace_->add("sql", std::string(postgres_sql));
        trace_->add("sqlite", translated->sql);
    }
    ledger::QueryLimits limits;
    limits.time = time_here;
    auto rows = reader_.run(translated->sql, parameters, limits);
    if (rows) {
        rows->columns = std::move(translated->columns);
        if (asked != nullptr) describe(*asked, *rows);
        if (trace_ != nullptr) trace_->add("rows", fmt::format("{}", rows->rows.size()));
        return *std::move(rows);
    }
    if (rows.error().kind == ledger::QueryError::Kind::interrupted)
        return script::PendingQuery{std::move(translated->sql), std::move(parameters), std::move(translated->columns)};
    return script::QueryFailure{std::move(rows.error().text)};
}

void ScriptHost::answered(const ledger::Rows& rows) {
    if (asked_count_ > 0 && asked_[asked_count_ - 1].result_class == 0) describe(asked_[asked_count_ - 1], rows);
}

base::Result<std::string> ScriptHost::module(std::string_view name) {
    return base::fail("{} was not loaded with the script, and hooks read no files: require it outside of functions", name);
}

script::Request ScriptHost::request() {
    return {question_->connection, question_->recipient.address, facts_->sender,        facts_->queue_id,
            facts_->size,          facts_->retries,              facts_->exact,         "postfix",
            observe_ ? "observe" : "enforce"};
}

base::Result<std::uint64_t> ScriptHost::counted(const script::CountQuery& query) {
    if (!query.domain.empty()) return base::fail("attempts are not counted by domain yet; count by server, or use nexthop.query");
    if (!query.reason.empty()) return base::fail("attempts are not counted by reason yet; count by class, or use nexthop.query");
    if (query.result_class != 0) return count(query.server, query.result_class, query.seconds);
    return count(query.server, '2', query.seconds) + count(query.server, '4', query.seconds) +
           count(query.server, '5', query.seconds);
}

void ScriptHost::log(script::LogLevel level, std::string_view line) {
    constexpr log::Level levels[] = {log::Level::debug, log::Level::info, log::Level::warning, log::Level::error};
    log::write(levels[static_cast<std::size_t>(level)], "script: " + base::printable(line));
    if (trace_ != nullptr) trace_->add("print", std::string(line.substr(0, max_remembered_sql)));
}

}  // namespace nexthopd::answer
