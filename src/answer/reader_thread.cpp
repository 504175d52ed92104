#include "answer/reader_thread.hpp"

#include <boost/asio/co_spawn.hpp>

#include "base/no_throw.hpp"

namespace nexthopd::answer {

namespace asio = boost::asio;

namespace {

/// On the pool's thread. Everything by value: the question may be gone before the query ends.
asio::awaitable<script::Awaited> run_there(ledger::Reader& reader, script::PendingQuery query,
                                               base::Instant limit) {
    const auto left =
        std::chrono::duration_cast<std::chrono::microseconds>(limit - base::Instant::clock::now());
    if (left.count() <= 0) co_return script::QueryFailure{"the time for the query was over before it began"};
    ledger::QueryLimits limits;
    limits.time = left;
    auto rows = reader.run(query.sql, query.parameters, limits);
    if (!rows) co_return script::QueryFailure{std::move(rows.error().text)};
    rows->columns = std::move(query.columns);
    co_return *std::move(rows);
}

}  // namespace

ReaderThread::ReaderThread(std::string database) : reader_(std::move(database)) {}

ReaderThread::~ReaderThread() {
    pool_.stop();
    pool_.join();
}

asio::awaitable<script::Awaited> ReaderThread::run(script::PendingQuery query, base::Instant limit) {
    if (queued_ >= max_queued) co_return script::QueryFailure{"too many queries are waiting"};
    ++queued_;
    auto [failure, result] =
        co_await asio::co_spawn(pool_, run_there(reader_, std::move(query), limit), base::no_throw);
    --queued_;
    if (failure) co_return script::QueryFailure{"the query could not be run"};
    co_return std::move(result);
}

}  // namespace nexthopd::answer
