#include "serve/log_parser.hpp"

#include <algorithm>
#include <array>
#include <deque>

#include "maillog/syslog_line.hpp"
#include "serve/local_zone.hpp"

namespace nexthopd::serve {

namespace {

/// What Debian's configuration calls the routers that send all mail through another host.
constexpr std::array debian_smarthost_routers{"smarthost", "hub_user_smarthost"};

/// The parsers of one file. Each counts its own lines, and says which of them it may need again: that is
/// translated into the lines of the file.
class Shared {
  public:
    explicit Shared(std::vector<std::pair<std::string, follow::Parser>> parsers) {
        for (auto& [name, parser] : parsers)
            members_.push_back({name + '/', std::move(parser), {}, 0});
    }

    template <class Attempts, class Events>
    void line(std::string_view line, base::WallTime now, Attempts& attempts, Events& events) {
        auto& member = member_for(line);
        member.numbers.push_back(++lines_);
        member.parser.line(line, now, attempts, events);
        const auto open = member.parser.first_open_line();
        while (member.forgotten + 1 < open && !member.numbers.empty()) {
            member.numbers.pop_front();
            ++member.forgotten;
        }
    }

    std::uint64_t first_open_line() const {
        auto first = lines_ + 1;
        for (const auto& member : members_)
            if (!member.numbers.empty()) first = std::min(first, member.numbers.front());
        return first;
    }

  private:
    struct Member {
        std::string tag;  // "postfix-out/"
        follow::Parser parser;
        std::deque<std::uint64_t> numbers;  // in the file, of its lines that it may need again
        std::uint64_t forgotten = 0;        // lines before those
    };

    Member& member_for(std::string_view line) {
        const auto fields = maillog::split_syslog_line(line);
        if (fields)
            for (auto& member : members_)
                if (fields->program.starts_with(member.tag)) return member;
        return members_.front();
    }

    std::vector<Member> members_;
    std::uint64_t lines_ = 0;
};

}  // namespace

std::shared_ptr<maillog::PostfixLog> postfix_log(const config::PostfixInstance& instance,
                                                 const std::vector<std::string>& relay_hosts,
                                                 const dns::Self& self) {
    maillog::PostfixLog::Options options;
    options.deliveries.instance = instance.name;
    options.deliveries.own_addresses = self.addresses;
    options.deliveries.own_hosts = self.names;
    options.deliveries.relay_hosts = relay_hosts;
    options.zone = local_zone;
    return std::make_shared<maillog::PostfixLog>(std::move(options));
}

std::shared_ptr<maillog::EximLog> exim_log(const config::EximInstance& instance, const dns::Self& self) {
    maillog::EximLog::Options options;
    options.deliveries.instance = instance.name;
    options.deliveries.own_addresses = self.addresses;
    options.deliveries.own_hosts = self.names;
    options.deliveries.relay_routers.assign(debian_smarthost_routers.begin(), debian_smarthost_routers.end());
    options.zone = local_zone;
    return std::make_shared<maillog::EximLog>(std::move(options));
}

follow::Parser shared_lines(std::vector<std::pair<std::string, follow::Parser>> parsers) {
    if (parsers.size() == 1) return std::move(parsers.front().second);
    const auto shared = std::make_shared<Shared>(std::move(parsers));
    follow::Parser out;
    out.line = [shared](std::string_view line, base::WallTime now, auto& attempts, auto& events) {
        shared->line(line, now, attempts, events);
    };
    out.first_open_line = [shared] { return shared->first_open_line(); };
    return out;
}

}  // namespace nexthopd::serve
