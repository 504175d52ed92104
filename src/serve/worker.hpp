// Threads for jobs that block: reading settings, asking postconf, listing attempts, running postqueue.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <type_traits>
#include <utility>

namespace nexthopd::serve {

class Worker {
  public:
    explicit Worker(std::size_t threads) : pool_(threads) {}
    ~Worker() {
        pool_.stop();
        pool_.join();
    }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    /// Runs `job` on a thread of the pool while the caller's thread goes on; the coroutine continues on its
    /// own thread with the result, or with the job's exception. The job must own what it uses. Give it a name
    /// and move it in: g++ 12 destroys the captures of a lambda written inside a co_await expression twice.
    template <class Job>
    boost::asio::awaitable<std::invoke_result_t<Job&>> run(Job job) {
        co_return co_await boost::asio::co_spawn(pool_, there(std::move(job)), boost::asio::use_awaitable);
    }

  private:
    template <class Job>
    static boost::asio::awaitable<std::invoke_result_t<Job&>> there(Job job) {
        co_return job();
    }

    boost::asio::thread_pool pool_;
};

}  // namespace nexthopd::serve
