// One question's view of the daemon for its hooks: counters in memory, the ledger through a reader.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "answer/knowledge.hpp"
#include "answer/trace.hpp"
#include "base/clock.hpp"
#include "decide/question.hpp"
#include "dns/resolver.hpp"
#include "ledger/reader.hpp"
#include "script/host.hpp"
#include "sql/translate.hpp"

namespace nexthopd::answer {

class ScriptHost final : public script::Host {
  public:
    /// A query runs on the answering thread for at most this long (pages that are cached), then it is
    /// repeated on the reader thread.
    static constexpr std::chrono::microseconds time_here{2'000};
    static constexpr std::size_t max_asked = 200;  // kept as evidence of one question

    ScriptHost(const Knowledge& knowledge, dns::Resolver& resolver, ledger::Reader& reader,
               sql::Translations& translations, script::Store& store, const base::Clock& clock)
        : knowledge_(knowledge),
          resolver_(resolver),
          reader_(reader),
          translations_(translations),
          store_(store),
          clock_(clock) {}

    /// A new question; the memory of the last one is used again. Both have to live as long as its hooks run.
    void reset(Trace* trace, const decide::Question& question, const decide::MailFacts& facts, bool observe) {
        trace_ = trace;
        question_ = &question;
        facts_ = &facts;
        observe_ = observe;
        asked_count_ = 0;
        wall_.reset();
    }
    /// The hooks stop running for now: lets go of the ledger's read transaction.
    void pause();

    std::uint64_t count(std::string_view server, char result_class, std::int64_t seconds) override;
    script::QueryAnswer count_longer(std::string_view server, char result_class, std::int64_t seconds) override;
    script::QueryAnswer query(std::string_view postgres_sql) override;
    base::Result<std::string> module(std::string_view name) override;
    void log(script::LogLevel level, std::string_view line) override;
    script::Request request() override;
    bool dry_run() override { return question_ == nullptr || question_->dry_run; }
    script::Store* store() override { return &store_; }
    base::Instant now() override { return clock_.now(); }
    base::WallTime wall() override;
    std::uint64_t counted(const script::CountQuery& query) override;
    std::optional<script::LookupResult> resolve(const script::Lookup& lookup) override;
    std::string_view provider(std::string_view server) override;

    /// A query that the reader thread has answered.
    void answered(const ledger::Rows& rows);

    /// What the hooks asked, oldest first.
    std::vector<Asked> asked() const { return {asked_.begin(), asked_.begin() + static_cast<std::ptrdiff_t>(asked_count_)}; }

  private:
    Asked* remember(std::string_view subject);
    script::QueryAnswer ask_ledger(script::PendingQuery query, Asked* asked);

    const Knowledge& knowledge_;
    dns::Resolver& resolver_;
    ledger::Reader& reader_;
    sql::Translations& translations_;
    script::Store& store_;
    const base::Clock& clock_;
    const decide::Question* question_ = nullptr;
    const decide::MailFacts* facts_ = nullptr;
    bool observe_ = false;
    Trace* trace_ = nullptr;
    bool reading_ = false;
    std::optional<base::WallTime> wall_;  // of the question: all its hooks count from the same moment
    std::vector<Asked> asked_;  // only the first asked_count_ are of this question
    std::size_t asked_count_ = 0;
};

}  // namespace nexthopd::answer
