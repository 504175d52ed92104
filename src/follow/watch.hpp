// Wakes up when one of the followed files changes (inotify). Only a hint: it may be late or missing, on
// network file systems it never comes, so the files are looked at regularly as well.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>

#include <functional>
#include <map>
#include <string>

namespace nexthopd::follow {

class Watch {
  public:
    /// Without inotify (no instance left) it does nothing.
    explicit Watch(boost::asio::any_io_executor executor);

    /// Watches the file that has that name now. To be repeated, since rotation gives the name to another.
    void add(const std::string& path);

    /// Calls `changed` once, at the first change after the last one that was told. Repeated calls before that
    /// are one.
    void wait(std::function<void()> changed);

  private:
    void drain();

    boost::asio::posix::stream_descriptor notifier_;
    bool waiting_ = false;
    std::map<std::string, int> watched_;  // path -> watch descriptor
};

}  // namespace nexthopd::follow
