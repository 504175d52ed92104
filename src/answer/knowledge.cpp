#include "answer/knowledge.hpp"

#include <sys/random.h>

#include <cstdint>

namespace nexthopd::answer {

namespace {

std::uint32_t random_bits() {
    std::uint32_t bits = 0;
    // From the kernel's pool, which is ready long before mail flows; an id only has to be unlike others.
    if (getrandom(&bits, sizeof bits, GRND_NONBLOCK) != static_cast<ssize_t>(sizeof bits))
        bits = static_cast<std::uint32_t>(base::Instant::clock::now().time_since_epoch().count());
    return bits;
}

}  // namespace

std::string Knowledge::new_hold_id() const {
    while (true) {
        auto id = holds.new_id(random_bits);
        if (back_off.find(id) == nullptr) return id;
    }
}

}  // namespace nexthopd::answer
