#include "follow/syslog_listener.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <list>
#include <utility>

#include "base/string_hash.hpp"
#include "follow/syslog_socket.hpp"
#include "maillog/gap_notice.hpp"
#include "maillog/logged_text.hpp"
#include "maillog/syslog_line.hpp"

namespace nexthopd::follow {

namespace {

namespace asio = boost::asio;
using Now = std::chrono::steady_clock;

/// Datagrams read at once, and blocks of each connection: some 10 ms.
constexpr std::size_t datagrams_at_once = 2'000;
constexpr std::size_t blocks_at_once = 4;

/// Processes of several hosts may have the same pid, and the parser joins lines by it. Linux' own pids need
/// 22 bits; the others tell hosts apart.
std::uint32_t pid_of(const maillog::SyslogLine& line, const mail::IpAddress& sender) {
    constexpr unsigned pid_bits = 22;
    const auto host = base::StringHash{}(sender.to_string() + ' ' + std::string(line.host));
    return line.pid ^ (static_cast<std::uint32_t>(host) << pid_bits);
}

class Listener final : public EntrySource {
  public:
    Listener(asio::io_context& io, SyslogOptions options)
        : io_(io), options_(std::move(options)), stamps_(options_.zone), acceptor_(io) {}

    void start(std::optional<std::string> /*place*/, std::function<void()> wake) override {
        wake_ = std::move(wake);
    }

    base::Result<bool> read(base::WallTime now, Learnt& learnt) override {
        if (!datagrams_) {
            const auto clock = Now::now();
            if (clock < open_again_) return tl::unexpected(problem_);
            open_again_ = clock + options_.open_again;
            if (auto opened = open(); !opened) {
                problem_ = opened.error();
                return tl::unexpected(opened.error());
            }
        }
        accept();
        bool more = read_datagrams(now, learnt);
        more = read_connections(now, learnt) || more;
        return more;
    }

    void report(Health& health) const override {
        health.lines_read += counters_.taken + counters_.other;
        health.syslog = counters_;
    }

  private:
    base::Result<void> open() {
        auto datagrams = SyslogDatagrams::open(io_, {options_.address, options_.port});
        if (!datagrams) return cannot_listen("udp", datagrams.error().text);
        const asio::ip::tcp::endpoint at(options_.address, options_.port);
        boost::system::error_code error;
        acceptor_.open(at.protocol(), error);
        if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
        if (!error) acceptor_.bind(at, error);
        if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
        if (!error) acceptor_.non_blocking(true, error);
        if (error) {
            boost::system::error_code ignored;
            acceptor_.close(ignored);
            return cannot_listen("tcp", error.message());
        }
        datagrams_ = *std::move(datagrams);
        return {};
    }

    base::Result<void> cannot_listen(const char* protocol, const std::string& why) const {
        return base::fail(
            "syslog.listen: {} port {} of {} cannot be had ({}); another program may listen there", protocol,
            options_.port, options_.address.to_string(), why);
    }

    bool allowed(const mail::IpAddress& sender) const {
        return std::find(options_.allow.begin(), options_.allow.end(), sender) != options_.allow.end();
    }

    bool read_datagrams(base::WallTime now, Learnt& learnt) {
        const auto dropped = datagrams_->dropped();
        const bool more = datagrams_->read(
            datagrams_at_once, [&](std::string_view datagram, bool cut, const mail::IpAddress& sender) {
                if (!allowed(sender))
                    ++counters_.not_allowed;
                else if (cut)
                    ++counters_.malformed;
                else
                    message(datagram, sender, now, learnt);
            });
        if (const auto lost = datagrams_->dropped() - dropped; lost > 0) {
            counters_.dropped += lost;
            learnt.events.emplace_back(maillog::LinesLost{
                now,
                fmt::format(
                    "{} syslog datagram(s) came faster than they could be read; senders do better over TCP",
                    lost)});
        }
        if (!more && !std::exchange(waiting_, true))
            datagrams_->wait([this] {
                waiting_ = false;
                wake_();
            });
        return more;
    }

    bool read_connections(base::WallTime now, Learnt& learnt) {
        bool more = false;
        const auto idle = Now::now() - options_.idle;
        for (auto at = connections_.begin(); at != connections_.end();) {
            auto& connection = *at;
            const auto before = connection.overlong();
            auto state = SyslogConnection::State::more;
            for (std::size_t i = 0; i < blocks_at_once && state == SyslogConnection::State::more; ++i)
                state = connection.read(
                    [&](std::string_view text) { message(text, connection.sender(), now, learnt); });
            counters_.malformed += connection.overlong() - before;
            if (state == SyslogConnection::State::closed || connection.heard() < idle) {
                at = connections_.erase(at);
                continue;
            }
            if (state == SyslogConnection::State::waiting)
                connection.wait(wake_);
            else
                more = true;
            ++at;
        }
        return more;
    }

    void accept() {
        if (std::exchange(accepting_, true)) return;
        acceptor_.async_accept([this](const boost::system::error_code& error, asio::ip::tcp::socket socket) {
            accepting_ = false;
            if (error) return;  // no descriptor is left, perhaps: tried again with the next read()
            admit(std::move(socket));
            accept();
        });
    }

    void admit(asio::ip::tcp::socket socket) {
        boost::system::error_code error;
        const auto peer = socket.remote_endpoint(error);
        if (error) return;
        auto sender = plain_address(peer.address());
        if (!allowed(sender)) {
            ++counters_.not_allowed;
            return;
        }
        if (connections_.size() >= options_.max_connections) {
            const auto quietest =
                std::min_element(connections_.begin(), connections_.end(),
                                 [](const auto& a, const auto& b) { return a.heard() < b.heard(); });
            if (quietest == connections_.end() || quietest->heard() > Now::now() - options_.idle_when_full) {
                ++counters_.refused;
                return;
            }
            connections_.erase(quietest);
        }
        socket.non_blocking(true, error);
        if (error) return;
        connections_.emplace_back(std::move(socket), std::move(sender));
        wake_();
    }

    void message(std::string_view text, const mail::IpAddress& sender, base::WallTime now, Learnt& learnt) {
        const auto line = maillog::split_syslog_message(text);
        if (!line) {
            ++counters_.malformed;
            return;
        }
        const auto sent = line->stamp.empty() ? now : stamps_.read(line->stamp, now).value_or(now);
        const auto name = line->program.substr(0, line->program.find('/'));
        const auto mta = std::find_if(options_.mtas.begin(), options_.mtas.end(),
                                      [&](const auto& one) { return one.program == name; });
        if (mta != options_.mtas.end()) {
            ++counters_.taken;
            mta->parse({line->program, pid_of(*line, sender), line->body, sent}, now, learnt.attempts,
                       learnt.events);
            return;
        }
        ++counters_.other;
        constexpr std::size_t longest = 300;
        if (maillog::tells_of_lost_lines(line->program, line->body))
            learnt.events.emplace_back(maillog::LinesLost{
                std::min(sent, now),
                maillog::logged_text(fmt::format("{}: {}: {}", sender.to_string(), line->program, line->body),
                                     longest)});
    }

    asio::io_context& io_;
    SyslogOptions options_;
    maillog::StampReader stamps_;
    std::function<void()> wake_;
    std::optional<SyslogDatagrams> datagrams_;
    asio::ip::tcp::acceptor acceptor_;
    std::list<SyslogConnection> connections_;
    bool waiting_ = false;  // for a datagram
    bool accepting_ = false;
    base::Error problem_;
    Now::time_point open_again_{};
    SyslogCounters counters_;
};

}  // namespace

std::unique_ptr<EntrySource> syslog_listener(asio::io_context& io, SyslogOptions options) {
    return std::make_unique<Listener>(io, std::move(options));
}

}  // namespace nexthopd::follow
