// A question as a Postfix service asks it: as the MTA's user, and from within the chroot of the service.
#pragma once

#include <string>

#include "base/error.hpp"

namespace nexthopd::ctl {

struct Trial {
    std::string queue_directory;  // where Postfix' services work
    bool chroot = true;
    std::string mail_owner;
    std::string socket = "nexthopd/socketmap";  // below queue_directory
};

/// Asks in a child process and waits two seconds at most. An error says why there was no answer.
base::Result<void> try_question(const Trial& trial);

}  // namespace nexthopd::ctl
