#include "wiring/exim_files.hpp"

#include <array>
#include <utility>

#include "wiring/block.hpp"

namespace nexthopd::wiring {

namespace {

// The same as in contrib/exim; a test compares them.
constexpr std::string_view main_lines =
    R"exim(# Exim asks nexthopd: nexthopd-exim(7). Lines for the main section, before its first option.

# Loopback TCP and not a unix socket: from 4.94 to 4.99.1 a unix socket that cannot be connected leaves a closed
# descriptor behind, and the next question is written into whatever has got its number since.
NEXTHOPD_ADDRESS = inet:127.0.0.1:747
# Loopback TCP does not tell who asks: a file with the line "NEXTHOPD_KEY = KEY", the key of nexthopd's
# exim.key_file, root:Debian-exim 0640. Debian's configuration can be read by everybody. Without the file
# nexthopd does not answer, and mail goes on as it did.
.include_if_exists /etc/exim4/nexthopd.key

# Mail to other domains is not asked about.
.ifndef NEXTHOPD_DOMAINS
NEXTHOPD_DOMAINS = ! +local_domains : ! +relay_to_domains
.endif

# As the router that delivers by MX has it: a stranger's MX records may name any address. Servers that a script
# names are bound by it, too.
.ifndef NEXTHOPD_IGNORE
NEXTHOPD_IGNORE = <; 0.0.0.0 ; 127.0.0.0/8 ; 192.168.0.0/16 ; 172.16.0.0/12 ; 10.0.0.0/8 ; 169.254.0.0/16 ; 255.255.255.255 ; ::1
.endif

# In Debian's configurations with a smarthost its servers are replaced only if nexthopd may do that
# (allow_bypass_relayhost).
.ifdef DCconfig_smarthost DCconfig_satellite
NEXTHOPD_RELAY = 1
NEXTHOPD_TRANSPORT = remote_smtp_smarthost
.else
NEXTHOPD_RELAY = 0
NEXTHOPD_TRANSPORT = remote_smtp
.endif

# A field whose name ends with a colon is base64: what others choose cannot leave it.
NEXTHOPD_QUESTION = ROUTE\tk=NEXTHOPD_KEY\td:=${base64:${lc:$domain}}\tl:=${base64:$local_part}\t\
  s:=${base64:$sender_address}\tid=$message_exim_id\tsize=$message_size\trcv=$received_time\t\
  v=$verify_mode\trelay=NEXTHOPD_RELAY\n
)exim";
constexpr std::string_view router_lines =
    R"exim(# Exim asks nexthopd: nexthopd-exim(7). Two routers, before the one that delivers to other hosts (dnslookup,
# smarthost).
#
# Answers: "" (go on), "route HOSTS", "hold TEXT", "fail TEXT". Without an answer within 2 s, or with any other,
# the mail goes on as if these routers were not there.
nexthopd_ask:
  debug_print = "R: nexthopd_ask for $local_part@$domain"
  driver = redirect
  domains = NEXTHOPD_DOMAINS
  no_verify
  no_expn
  # Not "set": up to 4.97 an expansion that fails there discards the recipient (bug 3058). "hide": else every
  # user reads the key (exim4 -bP).
  hide address_data = ${readsocket{NEXTHOPD_ADDRESS}{NEXTHOPD_QUESTION}{2s}{ }{}}
  allow_defer
  allow_fail
  forbid_file
  forbid_pipe
  forbid_include
  # Else mail that is held keeps that to other recipients of the domain out of queue runs.
  retry_use_local_part
  data = ${if match{$address_data}{\N^hold ([-A-Za-z0-9 ._:/()]+?)\s*$\N}{:defer: $1}{\
         ${if match{$address_data}{\N^fail ([-A-Za-z0-9 ._:/()]+?)\s*$\N}{:fail: $1}}}}

# manualroute expands its hosts a second time: nothing passes that means something in an expansion.
nexthopd_hosts:
  debug_print = "R: nexthopd_hosts for $local_part@$domain"
  driver = manualroute
  domains = NEXTHOPD_DOMAINS
  no_verify
  no_expn
  condition = ${if match{$address_data}{\N^route [-A-Za-z0-9._:/\[\]]+( [A-Za-z0-9_]+)?\s*$\N}}
  route_data = ${sg{$address_data}{\N^route \N}{}}
  transport = NEXTHOPD_TRANSPORT
  ignore_target_hosts = NEXTHOPD_IGNORE
  host_find_failed = ignore
  host_all_ignored = pass
  self = pass
  no_more
)exim";

/// The template names its parts in lines of three: a rule, the name, a rule.
constexpr std::string_view rule = "#####################################################\n";

/// Puts the block before the part of that name. An error where the template has no such part.
base::Result<void> insert_before(std::string& text, std::string_view part, std::string_view block) {
    const auto heading = std::string(rule) + "### " + std::string(part) + '\n' + std::string(rule);
    const auto at = text.find(heading);
    if (at == std::string::npos)
        return base::fail("{}: there is no part \"### {}\": see \"other configurations\" in nexthopd-exim(7)",
                          exim_template_file, part);
    text.insert(at, block);
    return {};
}

}  // namespace

std::string exim_main_lines() {
    return std::string(main_lines);
}

std::string exim_router_lines() {
    return std::string(router_lines);
}

base::Result<EximFiles> exim_enabled(EximFiles files, bool split, std::string_view key) {
    for (const auto& [name, text] : files)
        if (text.find("\nnexthopd_ask:") != std::string::npos)
            return base::fail("{} has routers of nexthopd that were written by hand: remove them first",
                              name);
    const auto main_block = marked_block(main_lines);
    const auto router_block = marked_block(router_lines);
    files[exim_key_file] = "NEXTHOPD_KEY = " + std::string(key) + '\n';
    if (split) {
        files[exim_main_file] = main_block;
        files[exim_router_file] = router_block;
        return files;
    }
    const auto text = files.find(exim_template_file);
    if (text == files.end()) return base::fail("there is no {}", exim_template_file);
    // Behind the macros that say what kind of configuration this is, and before the first router for mail to
    // other hosts, but for those that name hosts of their own.
    for (const auto& [part, block] : {std::pair("main/02_exim4-config_options", &main_block),
                                      std::pair("router/200_exim4-config_primary", &router_block)})
        if (auto inserted = insert_before(text->second, part, *block); !inserted)
            return tl::unexpected(inserted.error());
    return files;
}

base::Result<EximFiles> exim_disabled(EximFiles files) {
    EximFiles out;
    for (auto& [name, text] : files) {
        if (name == exim_key_file) continue;
        auto bare = without_blocks(name, text);
        if (!bare) return tl::unexpected(bare.error());
        const bool own = name != exim_template_file;
        if (own && bare->empty()) continue;
        if (own) return base::fail("{} has lines that are not nexthopd's: take the file out by hand", name);
        out[name] = *std::move(bare);
    }
    return out;
}

}  // namespace nexthopd::wiring
