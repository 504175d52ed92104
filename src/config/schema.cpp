#include "config/schema.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "config/accept.hpp"
#include "config/toml.hpp"
#include "mail/host_name.hpp"

namespace nexthopd::config {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t mebibyte = 1ULL << 20;

constexpr Pending in_effect{{}};

constexpr Range<Milliseconds> qmgr_patience{10ms, 5s, "Postfix resolves one recipient after the other"};
constexpr Range<Milliseconds> session_patience{10ms, 5s, "a mail session waits meanwhile"};
constexpr Range<Milliseconds> exim_patience{10ms, 1900ms, "Exim waits 2s for the answer"};
constexpr Range<Milliseconds> exim_retries{10s, 100 * 24h, "mail is held for half of it at most"};
constexpr Range<Milliseconds> script_time{1ms, 200ms, "no other question is answered meanwhile"};
constexpr Range<std::uint64_t> script_memory{mebibyte, 1024 * mebibyte,
                                             "it is meant to stop a script that leaks"};
constexpr Range<Milliseconds> retention{2h, 3650 * 24h, "the counters of the last 2h are rebuilt from it"};
constexpr Range<std::uint64_t> ledger_size{16 * mebibyte, mebibyte* mebibyte,
                                           "smaller keeps no useful history"};
// 100 days is the most that Postfix accepts for maximal_queue_lifetime (qmgr.c).
constexpr Range<Milliseconds> hold_time{1s, 100 * 24h, "Postfix keeps no mail for longer than 100d"};
constexpr Range<std::int64_t> connection_id{0, INT32_MAX, "it is a number for scripts to compare"};

constexpr Key keys[] = {
    {"mode", "choice", R"("enforce")", "whether verdicts are answered, or only recorded", in_effect,
     [](Settings& s, const Value& v, Unfits& f) {
         to_choice(v, s.mode, f, {{"enforce", Mode::enforce}, {"observe", Mode::observe}});
     }},
    {"on_error", "choice", R"("pass")", "what happens to mail when something fails inside",
     Pending{.why = "holding mail on errors is not available yet", .off = "\"pass\""},
     [](Settings& s, const Value& v, Unfits& f) {
         to_choice(v, s.on_error, f, {{"pass", OnError::pass}, {"hold", OnError::hold}});
     }},
    {"local_domains", "list", "[]", "further domains that are left alone", in_effect,
     [](Settings& s, const Value& v, Unfits& f) {
         to_list(v, s.local_domains, f, R"("example.com")", mail::domain_name);
     }},
    {"allow_bypass_relayhost", "switch", "false", "replace servers also where a relayhost is set", in_effect,
     [](Settings& s, const Value& v, Unfits& f) { to_switch(v, s.allow_bypass_relayhost, f); }},
    {"allow_insecure_override", "switch", "false",
     "replace servers also where TLS policy or DANE protect a domain", in_effect,
     [](Settings& s, const Value& v, Unfits& f) { to_switch(v, s.allow_insecure_override, f); }},
    {"allow_unprivileged_port", "switch", "false", "let listen.exim have a port that any user could take",
     in_effect, [](Settings& s, const Value& v, Unfits& f) { to_switch(v, s.allow_unprivileged_port, f); }},
    {"decide_relay_domains", "switch", "false", "decide also about domains of relay_domains", in_effect,
     [](Settings& s, const Value& v, Unfits& f) { to_switch(v, s.decide_relay_domains, f); }},
    {"reveal_reason", "switch", "false", "tell senders why their mail waits",
     Pending{.why = "only nexthopctl why shows reasons so far", .off = "false"},
     [](Settings& s, const Value& v, Unfits& f) { to_switch(v, s.reveal_reason, f); }},
    {"listen.socketmap", "list", R"(["unix:/var/spool/postfix/nexthopd/socketmap"])",
     "where Postfix asks for transports and MX records", in_effect,
     [](Settings& s, const Value& v, Unfits& f) {
         to_list(v, s.listen.socketmap, f, R"("inet:127.0.0.1:746")", parse_endpoint);
     }},
    {"listen.policy", "list", R"(["unix:/var/spool/postfix/nexthopd/policy"])",
     "where Postfix smtpd asks about recipients", in_effect,
     [](Settings& s, const Value& v, Unfits& f) {
         to_list(v, s.listen.policy, f, R"("unix:/var/spool/postfix/nexthopd/policy")", parse_endpoint);
     }},
    {"listen.exim", "list", "[]", "where Exim asks about recipients", in_effect,
     [](Settings& s, const Value& v, Unfits& f) {
         to_list(v, s.listen.exim, f, R"("inet:127.0.0.1:747")", loopback_port);
     }},
    {"listen.control", "endpoint", R"("unix:/run/nexthopd/control")", "where nexthopctl asks", in_effect,
     [](Settings& s, const Value& v, Unfits& f) {
         to_text_value(v, s.listen.control, f, R"("unix:/run/nexthopd/control")", unix_socket);
     }},
    {"listen.http", "endpoint", R"("inet:127.0.0.1:9747")", "where metrics are read", in_effect,
     [](Settings& s, const Value& v, Unfits& f) {
         to_text_value(v, s.listen.http, f, R"("inet:127.0.0.1:9747")", local_or_none);
     }},
    {"deadline.transport", "duration", R"("250ms")", "how long a question of qmgr may take", in_effect,
     [](Settings& s, const Value& v, Unfits& f) { to_duration(v, s.deadline.transport, f, qmgr_patience); }},
    {"deadline.mxfilter", "duration", R"("500ms")", "how long a question of the SMTP client may take",
     Pending{"the mxfilter surface answers at once"},
     [](Settings& s, const Value& v, Unfits& f) {
         to_duration(v, s.deadline.mxfilter, f, session_patience);
     }},
    {"deadline.policy", "duration", R"("500ms")", "how long a question of smtpd may take",
     Pending{"the policy surface answers at once"},
     [](Settings& s, const Value& v, Unfits& f) { to_duration(v, s.deadline.policy, f, session_patience); }},
    {"deadline.exim", "duration", R"("1500ms")", "how long a question of Exim may take", in_effect,
     [](Settings& s, const Value& v, Unfits& f) { to_duration(v, s.deadline.exim, f, exim_patience); }},
    {"policy.act", "switch", "false", "let the policy surface answer more than DUNNO", in_effect,
     [](Settings& s, const Value& v, Unfits& f) { to_switch(v, s.policy.act, f); }},
    {"syslog.listen", "endpoint", R"("")", "where log lines are received", in_effect,
     [](Settings& s, const Value& v, Unfits& f) {
         to_text_value(v, s.syslog.listen, f, R"("inet:127.0.0.1:5514")", port_or_none);
     }},
    {"syslog.allow", "list", R"(["127.0.0.1"])", "who may send log lines", in_effect,
     [](Settings& s, const Value& v, Unfits& f) {
         to_list(v, s.syslog.allow, f, R"("127.0.0.1")", address);
     }},
    {"script.file", "path", R"("/etc/nexthopd/mxserverrules.lua")", "the Lua script with the hooks",
     in_effect,
     [](Settings& s, const Value& v, Unfits& f) {
         to_text_value(v, s.script.file, f, R"("/etc/nexthopd/mxserverrules.lua")", parse_path);
     }},
    {"script.memory", "size", R"("64MiB")", "how much memory the script may use", in_effect,
     [](Settings& s, const Value& v, Unfits& f) { to_size(v, s.script.memory, f, script_memory); }},
    {"script.time", "duration", R"("50ms")", "how long all hooks of one question may run together", in_effect,
     [](Settings& s, const Value& v, Unfits& f) { to_duration(v, s.script.time, f, script_time); }},
    {"dns.servers", "list", "[]", "name servers to ask instead of those of resolv.conf", in_effect,
     [](Settings& s, const Value& v, Unfits& f) {
         to_list(v, s.dns.servers, f, R"("127.0.0.1:53")", dns_server);
     }},
    {"ledger.database", "path", R"("/var/lib/nexthopd/ledger.db")", "the SQLite file of attempts and holds",
     in_effect,
     [](Settings& s, const Value& v, Unfits& f) {
         to_text_value(v, s.ledger.database, f, R"("/var/lib/nexthopd/ledger.db")", parse_path);
     }},
    {"ledger.retention", "duration", R"("30d")", "how long attempts are kept", in_effect,
     [](Settings& s, const Value& v, Unfits& f) { to_duration(v, s.ledger.retention, f, retention); }},
    {"ledger.max_size", "size", R"("2GiB")", "how large the database may grow", in_effect,
     [](Settings& s, const Value& v, Unfits& f) { to_size(v, s.ledger.max_size, f, ledger_size); }},
    {"ledger.privacy", "choice", R"("full")", "how much of an address is stored", in_effect,
     [](Settings& s, const Value& v, Unfits& f) {
         to_choice(v, s.ledger.privacy, f,
                   {{"full", Privacy::full}, {"hashed", Privacy::hashed}, {"domain", Privacy::domain}});
     }},
    {"postfix", table_list, "[]", "one for each Postfix instance", in_effect,
     [](Settings& s, const Value&, Unfits&) { s.postfix.emplace_back(); }},
    {"postfix.name", "text", R"("postfix")", "what the instance is called in nexthopd", in_effect,
     [](Settings& s, const Value& v, Unfits& f) {
         to_text_value(v, s.postfix.back().name, f, R"("postfix")", parse_name);
     }},
    {"postfix.config_directory", "path", R"("/etc/postfix")", "where its main.cf is", in_effect,
     [](Settings& s, const Value& v, Unfits& f) {
         to_text_value(v, s.postfix.back().config_directory, f, R"("/etc/postfix")", path_or_none);
     }},
    {"postfix.log", "path", R"("journal")", "where its log lines are read", in_effect,
     [](Settings& s, const Value& v, Unfits& f) {
         to_text_value(v, s.postfix.back().log, f, R"("/var/log/mail.log")", log_name);
     }},
    {"exim", table_list, "[]", "one for each Exim", in_effect,
     [](Settings& s, const Value&, Unfits&) { s.exim.emplace_back(); }},
    {"exim.name", "text", R"("exim")", "what this Exim is called in nexthopd", in_effect,
     [](Settings& s, const Value& v, Unfits& f) {
         to_text_value(v, s.exim.back().name, f, R"("exim")", parse_name);
     }},
    {"exim.log", "path", R"("/var/log/exim4/mainlog")", "its main log", in_effect,
     [](Settings& s, const Value& v, Unfits& f) {
         to_text_value(v, s.exim.back().log, f, R"("/var/log/exim4/mainlog")", path_or_none);
     }},
    {"exim.key_file", "path", R"("/etc/nexthopd/exim.key")", "the key that its questions carry", in_effect,
     [](Settings& s, const Value& v, Unfits& f) {
         to_text_value(v, s.exim.back().key_file, f, R"("/etc/nexthopd/exim.key")", parse_path);
     }},
    {"exim.retry_limit", "duration", R"("4d")", "when its last retry rule ends", in_effect,
     [](Settings& s, const Value& v, Unfits& f) {
         to_duration(v, s.exim.back().retry_limit, f, exim_retries);
     }},
    {"hold.default", "duration", R"("5m")", "how long mail waits when a hook names no time", in_effect,
     [](Settings& s, const Value& v, Unfits& f) { to_duration(v, s.hold.fallback, f, hold_time); }},
    {"hold.max", "duration", R"("24h")", "how long one hold may last", in_effect,
     [](Settings& s, const Value& v, Unfits& f) { to_duration(v, s.hold.max, f, hold_time); }},
    {"hold.max_total", "duration", R"("2d")", "how long the holds of one mail may last together", in_effect,
     [](Settings& s, const Value& v, Unfits& f) { to_duration(v, s.hold.max_total, f, hold_time); }},
    {"rules.mode", "choice", R"("observe")", "whether rules that name no mode act, or only record", in_effect,
     [](Settings& s, const Value& v, Unfits& f) {
         to_choice(v, s.rules.mode, f, {{"enforce", Mode::enforce}, {"observe", Mode::observe}});
     }},
    {"release.rate", "rate", R"("100/s")", "how fast mail is released when holds end", in_effect,
     [](Settings& s, const Value& v, Unfits& f) {
         to_text_value(v, s.release.rate, f, R"("100/s")", release_rate);
     }},
    {"release.postfix", "list", R"(["/usr/sbin/postqueue", "-c", "%config_directory", "-i", "%id"])",
     "the command that releases mail of Postfix", in_effect,
     [](Settings& s, const Value& v, Unfits& f) { to_command(v, s.release.postfix, f); }},
    {"release.exim", "choice", R"("releaser")", "how mail of Exim is released", in_effect,
     [](Settings& s, const Value& v, Unfits& f) {
         to_choice(v, s.release.exim, f,
                   {{"releaser", EximRelease::releaser}, {"none", EximRelease::none}});
     }},
    {"connection", table_list, "[]", "one for each connection that the script tells apart", in_effect,
     [](Settings& s, const Value&, Unfits&) { s.connection.emplace_back(); }},
    {"connection.name", "text", "", "the part of the socketmap name after the dot", in_effect,
     [](Settings& s, const Value& v, Unfits& f) {
         to_text_value(v, s.connection.back().name, f, R"("newsletters")", parse_name);
     }},
    {"connection.id", "number", "0", "what scripts see as ConnectionId", in_effect,
     [](Settings& s, const Value& v, Unfits& f) { to_number(v, s.connection.back().id, f, connection_id); }},
};

}  // namespace

std::span<const Key> schema() {
    return keys;
}

const Key* find_key(std::string_view path) {
    const auto found =
        std::find_if(std::begin(keys), std::end(keys), [&](const Key& key) { return key.path == path; });
    return found == std::end(keys) ? nullptr : found;
}

bool is_section(std::string_view path) {
    return !find_key(path) && std::any_of(std::begin(keys), std::end(keys), [&](const Key& key) {
        return key.path.size() > path.size() && key.path.starts_with(path) && key.path[path.size()] == '.';
    });
}

std::string_view nearest_key(std::string_view path) {
    const auto last = [](std::string_view text) { return text.substr(text.rfind('.') + 1); };
    std::vector<std::string_view> known;
    std::vector<std::string_view> elsewhere;  // the right name in the wrong table
    for (const auto& key : keys) {
        known.push_back(key.path);
        if (const auto dot = key.path.find('.'); dot != std::string_view::npos)
            known.push_back(key.path.substr(0, dot));
        if (last(key.path) == last(path)) elsewhere.push_back(key.path);
    }
    return elsewhere.size() == 1 ? elsewhere.front() : base::nearest(path, known);
}

Settings defaults() {
    Settings settings;
    for (const auto& key : keys) {
        if (key.pending.why.empty() || key.pending.off.empty() || key.type == table_list) continue;
        const auto off = parse_toml("off = " + std::string(key.pending.off));
        Unfits faults;
        if (off) key.store(settings, off->front().value, faults);
    }
    return settings;
}

}  // namespace nexthopd::config
