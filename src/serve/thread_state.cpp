#include "serve/thread_state.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <array>
#include <string>
#include <string_view>

namespace nexthopd::serve {

WatchedThread::WatchedThread() {
    pthread_getcpuclockid(pthread_self(), &cpu_clock_);
    const auto path = "/proc/self/task/" + std::to_string(gettid()) + "/stat";
    stat_ = base::Descriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

ThreadState WatchedThread::now() const {
    ThreadState out;
    timespec cpu{};
    if (clock_gettime(cpu_clock_, &cpu) == 0)
        out.cpu = std::chrono::seconds(cpu.tv_sec) + std::chrono::nanoseconds(cpu.tv_nsec);
    std::array<char, 256> buffer;
    const auto length = pread(stat_.get(), buffer.data(), buffer.size(), 0);
    if (length <= 0) return out;
    // "TID (name) STATE ...": the name may hold blanks and parentheses.
    const std::string_view line(buffer.data(), static_cast<std::size_t>(length));
    const auto name_end = line.rfind(')');
    out.wants_processor = name_end != line.npos && line.substr(name_end).starts_with(") R");
    return out;
}

}  // namespace nexthopd::serve
