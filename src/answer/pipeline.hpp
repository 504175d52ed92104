// What all questions share: the parts they ask, the policy in force, the statistics. A question's own path
// is in answer/run.
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <variant>

#include "answer/breaker.hpp"
#include "answer/destinations.hpp"
#include "answer/knowledge.hpp"
#include "answer/lookup_breaker.hpp"
#include "answer/policy.hpp"
#include "answer/reader_thread.hpp"
#include "answer/recorder.hpp"
#include "base/clock.hpp"
#include "base/rate_limit.hpp"
#include "decide/question.hpp"
#include "decide/verdict.hpp"
#include "dns/resolver.hpp"
#include "ledger/reader.hpp"
#include "metrics/histogram.hpp"
#include "script/store.hpp"
#include "sql/translate.hpp"

namespace nexthopd::answer {

/// Of the questions of an MTA; dry runs do not count.
struct Statistics {
    std::uint64_t questions = 0;
    std::array<std::uint64_t, std::variant_size_v<decide::Verdict>> verdicts{};  // by index of the variant
    std::array<std::uint64_t, decide::cause_count> causes{};                     // of those left alone
    std::uint64_t overruns = 0;                                                  // hooks stopped by the clock
    metrics::Histogram answer_times{};  // from the arrival of the question to its verdict
    metrics::Histogram hook_times{};    // of each call, and of each part of one that waited
};

class Run;

class Pipeline {
  public:
    Pipeline(Knowledge& knowledge, dns::Resolver& resolver, Destinations& destinations,
             ledger::Reader& reader, ReaderThread& reader_thread, Recorder& recorder,
             const base::Clock& clock);

    void set_policy(std::shared_ptr<const Policy> policy) { policy_ = std::move(policy); }
    const Policy& policy() const { return *policy_; }
    const Statistics& statistics() const { return statistics_; }
    /// Counts the questions that were answered, so that the release knows whether another recipient was asked
    /// since.
    std::uint64_t last_question() const { return statistics_.questions; }

    /// Mail to the domain is expected: what a question will need is looked up beside, if it is not known.
    void look_up_ahead(boost::asio::any_io_executor executor, std::string_view domain);

  private:
    friend class Run;
    void complain(const decide::LeaveAlone& left_alone, const decide::Question& question);

    Knowledge& knowledge_;
    dns::Resolver& resolver_;
    Destinations& destinations_;
    ledger::Reader& reader_;
    ReaderThread& reader_thread_;
    Recorder& recorder_;
    const base::Clock& clock_;
    std::shared_ptr<const Policy> policy_ = std::make_shared<Policy>();
    Statistics statistics_;
    sql::Translations translations_;
    script::Store store_;
    Breaker breaker_;
    LookupBreaker mx_lookups_;
    LookupBreaker table_lookups_;
    LookupBreaker script_lookups_;
    base::RateLimit observed_throttles_{std::chrono::seconds(60)};
    std::array<base::RateLimit, decide::cause_count> complaints_;
};

}  // namespace nexthopd::answer
