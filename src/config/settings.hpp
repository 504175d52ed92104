// The settings: what an administrator can choose, with the defaults of nexthopd.conf(5).
//
// A value is made by config::read() and handed over whole; nothing changes it afterwards. The structs
// have the tables and keys of the TOML files; schema.cpp says of each key how it is stored here.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/endpoint.hpp"
#include "config/units.hpp"

namespace nexthopd::config {

enum class Mode { enforce, observe };
enum class OnError { pass, hold };
enum class Privacy { full, hashed, domain };
enum class EximRelease { releaser, none };

struct Listen {
    std::vector<Endpoint> socketmap{{"/var/spool/postfix/nexthopd/socketmap", {}}};
    std::vector<Endpoint> policy{{"/var/spool/postfix/nexthopd/policy", {}}};
    std::vector<Endpoint> exim;
    Endpoint control{"/run/nexthopd/control", {}};  // always a unix socket
    std::optional<Endpoint> http = Endpoint{{}, {boost::asio::ip::address_v4::loopback(), 9747}};
    friend bool operator==(const Listen&, const Listen&) = default;
};

/// How long a question may take, from the arrival of its bytes.
struct Deadline {
    Milliseconds transport{250};
    Milliseconds mxfilter{500};
    Milliseconds policy{500};
    Milliseconds exim{1500};
    friend bool operator==(const Deadline&, const Deadline&) = default;
};

struct Policy {
    bool act = false;
    friend bool operator==(const Policy&, const Policy&) = default;
};

struct Syslog {
    std::optional<Endpoint> listen;
    std::vector<mail::IpAddress> allow{boost::asio::ip::address_v4::loopback()};
    friend bool operator==(const Syslog&, const Syslog&) = default;
};

struct Script {
    std::string file = "/etc/nexthopd/mxserverrules.lua";
    std::uint64_t memory = 64ULL << 20;  // bytes
    Milliseconds time{50};               // at most half of deadline.transport
    friend bool operator==(const Script&, const Script&) = default;
};

struct Dns {
    std::vector<HostPort> servers;  // empty: those of resolv.conf
    friend bool operator==(const Dns&, const Dns&) = default;
};

struct Ledger {
    std::string database = "/var/lib/nexthopd/ledger.db";
    Milliseconds retention = std::chrono::hours(30 * 24);
    std::uint64_t max_size = 2ULL << 30;  // bytes
    Privacy privacy = Privacy::full;
    friend bool operator==(const Ledger&, const Ledger&) = default;
};

struct PostfixInstance {
    std::string name = "postfix";
    std::string config_directory = "/etc/postfix";  // empty: read no Postfix configuration
    std::string log = "journal";                    // or a file name; empty: none
    friend bool operator==(const PostfixInstance&, const PostfixInstance&) = default;
};

struct EximInstance {
    std::string name = "exim";
    std::string log = "/var/log/exim4/mainlog";
    std::string key_file = "/etc/nexthopd/exim.key";
    Milliseconds retry_limit = std::chrono::hours(96);  // the end of its last retry rule
    friend bool operator==(const EximInstance&, const EximInstance&) = default;
};

/// default <= max <= max_total.
struct HoldLimits {
    Milliseconds fallback = std::chrono::minutes(5);  // the key hold.default
    Milliseconds max = std::chrono::hours(24);
    Milliseconds max_total = std::chrono::hours(48);
    friend bool operator==(const HoldLimits&, const HoldLimits&) = default;
};

struct Rules {
    Mode mode = Mode::observe;  // of rules that name none
    friend bool operator==(const Rules&, const Rules&) = default;
};

struct Release {
    Rate rate{100, std::chrono::seconds(1)};
    /// Program and arguments; "%config_directory" and "%id" stand for those of the mail released.
    std::vector<std::string> postfix{"/usr/sbin/postqueue", "-c", "%config_directory", "-i", "%id"};
    EximRelease exim = EximRelease::releaser;
    friend bool operator==(const Release&, const Release&) = default;
};

struct ConnectionSetting {
    std::string name;     // the part of a socketmap name after the dot; ConnectionName of a script
    std::int64_t id = 0;  // ConnectionId of a script
    friend bool operator==(const ConnectionSetting&, const ConnectionSetting&) = default;
};

struct Settings {
    Mode mode = Mode::enforce;
    OnError on_error = OnError::pass;
    std::vector<std::string> local_domains;  // lower-case A-labels
    bool allow_bypass_relayhost = false;
    bool allow_insecure_override = false;
    bool allow_unprivileged_port = false;
    bool decide_relay_domains = false;
    bool reveal_reason = false;
    Listen listen;
    Deadline deadline;
    Policy policy;
    Syslog syslog;
    Script script;
    Dns dns;
    Ledger ledger;
    std::vector<PostfixInstance> postfix;  // names are unique; empty: no Postfix here
    std::vector<EximInstance> exim;        // likewise
    HoldLimits hold;
    Rules rules;
    Release release;
    std::vector<ConnectionSetting> connection;  // names are unique
    friend bool operator==(const Settings&, const Settings&) = default;
};

}  // namespace nexthopd::config
