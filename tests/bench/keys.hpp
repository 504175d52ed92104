// The addresses that are asked for, one after the other.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nexthopd::bench {

/// Numbered addresses `userN@dM.bench.example`: no two keys of a run are equal, so that no cache of
/// answers, however small, can serve them; domains repeat, so that the cache of MX sets can.
class Keys {
  public:
    enum class Order { sequential, random };

    /// `domains`: M is N modulo domains, or picked at random below it; 0: M is N, each query asks a
    /// new domain. `first` is the first N. The random order is the same in every run.
    static Keys numbered(Order order, std::uint64_t domains, std::uint64_t first);

    /// The lines of a file in turn, from the top again after the last. Throws std::runtime_error when
    /// it cannot be read or has no line.
    static Keys from_file(const std::string& path);

    /// Appends the next key.
    void append_to(std::string& text);

    /// The N of the next key: a later run that starts there repeats nothing.
    std::uint64_t next() const { return next_; }

  private:
    std::vector<std::string> lines_;  // empty: numbered
    Order order_ = Order::sequential;
    std::uint64_t domains_ = 0;
    std::uint64_t next_ = 0;
};

}  // namespace nexthopd::bench
