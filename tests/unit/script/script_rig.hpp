// A script in a Vm, driven like the daemon does it, with a host that answers what the test says.
#pragma once

#include <fmt/format.h>

#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "script/vm.hpp"

namespace nexthopd::script::test {

class FakeHost final : public Host {
  public:
    std::function<QueryAnswer(std::string_view)> answer = [](std::string_view) {
        return QueryFailure{"no database"};
    };
    std::uint64_t number = 0;
    std::vector<std::string> counts;  // "mx1 4 900"
    std::vector<std::string> queries;
    std::vector<std::string> lines;

    std::uint64_t count(std::string_view server, char result_class, std::int64_t seconds) override {
        counts.push_back(std::string(server) + ' ' + result_class + ' ' + std::to_string(seconds));
        return number;
    }
    QueryAnswer count_longer(std::string_view server, char result_class, std::int64_t seconds) override {
        counts.push_back(std::string(server) + ' ' + result_class + ' ' + std::to_string(seconds));
        return answer("count");
    }
    QueryAnswer query(std::string_view sql) override {
        queries.emplace_back(sql);
        return answer(sql);
    }
    base::Result<std::string> module(std::string_view name) override {
        return base::fail("no file {} now", name);
    }
    void log(LogLevel level, std::string_view line) override {
        constexpr const char* names[] = {"debug: ", "", "warn: ", "error: "};
        lines.push_back(names[static_cast<std::size_t>(level)] + std::string(line));
    }
    std::string_view provider(std::string_view server) override {
        return server.ends_with(".mail.example") ? "mailers" : "";
    }
    std::optional<LookupResult> resolve(const Lookup& lookup) override {
        constexpr const char* kinds[] = {"mx", "a", "aaaa", "txt"};
        queries.push_back(std::string(kinds[static_cast<std::size_t>(lookup.kind)]) + " " + lookup.name);
        return resolved;
    }
    Request request() override { return asked; }
    bool dry_run() override { return dry; }
    Store* store() override { return &kept; }
    base::Instant now() override { return time; }
    base::WallTime wall() override { return wall_time; }
    std::uint64_t counted(const CountQuery& query) override {
        counts.push_back(fmt::format("{}|{} {}{} {}", query.server, query.domain,
                                     query.reason.empty() ? "" : std::string(query.reason) + " ",
                                     query.result_class == 0 ? '-' : query.result_class, query.seconds));
        return query.result_class == '4' ? counted_4xx : number;
    }

    std::optional<LookupResult> resolved;
    Request asked;
    bool dry = false;
    Store kept;
    base::Instant time{std::chrono::hours(1)};
    base::WallTime wall_time = base::from_unix_seconds(1'795'348'800);  // 2026-11-22 12:00:00
    std::uint64_t counted_4xx = 0;
};

inline constexpr std::chrono::seconds plenty{30};
inline constexpr std::chrono::milliseconds little{30};

/// What a hook that was given `little` may take in all. In time of the processor: the machine may be busy.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr std::chrono::milliseconds overshoot{1'500};
#else
inline constexpr std::chrono::milliseconds overshoot{200};
#endif

inline std::chrono::nanoseconds cpu_time() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

inline base::Instant within(base::Duration time) {
    return base::Instant::clock::now() + time;
}

inline base::Result<std::shared_ptr<Vm>> try_load(std::string_view source, Vm::Options options = {}) {
    auto vm = Vm::load(source, "rules.lua", {{"newsletters", 2}, {"invoices", 7}}, options);
    if (!vm) return tl::unexpected(vm.error());
    return std::shared_ptr<Vm>(*std::move(vm));
}

inline std::shared_ptr<Vm> load(std::string_view source, Vm::Options options = {}) {
    auto vm = try_load(source, options);
    INFO(source);
    if (!vm) FAIL(vm.error().text);
    return *vm;
}

/// What a statement of a script prints or fails with, run inside a hook.
inline std::string printed_by(const std::string& statements, base::Duration time = plenty,
                              Vm::Options options = {}) {
    FakeHost host;
    HookRun run(load("function GetCheckCache()\n" + statements + "\nend", options), host, "");
    switch (run.get_check_cache("example.com", {}, within(time))) {
        case HookState::finished: {
            std::string out;
            for (const auto& line : host.lines)
                out += (out.empty() ? "" : "|") + line;
            return out;
        }
        case HookState::failed:
            return "error: " + run.error();
        case HookState::out_of_time:
            return "out of time";
        case HookState::waiting:
            break;
    }
    return "waiting";
}

/// CheckServer's answer as text: "nil", "false 10", "waiting", "error: rules.lua:2: no".
inline std::string check_server(HookRun& run, const std::string& server = "mx1.example.com",
                                bool default_result = true) {
    const auto state = run.check_server("example.com", server, {}, default_result, within(plenty));
    if (state == HookState::failed) return "error: " + run.error();
    if (state == HookState::waiting) return "waiting";
    if (state == HookState::out_of_time) return "out of time";
    const auto answer = run.server_answer();
    if (!answer) return "wrong: " + answer.error().text;
    auto out = answer->use ? (*answer->use ? std::string("true") : std::string("false")) : std::string("nil");
    if (answer->minutes) out += fmt::format(" {}", *answer->minutes);
    return out;
}

/// One row with one value.
inline ledger::Rows one_value(const std::string& column, const std::string& value) {
    return {{column}, {{value}}};
}

}  // namespace nexthopd::script::test
