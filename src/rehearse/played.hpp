// What surrounds the path of a question, as a test says it is: the time, DNS, and an MTA that delivers all
// mail by MX.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "answer/destinations.hpp"
#include "answer/recorder.hpp"
#include "base/clock.hpp"
#include "dns/resolver.hpp"

namespace nexthopd::rehearse {

/// Stands still until it is moved. Monotonic time goes on, as limits of time need it, and moves along.
class PlayedClock final : public base::Clock {
  public:
    explicit PlayedClock(base::WallTime start) : wall_(start) {}
    base::Instant now() const override { return base::steady_now() + moved_; }
    base::WallTime wall() const override { return wall_; }
    void move(base::Duration by) {
        wall_ += std::chrono::duration_cast<base::WallTime::duration>(by);
        moved_ += by;
    }

  private:
    base::WallTime wall_;
    base::Duration moved_{};
};

/// A domain of which nothing was said has mx1.DOMAIN and mx2.DOMAIN.
class PlayedResolver final : public dns::Resolver {
  public:
    using Set = std::shared_ptr<const mail::MxSet>;
    /// No hosts: the domain does not exist.
    void set(std::string domain, std::vector<mail::MxHost> hosts);
    Set cached(std::string_view domain, base::Instant now) override;
    boost::asio::awaitable<Set> mx(std::string domain, bool fresh) override;
    /// There are none of these.
    std::shared_ptr<const dns::Records> cached_records(std::string_view name, dns::Type type,
                                                       base::Instant now) override;
    boost::asio::awaitable<std::shared_ptr<const dns::Records>> records(std::string name,
                                                                        dns::Type type) override;

  private:
    std::map<std::string, Set, std::less<>> sets_;
};

class NoTables final : public answer::Destinations {
  public:
    std::optional<answer::DestinationFacts> known(std::string_view /*domain*/,
                                                  base::Instant /*now*/) override {
        return answer::DestinationFacts();
    }
    boost::asio::awaitable<std::optional<answer::DestinationFacts>> look_up(std::string /*domain*/) override {
        co_return answer::DestinationFacts();
    }
};

class NoRecorder final : public answer::Recorder {
  public:
    void hold_started(const mail::Hold& /*hold*/) override {}
};

}  // namespace nexthopd::rehearse
