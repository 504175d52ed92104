#include "ledger/privacy.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <nettle/hmac.h>
#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "base/descriptor.hpp"
#include "base/text.hpp"
#include "mail/address_text.hpp"

namespace nexthopd::ledger {

namespace {

using base::Result;

constexpr std::size_t key_bytes = 32;
constexpr std::size_t shown_bytes = 8;  // 16 digits

std::string reason() {
    return std::generic_category().message(errno);
}

/// Under a name of its own first: a key file is never half a key.
Result<void> make_key(const std::string& path) {
    std::array<char, key_bytes> key{};
    if (getrandom(key.data(), key.size(), 0) != static_cast<ssize_t>(key.size()))
        return base::fail("no random bytes for {} ({})", path, reason());
    const auto fresh = path + ".new";
    ::unlink(fresh.c_str());
    const base::Descriptor file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (file.get() < 0)
        return base::fail("{} cannot be made ({}); check who may write there", fresh, reason());
    const bool written = ::write(file.get(), key.data(), key.size()) == static_cast<ssize_t>(key.size()) &&
                         ::fsync(file.get()) == 0 && ::rename(fresh.c_str(), path.c_str()) == 0;
    if (!written) return base::fail("{} cannot be written ({})", path, reason());
    return {};
}

Result<std::string> read_key(const std::string& path) {
    const base::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0) return base::fail("{} cannot be read ({})", path, reason());
    std::string key(key_bytes + 1, '\0');
    const auto length = ::read(file.get(), key.data(), key.size());
    if (length != static_cast<ssize_t>(key_bytes))
        return base::fail("{} is not a key of {} bytes; move it away, and a new one is made", path,
                          key_bytes);
    key.resize(key_bytes);
    return key;
}

}  // namespace

Result<Privacy> Privacy::open(Mode mode, const std::string& key_file) {
    if (mode != Mode::hashed) return Privacy(mode, {});
    if (::access(key_file.c_str(), F_OK) != 0) {
        if (auto made = make_key(key_file); !made) return tl::unexpected(made.error());
    }
    auto key = read_key(key_file);
    if (!key) return tl::unexpected(key.error());
    return Privacy(mode, std::move(*key));
}

std::string Privacy::address(std::string_view address) const {
    if (full() || address.empty()) return std::string(address);
    return mode_ == Mode::domain ? mail::without_local_part(address) : hashed(address);
}

std::string Privacy::text(std::string_view text) const {
    if (full()) return std::string(text);
    return mail::replace_addresses(text, [this](std::string_view found) { return address(found); });
}

// Without regard to case: a reply may write the address in another one.
std::string Privacy::hashed(std::string_view address) const {
    const auto at = address.rfind('@');
    const auto folded = base::lower(address);
    hmac_sha256_ctx context{};
    hmac_sha256_set_key(&context, key_.size(), reinterpret_cast<const std::uint8_t*>(key_.data()));
    hmac_sha256_update(&context, folded.size(), reinterpret_cast<const std::uint8_t*>(folded.data()));
    std::array<std::uint8_t, shown_bytes> digest{};
    hmac_sha256_digest(&context, digest.size(), digest.data());
    std::string out;
    for (const auto byte : digest)
        out += fmt::format("{:02x}", byte);
    if (at != std::string_view::npos) out += address.substr(at);
    return out;
}

void Privacy::apply(mail::Attempt& attempt) const {
    if (full()) return;
    attempt.sender = address(attempt.sender);
    attempt.recipient = address(attempt.recipient);
    attempt.result = text(attempt.result);
}

void Privacy::apply(mail::Hold& hold) const {
    if (full()) return;
    if (hold.scope == mail::HoldScope::mail) hold.recipient = address(hold.recipient);
    hold.reason = text(hold.reason);
    hold.evidence = text(hold.evidence);
}

}  // namespace nexthopd::ledger
