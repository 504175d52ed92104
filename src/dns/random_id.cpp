#include "dns/random_id.hpp"

#include <sys/random.h>

#include <cerrno>
#include <system_error>

namespace nexthopd::dns {

RandomIds::RandomIds() {
    fill();
}

std::uint16_t RandomIds::next() {
    if (used_ == ids_.size()) fill();
    return ids_[used_++];
}

void RandomIds::fill() {
    // Up to 256 bytes are neither cut short nor interrupted once the pool is ready, which the first call
    // has waited for: after the constructor this cannot fail.
    static_assert(sizeof(ids_) <= 256);
    ssize_t got = 0;
    do {
        got = ::getrandom(ids_.data(), sizeof(ids_), 0);
    } while (got < 0 && errno == EINTR);
    if (got != static_cast<ssize_t>(sizeof(ids_)))
        throw std::system_error(errno, std::system_category(), "getrandom");
    used_ = 0;
}

}  // namespace nexthopd::dns
