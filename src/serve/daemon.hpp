// The parts of nexthopd and how they are joined: starting, reloading, stopping.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "answer/pipeline.hpp"
#include "answer/reader_thread.hpp"
#include "answer/recorder.hpp"
#include "base/clock.hpp"
#include "config/settings.hpp"
#include "dns/client.hpp"
#include "follow/ledger_thread.hpp"
#include "ledger/privacy.hpp"
#include "ledger/reader.hpp"
#include "serve/connections.hpp"
#include "serve/exim_session.hpp"
#include "serve/http.hpp"
#include "serve/inherited.hpp"
#include "serve/last_good.hpp"
#include "serve/learning.hpp"
#include "serve/listener.hpp"
#include "serve/loading.hpp"
#include "serve/policy_session.hpp"
#include "serve/ready_set.hpp"
#include "serve/reasons.hpp"
#include "serve/releaser.hpp"
#include "serve/socketmap_session.hpp"
#include "serve/table_lookups.hpp"
#include "serve/watchdog.hpp"
#include "serve/worker.hpp"

namespace nexthopd::serve {

/// How the last reading of settings and script ended, for `status`.
struct LoadState {
    base::WallTime when{};
    std::vector<std::string> problems;  // empty: all is well; else the state before is kept
};

class Daemon final : private answer::Recorder {
  public:
    /// `settings_path`: a file, or a folder of *.toml. Never fails because of settings, script or ledger:
    /// what cannot be had is said in the log and in `status`, and mail is left alone.
    explicit Daemon(std::string settings_path);
    ~Daemon() override;

    /// Opens the sockets that were not handed over, and serves until SIGTERM or SIGINT. The exit status.
    int run(Inherited inherited);

    /// For the control commands, on the answering thread.
    const base::Clock& clock() const { return clock_; }
    rules::Moment moment() const { return {clock_.now(), clock_.wall()}; }
    answer::Knowledge& knowledge() { return knowledge_; }
    const answer::Knowledge& knowledge() const { return knowledge_; }
    answer::Pipeline& pipeline() { return pipeline_; }
    const answer::Pipeline& pipeline() const { return pipeline_; }
    const config::Settings& settings() const { return settings_; }
    const dns::Counters& dns_counters() const { return dns_->counters(); }
    const follow::Health& ledger_health() const { return health_; }
    const SocketmapSurface& socketmap() const { return socketmap_; }
    const PolicySurface& policy() const { return policy_; }
    const EximSurface& exim() const { return exim_; }
    const Connections& connections() const { return connections_; }
    const Releaser& releaser() const { return releaser_; }
    const LoadState& load_state() const { return load_state_; }
    base::WallTime started() const { return started_; }
    std::vector<std::string> mta_problems() const;
    const std::vector<std::string>& listen_problems() const { return listen_problems_; }
    Worker& worker() { return worker_; }
    boost::asio::awaitable<void> reload();
    /// Takes a hold out before its end and lets its mail go. False: no such hold.
    bool clear_hold(const std::string& id);
    /// Of all holds that a rule made, or that are of a provider; how many there were.
    std::size_t clear_holds_of_rule(const std::string& name);
    std::size_t clear_holds_of_provider(const std::string& name);
    dns::Resolver& resolver() { return *dns_; }
    /// Adds a hold on an administrator's word. Empty: not possible.
    std::string set_hold(const std::string& connection, const std::string& recipient,
                         std::chrono::milliseconds length);
    /// Waits until the ledger has what was said so far, or cannot store it now.
    boost::asio::awaitable<base::Result<void>> stored();

    /// Ends the holds of an address and takes it out of the ledger; the number of rows that were rewritten.
    boost::asio::awaitable<base::Result<std::uint64_t>> forget(std::string address);

  private:
    Daemon(std::string settings_path, Start first);
    void hold_started(const mail::Hold& hold) override;
    bool listen(Inherited inherited);
    void open_ledger(const MtaFacts& facts);
    void apply(Loaded loaded);
    void apply(MtaFacts facts);
    void look_for_gap();
    void publish_policy();
    void end_hold(const state::ActiveHold& hold, const char* why);
    void use_rules(std::shared_ptr<const rules::RuleSet> rules);
    void carry_out(rules::Effects effects);
    void hold_message(rules::Effects::MailHold wanted);
    void end_holds_of_rules();
    boost::asio::awaitable<void> start();
    boost::asio::awaitable<void> open_parts();
    boost::asio::awaitable<void> read_privacy();
    boost::asio::awaitable<void> on_ready(follow::Ready ready);
    boost::asio::awaitable<void> on_learnt(follow::Learnt learnt);
    boost::asio::awaitable<void> ask_mta_again();
    boost::asio::awaitable<void> tick();
    boost::asio::awaitable<void> heartbeat();
    boost::asio::awaitable<void> begin_rules(LastGood texts, bool all_well);
    boost::asio::awaitable<void> keep_texts(LastGood texts);
    void watch(const std::optional<ScriptText>& script);
    boost::asio::awaitable<void> replace_full_script();
    boost::asio::awaitable<void> signals();

    std::string settings_path_;
    base::SystemClock clock_;
    base::WallTime started_;
    boost::asio::io_context io_{1};
    config::Settings settings_;
    LoadState load_state_;
    std::shared_ptr<script::Vm> script_;
    std::shared_ptr<Reasons> reasons_ = std::make_shared<Reasons>();
    std::optional<ScriptText> script_text_;
    bool replacing_script_ = false;  // stays so when it cannot be replaced: until the next reload
    std::string texts_problem_;      // why the last good settings could not be kept
    std::optional<Watchdog> watchdog_;
    std::optional<answer::MtaView> mta_;
    ledger::Privacy privacy_;
    std::string privacy_problem_;  // why the key could not be had
    std::string mta_problem_;      // why the MTA could not be asked about itself
    std::vector<std::string> listen_problems_;

    answer::Knowledge knowledge_;
    std::unique_ptr<dns::Client> dns_;
    Worker worker_{2};
    TableLookups tables_;
    ledger::Reader reader_;
    answer::ReaderThread reader_thread_;
    answer::Pipeline pipeline_;
    Releaser releaser_;
    Learning learning_;
    ReadySet ready_set_;
    SocketmapSurface socketmap_;
    Connections connections_;
    PolicySurface policy_;
    EximSurface exim_;
    std::vector<std::string> exim_problems_;  // of the keys
    HttpSurface http_;
    std::vector<Listener> listeners_;
    std::vector<Listener> policy_listeners_;
    std::vector<Listener> exim_listeners_;
    std::vector<Listener> controls_;
    std::vector<Listener> http_listeners_;
    follow::Health health_;
    std::shared_ptr<const rules::RuleSet> rules_ = std::make_shared<rules::RuleSet>();
    bool rules_known_ = false;  // read at least once
    boost::asio::steady_timer next_tick_{io_};
    boost::asio::steady_timer next_look_at_mta_{io_};
    boost::asio::steady_timer remembered_{io_};     // the start waits for it
    std::unique_ptr<follow::LedgerThread> ledger_;  // last: its callbacks post to io_
};

}  // namespace nexthopd::serve
