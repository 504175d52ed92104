// One script, a history and a clock that a test sets: questions take the path that they take in the daemon.
#pragma once

#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "answer/pipeline.hpp"
#include "answer/trace.hpp"
#include "base/error.hpp"
#include "decide/verdict.hpp"
#include "ledger/store.hpp"
#include "mail/attempt.hpp"
#include "rehearse/played.hpp"
#include "rehearse/scratch_folder.hpp"

namespace nexthopd::rehearse {

/// The mail that questions are about. What is not said is not known.
struct StagedMail {
    std::string connection;
    std::string sender;
    std::string queue_id = "4STAGED1zABCDE";
    std::uint64_t size = 0;
    std::uint32_t retries = 0;
};

struct StagedAnswer {
    decide::Verdict verdict;
    std::vector<answer::TraceStep> steps;
};

class Stage {
  public:
    /// Where every test begins: a Monday.
    static constexpr std::int64_t start = 1'767'614'400;  // 2026-01-05 12:00:00 UTC

    /// `policy`: with the script, and hold limits as in the settings.
    explicit Stage(answer::Policy policy);

    base::WallTime time() const { return clock_.wall(); }
    /// Time only goes on.
    void move(base::Duration by) { clock_.move(by); }
    void set_mx(std::string domain, std::vector<mail::MxHost> hosts) {
        resolver_.set(std::move(domain), std::move(hosts));
    }
    void set_mail(StagedMail mail) { mail_ = std::move(mail); }

    /// As if the log had told them.
    base::Result<void> add(std::vector<mail::Attempt> attempts);
    StagedAnswer ask(std::string_view recipient);

  private:
    ScratchFolder folder_;
    const std::string database_ = folder_.path() + "/ledger.db";
    std::unique_ptr<ledger::Store> store_;
    boost::asio::io_context io_;
    PlayedClock clock_;
    PlayedResolver resolver_;
    NoTables tables_;
    NoRecorder recorder_;
    answer::Knowledge knowledge_;
    ledger::Reader reader_;
    answer::ReaderThread reader_thread_;
    answer::Pipeline pipeline_;
    StagedMail mail_;
};

}  // namespace nexthopd::rehearse
