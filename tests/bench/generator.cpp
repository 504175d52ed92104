#include "generator.hpp"

#include <sys/epoll.h>
#include <sys/prctl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>

#include "base/text.hpp"

namespace nexthopd::bench {

namespace {

using base::Instant;
using std::chrono::duration;
using std::chrono::duration_cast;

/// How long replies are waited for after the end: longer than the longest deadline of a question (1.5 s).
constexpr auto drain_time = std::chrono::seconds(2);
/// The loop looks at the clock at least so often.
constexpr base::Duration longest_wait = std::chrono::milliseconds(50);

Instant now() {
    return base::SystemClock().now();
}

double own_cpu_seconds() {
    timespec used{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

void write_request(std::string& request, std::string_view map, std::string_view key) {
    request = std::to_string(map.size() + 1 + key.size());
    request.append(1, ':').append(map).append(1, ' ').append(key).append(1, ',');
}

std::string dribbled_request(std::string_view map) {
    std::string request;
    write_request(request, map, "dribble@d0.bench.example");
    return request;
}

}  // namespace

Generator::Generator(Plan plan, Keys keys)
    : plan_(std::move(plan)),
      keys_(std::move(keys)),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      bystanders_(plan_.server, plan_.idle, plan_.dribbling, dribbled_request(plan_.map)) {
    if (!epoll_.open()) throw_errno("epoll_create1");
    connections_.resize(plan_.connections);
    for (std::size_t i = 0; i < connections_.size(); ++i) {
        connections_[i].fd = plan_.server.connect();
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = i;
        if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, connections_[i].fd.get(), &event) < 0)
            throw_errno("epoll_ctl");
    }
    open_ = connections_.size();
    // The default slack of 50 us would be a systematic error of every due time.
    prctl(PR_SET_TIMERSLACK, 1UL, 0, 0, 0);
}

Outcome Generator::run() {
    start_ = now();
    measure_from_ = start_ + plan_.warmup;
    measure_to_ = plan_.queries > 0 ? Instant::max() : measure_from_ + plan_.duration;
    for (std::size_t i = 0; i < connections_.size(); ++i) {
        if (plan_.rate) {
            free_.push_back(i);
        } else if (may_ask(start_)) {
            ask(i, now());
        }
    }
    for (auto time = start_;; time = now()) {
        if (!measuring_ && time >= measure_from_) begin_measuring(time);
        if (!ended_ && time >= measure_to_) end_measuring(time);
        const bool finished = outstanding_ == 0 && !may_ask(time);
        if (open_ == 0 || finished || (ended_ && time >= measure_to_ + drain_time)) break;
        if (plan_.rate) ask_what_is_due(time);
        if (time >= bystanders_.due()) bystanders_.tick(time);
        wait(time);
    }
    if (!ended_) end_measuring(now());
    give_up_on_the_rest(now());
    outcome_.idle_closed = bystanders_.idle_closed();
    outcome_.dribbling_closed = bystanders_.dribbling_closed();
    outcome_.next_key = keys_.next();
    return std::move(outcome_);
}

bool Generator::may_ask(Instant now) const {
    return plan_.queries > 0 ? asked_ < plan_.queries : now < measure_to_;
}

void Generator::ask(std::size_t index, Instant due) {
    auto& connection = connections_[index];
    key_.clear();
    keys_.append_to(key_);
    write_request(request_, plan_.map, key_);
    ++asked_;
    ++outstanding_;
    connection.busy = true;
    connection.due = due;
    // One short question per connection at a time: the socket's buffer is empty and takes it whole.
    const auto sent =
        send(connection.fd.get(), request_.data(), request_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(request_.size())) fail(index, outcome_.errors.closed, "cannot send");
}

Instant Generator::due_time(std::uint64_t question) const {
    return start_ +
           duration_cast<base::Duration>(duration<double>(static_cast<double>(question) / *plan_.rate));
}

void Generator::ask_what_is_due(Instant now) {
    while (!free_.empty() && may_ask(now)) {
        const auto due = due_time(asked_);
        if (due > now) return;
        const auto index = free_.back();
        free_.pop_back();
        ask(index, due);
    }
}

void Generator::wait(Instant now) {
    auto until = now + longest_wait;
    if (!measuring_) until = std::min(until, measure_from_);
    if (!ended_) until = std::min(until, measure_to_);
    if (plan_.rate && !free_.empty() && may_ask(now)) until = std::min(until, due_time(asked_));
    until = std::min(until, bystanders_.due());
    const auto pause = std::max(until - now, base::Duration::zero());
    const timespec timeout{.tv_sec = 0, .tv_nsec = pause.count()};

    std::array<epoll_event, 256> events;
    const auto count =
        epoll_pwait2(epoll_.get(), events.data(), static_cast<int>(events.size()), &timeout, nullptr);
    if (count < 0 && errno != EINTR) throw_errno("epoll_pwait2");
    for (int i = 0; i < count; ++i)
        receive(events[static_cast<std::size_t>(i)].data.u64);
}

void Generator::receive(std::size_t index) {
    auto& connection = connections_[index];
    if (!connection.fd.open()) return;
    std::array<char, 4096> buffer;
    const auto got = recv(connection.fd.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return fail(index, outcome_.errors.closed, "connection closed by the server");

    std::string_view bytes(buffer.data(), static_cast<std::size_t>(got));
    if (!connection.partial.empty()) bytes = connection.partial.append(bytes);
    const auto reply = read_reply(bytes);
    if (reply.state == Reply::State::partial && connection.busy) {
        if (connection.partial.empty()) connection.partial = bytes;
    } else if (reply.state == Reply::State::complete && connection.busy && reply.size == bytes.size()) {
        answered(index, reply.text);
    } else {
        fail(index, outcome_.errors.malformed, "not one netstring: " + base::printable(bytes, 100));
    }
}

void Generator::answered(std::size_t index, std::string_view text) {
    auto& connection = connections_[index];
    const auto time = now();
    if (text.substr(0, plan_.expect.size()) != plan_.expect) {
        auto& errors = outcome_.errors;
        if (errors.total() == 0) errors.first = "wrong reply: " + base::printable(text, 100);
        ++errors.wrong;
    }
    if (connection.due >= measure_from_ && connection.due < measure_to_) {
        outcome_.latency.record(static_cast<std::uint64_t>((time - connection.due).count()));
    }
    if (time >= measure_from_ && time < measure_to_) ++outcome_.completed;
    connection.busy = false;
    connection.partial.clear();
    --outstanding_;
    last_reply_ = time;
    if (plan_.rate) {
        free_.push_back(index);
    } else if (may_ask(time)) {
        ask(index, time);
    }
}

void Generator::fail(std::size_t index, std::uint64_t& counter, std::string what) {
    auto& connection = connections_[index];
    if (outcome_.errors.total() == 0) outcome_.errors.first = std::move(what);
    ++counter;
    if (connection.busy) --outstanding_;
    connection.busy = false;
    connection.fd.reset();
    std::erase(free_, index);
    --open_;
}

void Generator::begin_measuring(Instant now) {
    measuring_ = true;
    measure_from_ = now;
    if (plan_.queries == 0) measure_to_ = now + plan_.duration;
    if (plan_.server_pid) server_before_ = process_usage(*plan_.server_pid);
    own_before_ = own_cpu_seconds();
}

void Generator::end_measuring(Instant now) {
    ended_ = true;
    if (plan_.queries > 0) {
        measure_to_ = now;
        now = std::max(last_reply_, measure_from_);
    } else if (plan_.rate) {
        ask_what_is_due(measure_to_ - base::Duration(1));  // since the last look at the clock
    }
    outcome_.seconds = duration<double>(now - measure_from_).count();
    outcome_.own_cpu_seconds = own_cpu_seconds() - own_before_;
    const auto after = plan_.server_pid ? process_usage(*plan_.server_pid) : std::nullopt;
    if (!server_before_ || !after) return;
    outcome_.server_cpu_seconds = after->cpu_seconds - server_before_->cpu_seconds;
    outcome_.server_resident_kib = after->resident_kib;
}

void Generator::give_up_on_the_rest(Instant now) {
    if (outstanding_ > 0) {
        if (outcome_.errors.total() == 0) outcome_.errors.first = "no reply";
        outcome_.errors.unanswered += outstanding_;
    }
    if (!plan_.rate || plan_.queries > 0) return;
    // A question that was due and found no free connection has waited at least until now.
    for (; due_time(asked_) < measure_to_; ++asked_) {
        const auto due = due_time(asked_);
        ++outcome_.overdue;
        if (due >= measure_from_) outcome_.latency.record(static_cast<std::uint64_t>((now - due).count()));
    }
}

}  // namespace nexthopd::bench
