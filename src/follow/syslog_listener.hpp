// Receives log lines by syslog, over UDP and TCP on one port (RFC 5424, RFC 3164; over TCP as in RFC 6587).
//
// A line that was received is in no file, so nothing of it can be read again: what was received but not
// committed when the process is killed, and what is sent while it does not run, is lost.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "follow/entry_source.hpp"
#include "mail/host_name.hpp"
#include "maillog/stamp_reader.hpp"

namespace nexthopd::follow {

/// Takes the lines of one MTA.
struct SyslogMta {
    /// The program up to its first slash: "postfix-out" for "postfix-out/smtp".
    std::string program;
    ParseEntry parse;
};

struct SyslogOptions {
    mail::IpAddress address;
    std::uint16_t port = 0;
    std::vector<mail::IpAddress> allow;  // what others send is left out
    std::vector<SyslogMta> mtas;
    maillog::Zone zone = maillog::fixed_zone(std::chrono::seconds(0));  // of stamps that name none
    std::size_t max_connections = 64;
    std::chrono::seconds idle{3'600};             // a connection that is silent for longer is closed
    std::chrono::seconds idle_when_full{60};      // likewise, to make room for another
    std::chrono::milliseconds open_again{5'000};  // after the port could not be had
};

std::unique_ptr<EntrySource> syslog_listener(boost::asio::io_context& io, SyslogOptions options);

}  // namespace nexthopd::follow
