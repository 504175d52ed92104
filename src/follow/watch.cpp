#include "follow/watch.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <boost/system/error_code.hpp>

#include <array>
#include <utility>

namespace nexthopd::follow {

Watch::Watch(boost::asio::any_io_executor executor) : notifier_(std::move(executor)) {
    const int descriptor = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (descriptor < 0) return;
    boost::system::error_code ignored;
    notifier_.assign(descriptor, ignored);
}

void Watch::add(const std::string& path) {
    if (!notifier_.is_open()) return;
    const int watch = ::inotify_add_watch(notifier_.native_handle(), path.c_str(),
                                          IN_MODIFY | IN_MOVE_SELF | IN_DELETE_SELF);
    if (watch < 0) return;  // missing: the regular look finds it
    const auto [entry, added] = watched_.emplace(path, watch);
    if (added || entry->second == watch) return;
    ::inotify_rm_watch(notifier_.native_handle(), entry->second);  // of the file that had the name before
    entry->second = watch;
}

void Watch::wait(std::function<void()> changed) {
    if (!notifier_.is_open() || std::exchange(waiting_, true)) return;
    notifier_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                         [this, changed = std::move(changed)](const boost::system::error_code& error) {
                             waiting_ = false;
                             if (error) return;
                             drain();
                             changed();
                         });
}

void Watch::drain() {
    // What the events say does not matter; the kernel merges equal ones until they are read.
    std::array<char, 4096> events;
    while (::read(notifier_.native_handle(), events.data(), events.size()) > 0) {
    }
}

}  // namespace nexthopd::follow
