// One more of something for as long as this lives.
#pragma once

#include <cstddef>

namespace nexthopd::base {

class Counted {
  public:
    explicit Counted(std::size_t& counter) : counter_(counter) { ++counter_; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    ~Counted() { --counter_; }

  private:
    std::size_t& counter_;
};

}  // namespace nexthopd::base
