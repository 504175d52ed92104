#include "follow/ledger_thread.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <exception>
#include <optional>
#include <thread>
#include <utility>

#include "base/log.hpp"
#include "follow/recorder.hpp"

namespace nexthopd::follow {

namespace {

// A thousand questions a second for ten seconds of a disk that hangs; a message is about 1 KB.
constexpr std::size_t max_waiting = 10'000;

}  // namespace

class LedgerThread::Thread {
  public:
    Thread(LedgerOptions options, std::unique_ptr<ledger::Store> store, const base::Clock& clock,
           Callbacks callbacks)
        : work_(io_.get_executor()) {
        boost::asio::post(io_, [this, options = std::move(options), store = std::move(store), &clock,
                                callbacks = std::move(callbacks)]() mutable {
            recorder_.emplace(io_, std::move(options), std::move(store), clock, std::move(callbacks));
            recorder_->start();
        });
        thread_ = std::thread([this] { run(); });
    }

    ~Thread() {
        boost::asio::post(io_, [this] {
            io_.stop();  // no further handler; this one goes on
            if (recorder_) static_cast<void>(recorder_->commit());
        });
        thread_.join();
    }

    template <class Message>
    bool post(Message message) {
        if (waiting_.fetch_add(1, std::memory_order_relaxed) >= max_waiting) {
            waiting_.fetch_sub(1, std::memory_order_relaxed);
            return false;
        }
        boost::asio::post(io_, [this, message = std::move(message)]() mutable {
            waiting_.fetch_sub(1, std::memory_order_relaxed);
            if (recorder_) message(*recorder_);
        });
        return true;
    }

    void acknowledge() {
        boost::asio::post(io_, [this] {
            if (recorder_) recorder_->acknowledge();
        });
    }

  private:
    void run() {
        for (;;) {
            try {
                io_.run();
                return;
            } catch (const std::exception& error) {
                // Out of memory; the timers are armed still, so the work goes on.
                log::error("ledger thread: {}", error.what());
            }
        }
    }

    boost::asio::io_context io_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::optional<Recorder> recorder_;  // made and used on the thread; destroyed after its end
    std::atomic<std::size_t> waiting_{0};
    std::thread thread_;
};

LedgerThread::LedgerThread(LedgerOptions options, std::unique_ptr<ledger::Store> store,
                           const base::Clock& clock, Callbacks callbacks)
    : thread_(std::make_unique<Thread>(std::move(options), std::move(store), clock, std::move(callbacks))) {}

LedgerThread::~LedgerThread() = default;

void LedgerThread::acknowledge() {
    thread_->acknowledge();
}

bool LedgerThread::start_hold(mail::Hold hold) {
    return thread_->post(
        [hold = std::move(hold)](Recorder& recorder) mutable { recorder.start_hold(std::move(hold)); });
}

bool LedgerThread::end_hold(ledger::EndedHold ended) {
    return thread_->post(
        [ended = std::move(ended)](Recorder& recorder) mutable { recorder.end_hold(std::move(ended)); });
}

bool LedgerThread::commit(std::function<void(base::Result<void>)> answer) {
    return thread_->post([answer = std::move(answer)](Recorder& recorder) { answer(recorder.commit()); });
}

bool LedgerThread::forget(std::string address, std::function<void(base::Result<std::uint64_t>)> answer) {
    return thread_->post([address = std::move(address), answer = std::move(answer)](Recorder& recorder) mutable {
        recorder.forget(std::move(address), std::move(answer));
    });
}

}  // namespace nexthopd::follow
