// The thread that repeats a script's query when it takes longer than the answering thread may give it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include <string>

#include "base/clock.hpp"
#include "script/host.hpp"

namespace nexthopd::answer {

class ReaderThread {
  public:
    /// Queries that wait at once; one more fails at once.
    static constexpr std::size_t max_queued = 64;

    explicit ReaderThread(std::string database);
    ~ReaderThread();
    ReaderThread(const ReaderThread&) = delete;
    ReaderThread& operator=(const ReaderThread&) = delete;

    /// Called on the answering thread; never throws. The query ends at `limit` at the latest.
    boost::asio::awaitable<script::Awaited> run(script::PendingQuery query, base::Instant limit);

  private:
    boost::asio::thread_pool pool_{1};
    ledger::Reader reader_;       // the pool's
    std::size_t queued_ = 0;      // the answering thread's
};

}  // namespace nexthopd::answer
