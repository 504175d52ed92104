// What nexthopd-exim-release does: `exim4 -Mc ID` for ids that come over a socket, so many at once and no
// more.
#pragma once

#include <sys/types.h>

#include <set>
#include <string>

#include "base/descriptor.hpp"
#include "base/error.hpp"

namespace nexthopd::release {

class EximRuns {
  public:
    /// Each is a process of Exim until its message is delivered or put off. The next id waits for one to end.
    static constexpr std::size_t at_once = 50;

    /// `exim`: the program, a full path. From here on SIGTERM, SIGINT and SIGCHLD are blocked, so this comes
    /// before threads are started.
    explicit EximRuns(std::string exim);

    /// Serves `listening` until SIGTERM or SIGINT; Exim's processes that run then go on.
    base::Result<void> serve(const base::Descriptor& listening);

    /// Starts a delivery; the answer to the id: "OK", or what is wrong with it.
    std::string start(const std::string& queue_id);
    void reap();
    std::size_t running() const { return running_.size(); }

  private:
    std::string exim_;
    base::Descriptor signals_;
    std::set<pid_t> running_;
};

}  // namespace nexthopd::release
