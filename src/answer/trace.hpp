// What happened to one question, step by step: for `explain`, and in short for the evidence of a hold.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"

namespace nexthopd::answer {

struct TraceStep {
    double milliseconds = 0;  // since the question came
    std::string what;         // "GetOverrides", "mx", "CheckServer mx1.example.com", "count", "sql", "print", …
    std::string detail;
};

/// Steps in their order; at most max_steps, so that a hook that counts in a loop fills no memory.
class Trace {
  public:
    static constexpr std::size_t max_steps = 1'000;

    explicit Trace(base::Instant start) : start_(start) {}

    void add(std::string what, std::string detail) {
        if (steps_.size() >= max_steps) return;
        const std::chrono::duration<double, std::milli> since = base::Instant::clock::now() - start_;
        steps_.push_back({since.count(), std::move(what), std::move(detail)});
    }
    const std::vector<TraceStep>& steps() const { return steps_; }

  private:
    base::Instant start_;
    std::vector<TraceStep> steps_;
};

/// One thing that a hook asked, kept until the verdict is known: it is the evidence if that is a hold.
struct Asked {
    std::string subject;  // the server of a count, or the SQL
    char result_class = 0;      // 0: SQL
    std::int64_t seconds = 0;
    std::uint64_t result = 0;  // the count, or the number of rows
    std::string value;         // of SQL: the first value
};

}  // namespace nexthopd::answer
