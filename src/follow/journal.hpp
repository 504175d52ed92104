// The systemd journal. Only entries count whose unit and user, which journald itself has found out, are the
// MTA's: anybody may write an entry that says it comes from postfix/smtp.
//
// Without a stored place it begins at the present, as with files. What a stored place is followed by is
// read from ten minutes before it, for the parser's joins; what those entries gave is known already.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "follow/entry_source.hpp"

namespace nexthopd::follow {

/// The processes of one MTA.
struct JournalMta {
    std::vector<std::string> units;  // "postfix@-.service"
    std::vector<uid_t> users;
    /// What the tags of this instance begin with, "postfix-out": instances may share a unit.
    std::string syslog_name;
    ParseEntry parse;
};

struct JournalOptions {
    std::vector<JournalMta> mtas;
    std::string folder;                           // empty: the journal of this machine
    std::chrono::milliseconds look_again{5'000};  // for a journal that is not there
};

std::unique_ptr<EntrySource> journal_source(boost::asio::io_context& io, JournalOptions options);

}  // namespace nexthopd::follow
