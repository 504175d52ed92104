// Where the pipeline tells what has to outlive it: an interface, so that tests need no ledger.
#pragma once

#include "mail/hold.hpp"

namespace nexthopd::answer {

class Recorder {
  public:
    virtual ~Recorder() = default;
    /// Called on the answering thread; must not block.
    virtual void hold_started(const mail::Hold& hold) = 0;
};

}  // namespace nexthopd::answer
