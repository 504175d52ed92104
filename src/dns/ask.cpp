#include "dns/ask.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <utility>

#include "base/clock.hpp"
#include "base/counted.hpp"
#include "dns/tcp.hpp"

namespace nexthopd::dns {

namespace asio = boost::asio;

namespace {

/// Does the answer tell whether the records exist? An empty answer of a server that neither is responsible
/// for the name nor looks names up is a referral.
bool is_usable(const Answer& answer) {
    if (answer.rcode == Rcode::nxdomain) return true;
    if (answer.rcode != Rcode::noerror) return false;
    const bool has_records =
        !answer.mx.empty() || !answer.cnames.empty() || !answer.addresses.empty() || !answer.texts.empty();
    return has_records || answer.authoritative || answer.recursive;
}

}  // namespace

struct Asker::Asking {
    Asking(asio::io_context& io, Question asked, base::Instant end, const Servers& servers)
        : question(std::move(asked)), deadline(end), inbox(io), spent(servers.count(), false) {
        for (std::size_t i = 0; i < servers.count(); ++i)
            edns.push_back(servers.takes_edns(i, base::steady_now()));
    }

    Question question;
    base::Instant deadline;
    Inbox inbox;              // before `open`, which points to it
    std::vector<Query> open;  // also earlier ones: a late answer is an answer
    std::vector<bool> edns;   // per server: it is asked with EDNS
    std::vector<bool> spent;  // per server: has answered, and cannot tell
    std::unique_ptr<Answer> found;
};

Asker::Asker(asio::io_context& io, const std::vector<asio::ip::udp::endpoint>& servers, Patience patience,
             Counters& counters)
    : io_(io), endpoints_(servers), patience_(patience), counters_(counters), servers_(servers.size()) {
    pools_.reserve(servers.size());
    for (std::size_t i = 0; i < servers.size(); ++i)
        pools_.emplace_back(io, i, servers[i], counters);
}

void Asker::close() {
    closed_ = true;
    for (auto& pool : pools_)
        pool.close();
}

bool Asker::send(Asking& asking, std::size_t server) {
    auto query = pools_[server].send(asking.question, asking.edns[server], asking.inbox, random_);
    if (!query) return false;
    asking.open.push_back(*std::move(query));
    return true;
}

asio::awaitable<std::unique_ptr<Answer>> Asker::over_tcp(Asking& asking, std::size_t server) {
    if (tcp_ >= max_tcp) co_return nullptr;
    const base::Counted counted(tcp_);
    ++counters_.queries;
    ++counters_.tcp;
    const asio::ip::tcp::endpoint endpoint(endpoints_[server].address(), endpoints_[server].port());
    auto answer =
        co_await ask_tcp(endpoint, asking.question, random_.next(), asking.edns[server], asking.deadline);
    if (answer) ++counters_.answers;
    co_return answer;
}

asio::awaitable<bool> Asker::judge(Asking& asking, std::size_t server, std::unique_ptr<Answer> answer) {
    servers_.answered(server, base::steady_now());
    if (answer->truncated) {
        ++counters_.truncated;
        if (auto whole = co_await over_tcp(asking, server)) answer = std::move(whole);
    }
    if (!answer->truncated && is_usable(*answer)) {
        if (!asking.edns[server] && servers_.takes_edns(server, base::steady_now())) {
            ++counters_.without_edns;
            servers_.refused_edns(server, base::steady_now());
        }
        asking.found = std::move(answer);
        co_return false;
    }
    const bool may_be_edns = answer->rcode == Rcode::formerr || answer->rcode == Rcode::notimp;
    if (may_be_edns && asking.edns[server]) {
        asking.edns[server] = false;
        if (send(asking, server)) co_return true;
    }
    asking.spent[server] = true;
    co_return false;
}

asio::awaitable<void> Asker::listen(Asking& asking, std::size_t server, base::Instant until) {
    const auto sent = base::steady_now();
    while (true) {
        auto item = co_await asking.inbox.next(until);
        if (!item) {
            ++counters_.timeouts;
            servers_.silent(server, sent, base::steady_now());
            co_return;
        }
        bool asked_again = false;
        if (item->answer) {
            asked_again = co_await judge(asking, item->server, std::move(item->answer));
        } else {
            ++counters_.unreachable;
            servers_.silent(item->server, sent, base::steady_now());
        }
        if (asking.found || (item->server == server && !asked_again)) co_return;
    }
}

asio::awaitable<std::unique_ptr<Answer>> Asker::ask(Question question, base::Instant deadline) {
    const auto start = base::steady_now();
    Asking asking(io_, std::move(question), std::min(deadline, start + patience_.total), servers_);
    const auto order = servers_.order(start);
    auto timeout = patience_.first_timeout;
    for (int round = 0; round < patience_.rounds; ++round, timeout *= 2) {
        for (const auto server : order) {
            const auto now = base::steady_now();
            if (closed_ || now >= asking.deadline) co_return nullptr;
            if (asking.spent[server]) continue;
            if (!send(asking, server)) {
                ++counters_.unreachable;
                servers_.silent(server, now, now);
                continue;
            }
            co_await listen(asking, server, std::min(now + timeout, asking.deadline));
            if (asking.found) co_return std::move(asking.found);
        }
    }
    co_return nullptr;
}

}  // namespace nexthopd::dns
