#include "serve/watchdog.hpp"

#include <fcntl.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "script/vm.hpp"

namespace nexthopd::serve {

namespace {

void put(int file, std::string_view text) {
    if (write(file, text.data(), text.size()) < 0) return;  // there is nobody left to tell
}

}  // namespace

Watchdog::Watchdog(WatchPace pace, std::function<void(const char*)> stuck)
    : pace_(pace), stuck_(std::move(stuck)), thread_([this] { run(); }) {}

Watchdog::~Watchdog() {
    {
        const std::lock_guard lock(mutex_);
        ended_ = true;
    }
    end_.notify_one();
    thread_.join();
}

void Watchdog::run() {
    std::uint64_t last = 0;
    Silence silence;
    std::unique_lock lock(mutex_);
    while (!end_.wait_for(lock, pace_.interval, [this] { return ended_; })) {
        const auto beats = beats_.load(std::memory_order_relaxed);
        if (beats != std::exchange(last, beats)) {
            silence = {};
            sd_notify(0, "WATCHDOG=1");
        } else if (silence.stuck_after(watched_.now(), pace_)) {
            stuck_(script::running_hook.load(std::memory_order_relaxed));
            silence = {};
        }
    }
}

bool Silence::stuck_after(ThreadState state, const WatchPace& pace) {
    if (!cpu_before_) cpu_before_ = state.cpu;
    if (!state.wants_processor) ++asleep_;
    return asleep_ == pace.patience || state.cpu - *cpu_before_ >= pace.patience * pace.interval;
}

void give_up(const std::string& quarantine_file, const std::string& note, const char* hook) {
    // Standard error may be a journal that does not read, the file on a disk that hangs: then SIGALRM ends
    // the process.
    std::signal(SIGALRM, SIG_DFL);
    alarm(1);
    if (hook != nullptr) {  // first what the next start needs
        const int file = open(quarantine_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        put(file, note);
        put(file, hook);
        put(file, "\n");
        fsync(file);
    }
    put(STDERR_FILENO, "nexthopd: the answering thread is stuck");
    if (hook != nullptr) {
        put(STDERR_FILENO, " in the hook ");
        put(STDERR_FILENO, hook);
        put(STDERR_FILENO, "; its script goes to quarantine");
    }
    put(STDERR_FILENO, "; it ends now, to be started again\n");
    std::abort();
}

}  // namespace nexthopd::serve
