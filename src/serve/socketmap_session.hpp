// One socketmap connection: bytes -> questions -> replies, in order.
//
// A question that needs nothing but memory is answered where its bytes are read. One that has to wait (for
// DNS, for a long query) suspends its connection, and no other one.
#pragma once

#include <boost/asio/io_context.hpp>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "answer/pipeline.hpp"
#include "answer/run.hpp"
#include "base/clock.hpp"
#include "base/descriptor.hpp"
#include "base/rate_limit.hpp"
#include "protocol/socketmap.hpp"
#include "serve/ready_set.hpp"

namespace nexthopd::serve {

/// What the sessions share.
struct SocketmapSurface {
    boost::asio::io_context& io;
    ReadySet& ready_set;
    answer::Pipeline& pipeline;
    const state::Vetoes& vetoes;
    /// Told each recipient that was answered, for the release of holds.
    std::function<void(std::string_view recipient)> asked;

    std::uint64_t requests = 0;
    std::uint64_t malformed = 0;    // connections closed for bytes that are no netstring
    std::uint64_t unknown_map = 0;  // answered NOTFOUND
    std::uint64_t records = 0;      // asked by smtp(8)
    std::uint64_t ignored = 0;      // of those: left out
    base::RateLimit malformed_log{std::chrono::seconds(60)};
    base::RateLimit unknown_log{std::chrono::seconds(60)};
};

class SocketmapSession final : public Watcher, public std::enable_shared_from_this<SocketmapSession> {
  public:
    /// `connection` is non-blocking. `ended` is called once, last of all.
    SocketmapSession(SocketmapSurface& surface, base::Descriptor connection,
                     std::function<void(SocketmapSession&)> ended);
    /// False: the connection cannot be watched; it is not begun.
    bool begin();
    void read(const Moment& moment) override;
    void answer(const Moment& moment) override;
    void write() override;

    /// Ends the connection now, or when the question under way is answered.
    void close();

    bool working() const { return waiting_; }
    /// Since when half a request has come, or a reply is not taken; the time of the last request else.
    base::Instant last_used() const { return last_used_; }
    bool waits_for_peer() const { return !waiting_ && (filled_ > 0 || !out_.empty()); }

  private:
    enum class Progress { wants_more, suspended, broken };

    /// Begins to answer, or has answered already: then nothing runs.
    enum class Begun { runs, answered };
    Begun begin_question(std::string_view content, const Moment& moment);
    void filter(std::string_view record, const Moment& moment);
    void reply();
    bool send();
    boost::asio::awaitable<void> finish_question();
    void end();

    /// A request with the digits, colon and comma of its netstring.
    static constexpr std::size_t buffer_size = protocol::max_request + 16;

    SocketmapSurface& surface_;
    base::Descriptor connection_;
    std::optional<uid_t> peer_;  // of a unix socket: who asks
    std::function<void(SocketmapSession&)> ended_;
    answer::Run run_;
    base::Instant last_used_{};
    bool heard_ = false;    // bytes came that have not been looked at
    bool waiting_ = false;  // a question waits for something
    bool closing_ = false;
    Progress progress_ = Progress::wants_more;
    bool writing_ = false;  // the peer's buffer is full: watched for writing
    std::string out_;
    std::size_t filled_ = 0;
    std::array<char, buffer_size> buffer_;  // only [0, filled_) is ever read
};

}  // namespace nexthopd::serve
