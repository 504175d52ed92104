// nexthopd-load: a load generator for socketmap servers.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "generator.hpp"

namespace {

using nexthopd::bench::Endpoint;
using nexthopd::bench::Generator;
using nexthopd::bench::Keys;
using nexthopd::bench::Outcome;
using nexthopd::bench::Plan;

struct Options {
    std::string unix_path, inet, keys = "seq", map = "transport", expect = "NOTFOUND";
    std::size_t connections = 64, idle = 0, dribble = 0;
    double seconds = 2, warmup = 0.5;
    std::uint64_t queries = 0, domains = 1000, first = 0;
    std::optional<double> rate;
    std::optional<pid_t> pid;
    bool json = false;
};

void declare(CLI::App& app, Options& options) {
    auto* target = app.add_option_group("server")->require_option(1);
    target->add_option("--unix", options.unix_path, "The server's unix socket");
    target->add_option("--inet", options.inet, "The server's ADDRESS:PORT");
    app.add_option("--connections", options.connections, "Connections that ask")
        ->check(CLI::Range(1, 100000));
    app.add_option("--seconds", options.seconds, "Measured time")->check(CLI::Range(0.01, 86400.0));
    app.add_option("--warmup", options.warmup, "Seconds before, not counted")
        ->check(CLI::Range(0.0, 86400.0));
    app.add_option("--queries", options.queries, "Ask so many queries instead of --seconds; no warm-up");
    app.add_option("--rate", options.rate,
                   "Open loop: queries due per second; latency counts from the due time")
        ->check(CLI::Range(0.1, 1e7));
    app.add_option("--map", options.map, "The socketmap name");
    app.add_option("--keys", options.keys,
                   "seq, rand, or a file with an address per line; seq and rand make userN@dM.bench.example");
    app.add_option("--domains", options.domains,
                   "How many domains seq and rand use; 0: a new one for each query");
    app.add_option("--first", options.first, "The first N");
    app.add_option("--expect", options.expect, "What each reply must start with");
    app.add_option("--pid", options.pid, "The server's process: its CPU time and memory are measured");
    app.add_option("--idle", options.idle, "Connections beside that say nothing");
    app.add_option("--dribble", options.dribble, "Clients beside that send a byte each 100 ms");
    app.add_flag("--json", options.json, "One JSON object");
}

Plan plan_of(const Options& options) {
    const auto time = [](double seconds) {
        return std::chrono::duration_cast<nexthopd::base::Duration>(std::chrono::duration<double>(seconds));
    };
    Plan plan;
    plan.server =
        options.unix_path.empty() ? Endpoint::inet(options.inet) : Endpoint::unix_path(options.unix_path);
    plan.connections = options.connections;
    plan.warmup = options.queries > 0 ? nexthopd::base::Duration::zero() : time(options.warmup);
    plan.duration = time(options.seconds);
    plan.queries = options.queries;
    plan.rate = options.rate;
    plan.map = options.map;
    plan.expect = options.expect;
    plan.server_pid = options.pid;
    plan.idle = options.idle;
    plan.dribbling = options.dribble;
    return plan;
}

Keys keys_of(const Options& options) {
    if (options.keys == "seq") return Keys::numbered(Keys::Order::sequential, options.domains, options.first);
    if (options.keys == "rand") return Keys::numbered(Keys::Order::random, options.domains, options.first);
    return Keys::from_file(options.keys);
}

double microseconds(std::uint64_t nanoseconds) {
    return static_cast<double>(nanoseconds) / 1000;
}

double per_second(const Outcome& outcome) {
    return outcome.seconds > 0 ? static_cast<double>(outcome.completed) / outcome.seconds : 0;
}

std::optional<double> cpu_per_query(const Outcome& outcome) {
    if (!outcome.server_cpu_seconds || outcome.completed == 0) return std::nullopt;
    return *outcome.server_cpu_seconds * 1e6 / static_cast<double>(outcome.completed);
}

/// The share of its time that the generator itself computed; near 1 it is the limit, not the server.
double own_share(const Outcome& outcome) {
    return outcome.seconds > 0 ? outcome.own_cpu_seconds / outcome.seconds : 0;
}

void print_json(const Outcome& outcome) {
    const auto& latency = outcome.latency;
    const auto& errors = outcome.errors;
    nlohmann::ordered_json json{
        {"queries", outcome.completed},
        {"seconds", outcome.seconds},
        {"per_second", per_second(outcome)},
        {"latency_us",
         {{"p50", microseconds(latency.quantile(0.5))},
          {"p90", microseconds(latency.quantile(0.9))},
          {"p99", microseconds(latency.quantile(0.99))},
          {"p99_9", microseconds(latency.quantile(0.999))},
          {"max", microseconds(latency.max())}}},
        {"overdue", outcome.overdue},
        {"errors",
         {{"wrong", errors.wrong},
          {"malformed", errors.malformed},
          {"closed", errors.closed},
          {"unanswered", errors.unanswered}}},
        {"first_error", errors.first},
        {"server_cpu_us_per_query", nullptr},
        {"server_resident_kib", outcome.server_resident_kib},
        {"client_cpu", own_share(outcome)},
        {"idle_closed", outcome.idle_closed},
        {"dribble_closed", outcome.dribbling_closed},
        {"next", outcome.next_key},
    };
    if (const auto cpu = cpu_per_query(outcome)) json["server_cpu_us_per_query"] = *cpu;
    fmt::print("{}\n", json.dump());
}

void print_text(const Outcome& outcome) {
    const auto& latency = outcome.latency;
    const auto& errors = outcome.errors;
    fmt::print("{:.0f} queries/s ({} in {:.2f} s), {:.0f} % of a core used by the client\n",
               per_second(outcome), outcome.completed, outcome.seconds, 100 * own_share(outcome));
    fmt::print("latency us: p50 {:.1f}  p90 {:.1f}  p99 {:.1f}  p99.9 {:.1f}  max {:.1f}\n",
               microseconds(latency.quantile(0.5)), microseconds(latency.quantile(0.9)),
               microseconds(latency.quantile(0.99)), microseconds(latency.quantile(0.999)),
               microseconds(latency.max()));
    if (const auto cpu = cpu_per_query(outcome)) {
        fmt::print("server: {:.2f} us CPU per query, {} KiB resident\n", *cpu, outcome.server_resident_kib);
    }
    if (outcome.overdue > 0)
        fmt::print("{} queries were due and never asked: every connection was busy\n", outcome.overdue);
    if (outcome.idle_closed > 0)
        fmt::print("{} idle connections closed by the server\n", outcome.idle_closed);
    if (outcome.dribbling_closed > 0)
        fmt::print("{} dribbling clients dropped by the server\n", outcome.dribbling_closed);
    if (errors.total() > 0) {
        fmt::print("ERRORS: {} wrong, {} malformed, {} closed, {} unanswered; first: {}\n", errors.wrong,
                   errors.malformed, errors.closed, errors.unanswered, errors.first);
    }
}

}  // namespace

/// Exit status: 0 measured, 1 measured with errors, 2 not measured.
int main(int argc, char** argv) {
    Options options;
    CLI::App app{"Load generator for socketmap servers"};
    declare(app, options);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    try {
        nexthopd::bench::raise_file_limit();
        const auto outcome = Generator(plan_of(options), keys_of(options)).run();
        options.json ? print_json(outcome) : print_text(outcome);
        return outcome.errors.total() == 0 ? 0 : 1;
    } catch (const std::exception& error) {
        fmt::print(stderr, "nexthopd-load: {}\n", error.what());
        return 2;
    }
}
