#include "serve/daemon.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <systemd/sd-daemon.h>

#include <array>
#include <csignal>
#include <fstream>
#include <sstream>

#include "base/log.hpp"
#include "base/no_throw.hpp"
#include "base/text.hpp"
#include "dns/resolv_conf.hpp"
#include "ledger/store_sqlite.hpp"
#include "mta/postconf.hpp"
#include "serve/control.hpp"
#include "serve/log_sources.hpp"
#include "serve/pages.hpp"

namespace nexthopd::serve {

namespace asio = boost::asio;

namespace {

constexpr mode_t control_mode = 0660;
constexpr mode_t http_mode = 0660;
/// Questions wait at most this long at the start for the ledger's holds and the MTA's configuration.
constexpr std::chrono::milliseconds start_patience{200};
constexpr std::chrono::milliseconds between_heartbeats{200};
constexpr std::size_t holds_ended_at_once = 200;
constexpr std::size_t names_pruned_at_once = 500;

std::vector<asio::ip::udp::endpoint> dns_servers(const config::Settings& settings) {
    std::vector<asio::ip::udp::endpoint> out;
    for (const auto& server : settings.dns.servers)
        out.emplace_back(server.address, server.port);
    if (!out.empty()) return out;
    std::ifstream file("/etc/resolv.conf");
    std::ostringstream text;
    text << file.rdbuf();
    return dns::parse_resolv_conf(std::move(text).str()).servers;
}

}  // namespace

Daemon::Daemon(std::string settings_path) : Daemon(settings_path, load_for_start(settings_path)) {}

Daemon::Daemon(std::string settings_path, Start first)
    : settings_path_(std::move(settings_path)),
      started_(clock_.wall()),
      settings_(first.loaded.settings),
      dns_(std::make_unique<dns::Client>(io_, dns::Options{dns_servers(settings_), {}, {}}, clock_)),
      tables_(io_, worker_, clock_),
      reader_(settings_.ledger.database),
      reader_thread_(settings_.ledger.database),
      pipeline_(knowledge_, *dns_, tables_, reader_, reader_thread_, *this, clock_),
      releaser_(io_, clock_),
      learning_(knowledge_, *dns_, releaser_, clock_,
                [this](rules::Effects effects) { carry_out(std::move(effects)); }),
      ready_set_(io_),
      socketmap_{io_, ready_set_, pipeline_, knowledge_.vetoes,
                 [this](std::string_view recipient) { releaser_.asked(recipient); }},
      connections_(socketmap_),
      policy_{io_, pipeline_, knowledge_, clock_},
      exim_{pipeline_, clock_,
            [this](std::string_view recipient, std::string_view queue_id) {
                releaser_.seen(recipient, queue_id);
            }},
      http_{[this](std::string_view path) { return http_page(path, *this); }} {
    load_state_.when = started_;
    for (const auto& problem : first.problems)
        log::error("{}", problem);
    if (!first.problems.empty())
        log::error(
            "{} until this is mended and nexthopd is told to reload",
            first.last_good ? "the last good settings and script are in force" : "all mail is left alone");
    // The key of "hashed" is read beside; until then, and where that fails, less is told rather than more.
    if (settings_.ledger.privacy != config::Privacy::full) privacy_ = {ledger::Privacy::Mode::domain, {}};
    const bool keep = first.problems.empty();
    const auto texts = first.loaded.texts;
    apply(std::move(first.loaded));
    load_state_.problems = std::move(first.problems);
    asio::co_spawn(io_, begin_rules(texts, keep), asio::detached);
}

Daemon::~Daemon() = default;

int Daemon::run(Inherited inherited) {
    if (!listen(std::move(inherited))) return 1;
    asio::co_spawn(io_, start(), asio::detached);
    asio::co_spawn(io_, signals(), asio::detached);
    asio::co_spawn(io_, tick(), asio::detached);
    asio::co_spawn(io_, heartbeat(), asio::detached);
    log::info("nexthopd {} started: settings={} mode={} script={}", NEXTHOPD_VERSION, settings_path_,
              settings_.mode == config::Mode::observe ? "observe" : "enforce",
              script_ ? settings_.script.file : std::string("none"));
    sd_notify(0, "READY=1");
    while (!io_.stopped()) {
        try {
            io_.run();
        } catch (const std::exception& failure) {
            log::error("internal error: {}", failure.what());
        }
    }
    watchdog_.reset();  // the last commit may take a slow disk a while
    sd_notify(0, "STOPPING=1");
    log::info("nexthopd stopped");
    return 0;
}

bool Daemon::listen(Inherited inherited) {
    listeners_ = inherited.listeners(io_, socketmap_surface, settings_.listen.socketmap, socketmap_mode,
                                     listen_problems_);
    policy_listeners_ =
        inherited.listeners(io_, policy_surface, settings_.listen.policy, socketmap_mode, listen_problems_);
    exim_listeners_ =
        inherited.listeners(io_, exim_surface, settings_.listen.exim, socketmap_mode, listen_problems_);
    // Without the control socket mail is answered all the same.
    controls_ =
        inherited.listeners(io_, control_surface, {settings_.listen.control}, control_mode, listen_problems_);
    std::vector<config::Endpoint> http;
    if (settings_.listen.http) http.push_back(*settings_.listen.http);
    http_listeners_ = inherited.listeners(io_, http_surface, http, http_mode, listen_problems_);
    for (const auto& name : inherited.left_over())
        listen_problems_.push_back("a socket was handed over as \"" + name +
                                   "\", which is no surface of nexthopd");
    for (const auto& problem : listen_problems_)
        log::error("{}", problem);
    // One socket that works is better than none.
    return !listeners_.empty() || !exim_listeners_.empty();
}

asio::awaitable<void> Daemon::start() {
    for (auto& control : controls_)
        asio::co_spawn(io_, control.accept_loop([this](Socket socket) {
            asio::co_spawn(io_, control_session(std::move(socket), *this), asio::detached);
        }),
                       asio::detached);
    for (auto& listener : http_listeners_)
        asio::co_spawn(io_, listener.accept_loop([this](Socket socket) {
            asio::co_spawn(io_, http_session(std::move(socket), http_), asio::detached);
        }),
                       asio::detached);
    remembered_.expires_after(start_patience);
    asio::co_spawn(io_, open_parts(), asio::detached);
    co_await remembered_.async_wait(base::no_throw);  // cancelled when the ledger's holds are known
    for (auto& listener : listeners_)
        asio::co_spawn(io_,
                       listener.accept_loop(
                           [this](Socket socket) { connections_.add(base::Descriptor(socket.release())); },
                           [this] { connections_.make_room(); }),
                       asio::detached);
    for (auto& listener : policy_listeners_)
        asio::co_spawn(io_, listener.accept_loop([this](Socket socket) {
            asio::co_spawn(io_, policy_session(std::move(socket), policy_), asio::detached);
        }),
                       asio::detached);
    for (auto& listener : exim_listeners_)
        asio::co_spawn(io_, listener.accept_loop([this](Socket socket) {
            asio::co_spawn(io_, exim_session(std::move(socket), exim_), asio::detached);
        }),
                       asio::detached);
}

asio::awaitable<void> Daemon::open_parts() {
    auto job = [instances = settings_.postfix] { return ask_mta(instances); };
    auto facts = co_await worker_.run(std::move(job));
    auto known = facts ? *facts : MtaFacts();
    if (!settings_.exim
             .empty()) {  // which has no main.cf to ask, and listens everywhere unless told otherwise
        auto interfaces = [] { return mta::interface_addresses(); };
        const auto addresses = co_await worker_.run(std::move(interfaces));
        known.self.addresses.insert(known.self.addresses.end(), addresses.begin(), addresses.end());
    }
    if (facts) {
        apply(*std::move(facts));
    } else {
        mta_problem_ = facts.error().text;
        log::error("{}; every domain is left alone until that works", facts.error().text);
    }
    co_await read_privacy();
    open_ledger(known);
    co_await ask_mta_again();
}

asio::awaitable<void> Daemon::read_privacy() {
    if (settings_.ledger.privacy != config::Privacy::hashed) co_return;
    auto job = [ledger = settings_.ledger] { return privacy_of(ledger); };
    auto opened = co_await worker_.run(std::move(job));
    if (opened) {
        privacy_ = *std::move(opened);
        publish_policy();
    } else {
        privacy_problem_ =
            "ledger.privacy: " + opened.error().text + "; addresses are stored as with \"domain\"";
        log::error("{}", privacy_problem_);
    }
}

asio::awaitable<void> Daemon::on_ready(follow::Ready ready) {
    co_await learning_.remember(std::move(ready));
    remembered_.cancel();
    for (const auto& instance : settings_.postfix) {
        if (instance.config_directory.empty()) continue;
        auto job = [directory = instance.config_directory] { return mta::ask_postqueue(directory); };
        auto queue = co_await worker_.run(std::move(job));
        if (queue)
            co_await learning_.see_queue(*std::move(queue));
        else
            log::warning("{}; the queue is learnt from the log alone", queue.error().text);
    }
}

asio::awaitable<void> Daemon::on_learnt(follow::Learnt learnt) {
    co_await learning_.learn(std::move(learnt));
    ledger_->acknowledge();
}

void Daemon::open_ledger(const MtaFacts& facts) {
    follow::LedgerOptions options;
    options.retention = std::chrono::duration_cast<std::chrono::hours>(settings_.ledger.retention);
    options.max_bytes = settings_.ledger.max_size;
    options.privacy = privacy_;
    add_logs(options, settings_, facts, reasons_);
    follow::Callbacks callbacks;
    callbacks.ready = [this](follow::Ready ready) {
        asio::co_spawn(io_, on_ready(std::move(ready)), asio::detached);
    };
    callbacks.learnt = [this](follow::Learnt learnt) {
        asio::co_spawn(io_, on_learnt(std::move(learnt)), asio::detached);
    };
    callbacks.health = [this](follow::Health health) {
        asio::post(io_, [this, health = std::move(health)]() mutable { health_ = std::move(health); });
    };
    ledger_ = std::make_unique<follow::LedgerThread>(
        std::move(options), ledger::sqlite_store(settings_.ledger.database), clock_, std::move(callbacks));
}

asio::awaitable<void> Daemon::heartbeat() {
    asio::steady_timer timer(io_);
    while (true) {
        watchdog_->beat();
        timer.expires_after(between_heartbeats);
        co_await timer.async_wait(base::no_throw);
    }
}

/// What the log has not told is noticed only once everything that it did tell is known.
void Daemon::look_for_gap() {
    if (!health_.all_read) return;
    auto& gap = knowledge_.log_gap;
    const bool before = gap.current().has_value();
    gap.advance(clock_.wall());
    if (gap.current() && !before)
        log::warning("the log has a gap since {}: {}", base::rfc3339(gap.current()->since),
                     gap.current()->why);
    else if (before && !gap.current())
        log::info("the log is complete again");
}

asio::awaitable<void> Daemon::tick() {
    while (true) {
        const auto now = clock_.now();
        connections_.sweep(now);
        knowledge_.queue.prune(clock_.wall());
        knowledge_.vetoes.prune(now, names_pruned_at_once);
        knowledge_.counters.prune(clock_.wall(), names_pruned_at_once);
        look_for_gap();
        if (script_ && script_->out_of_memory() && !replacing_script_) {
            replacing_script_ = true;
            asio::co_spawn(io_, replace_full_script(), asio::detached);
        }
        const auto ended = knowledge_.holds.take_ended(now, clock_.wall(), holds_ended_at_once);
        for (const auto& hold : ended)
            end_hold(hold, "over");
        end_holds_of_rules();
        rules::Effects effects;
        knowledge_.back_off.advance({now, clock_.wall()}, effects);
        carry_out(std::move(effects));
        // A second at most: the wall clock may be set.
        auto next = now + std::chrono::seconds(1);
        if (const auto end = knowledge_.holds.next_end())
            next = std::min(next, std::max(*end, now + std::chrono::milliseconds(1)));
        if (const auto due = knowledge_.back_off.next())
            next = std::min(next, std::max(*due, now + std::chrono::milliseconds(1)));
        next_tick_.expires_at(next);
        co_await next_tick_.async_wait(base::no_throw);  // cancelled: look again
    }
}

asio::awaitable<void> Daemon::signals() {
    asio::signal_set set(io_, SIGHUP, SIGTERM, SIGINT);
    while (true) {
        const auto [error, signal] = co_await set.async_wait(base::no_throw);
        if (error) continue;
        if (signal != SIGHUP) break;
        co_await reload();
    }
    io_.stop();
}

}  // namespace nexthopd::serve
