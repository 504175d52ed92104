// nexthopctl(8): asks the daemon, and checks settings and scripts without it.
#include <pwd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include <nlohmann/json.hpp>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <tuple>

#include "config/reader.hpp"
#include "ctl/check.hpp"
#include "ctl/classify.hpp"
#include "ctl/client.hpp"
#include "ctl/exim.hpp"
#include "ctl/ingest.hpp"
#include "ctl/postfix.hpp"
#include "ctl/run.hpp"
#include "ctl/show.hpp"
#include "ctl/test.hpp"

namespace {

using nexthopd::ctl::Lines;
using nlohmann::json;

constexpr const char* default_settings = "/etc/nexthopd/conf.d";
constexpr int exit_usage = 2;
constexpr int exit_unreachable = 3;

struct Request {
    json body;
    std::string (*show)(const Lines&) = nexthopd::ctl::show_plain;
};

int ask(const std::string& settings_path, const Request& request, bool as_json) {
    // Settings that do not check do not keep anyone from asking the daemon that runs with older ones.
    const auto socket = nexthopd::config::salvage(settings_path).listen.control.path;
    const auto reply = nexthopd::ctl::ask_daemon(socket, request.body);
    if (!reply) {
        std::cerr << "nexthopctl: " << reply.error().text << '\n';
        return exit_unreachable;
    }
    if (as_json) {
        for (const auto& line : reply->lines)
            std::cout << line.dump() << '\n';
    } else {
        (reply->exit == exit_usage ? std::cerr : std::cout) << request.show(reply->lines);
    }
    return reply->exit;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Asks nexthopd, and checks its settings");
    app.require_subcommand(1);
    std::string settings = default_settings;
    bool as_json = false;
    app.add_option("-c,--config", settings, "a file of settings, or a folder of *.toml files")
        ->capture_default_str();
    app.set_version_flag("--version", std::string("nexthopctl ") + NEXTHOPD_VERSION);
    app.fallthrough();
    app.add_flag("--json", as_json, "print JSON, one object a line");

    Request request;
    std::string script;
    auto* const check_command =
        app.add_subcommand("check", "check settings, script and rules, without the daemon");
    check_command->add_option("SCRIPT", script, "check this script instead of the one of the settings");

    nexthopd::ctl::RunRequest run;
    auto* const run_command = app.add_subcommand("run", "call one hook of a script, without the daemon");
    run_command->add_option("SCRIPT", run.script, "the script")->required();
    run_command->add_option("--hook", run.hook, "CheckServer, GetOverrides, ...")->required();
    run_command->add_option("--args", run.arguments, "its arguments in their order: example.com mx1.example.com")
        ->required();

    nexthopd::ctl::TestRequest tests;
    auto* const test_command = app.add_subcommand("test", "run the tests of scripts, without the daemon");
    test_command->add_option("FILE", tests.files, "backoff_test.lua tests backoff.lua beside it")->required();
    test_command->add_option("--junit", tests.junit, "also write the results into this file, as JUnit XML");

    nexthopd::ctl::ClassifyRequest classify;
    auto* const classify_command =
        app.add_subcommand("classify", "why a server refused mail, by its reply; without the daemon");
    classify_command->add_option("TEXT", classify.text,
                                 "the reply; without it, each line of standard input is one");

    const auto command = [&](const char* name, const char* help, std::string (*show)(const Lines&)) {
        auto* const sub = app.add_subcommand(name, help);
        // A command's callback runs after those of its own subcommands, which say more exactly what is meant.
        sub->callback([&request, name, show, sub] {
            if (!sub->get_subcommands().empty()) return;
            request.body["command"] = name;
            request.show = show;
        });
        return sub;
    };
    const auto text = [&](CLI::App* sub, const char* option, const char* key, const char* help) {
        return sub->add_option_function<std::string>(
            option, [&request, key](const std::string& value) { request.body[key] = value; }, help);
    };
    const auto number = [&](CLI::App* sub, const char* option, const char* key, const char* help) {
        return sub->add_option_function<std::uint64_t>(
            option, [&request, key](const std::uint64_t& value) { request.body[key] = value; }, help);
    };

    command("status", "what runs, what it answered, what is wrong", nexthopd::ctl::show_status);
    auto* const ask_command = command("ask", "what would be answered now", nexthopd::ctl::show_verdict);
    auto* const explain = command("explain", "the same, with each step", nexthopd::ctl::show_explain);
    for (auto* const sub : {ask_command, explain}) {
        text(sub, "RECIPIENT", "recipient", "user@example.com")->required();
        text(sub, "--connection", "connection", "as if asked over this connection");
        number(sub, "--size", "size", "as if the message had this size in bytes");
        number(sub, "--retries", "retries", "as if it had been tried so often");
    }
    text(command("why", "why mail is held", nexthopd::ctl::show_why), "ID", "id", "of a hold, or a queue id")
        ->required();

    auto* const holds = command("holds", "the holds in force", nexthopd::ctl::show_holds);
    holds->require_subcommand(0, 1);
    const auto holds_action = [&](const char* name, const char* body, const char* help,
                                  std::string (*show)(const Lines&)) {
        auto* const sub = holds->add_subcommand(name, help);
        sub->callback([&request, body, show] {
            request.body["command"] = body;
            request.show = show;
        });
        return sub;
    };
    holds_action("list", "holds", "list them", nexthopd::ctl::show_holds);
    auto* const clear =
        holds_action("clear", "clear", "end holds now; their mail is released", nexthopd::ctl::show_plain);
    text(clear, "ID", "id", "of the hold");
    text(clear, "--rule", "rule", "all holds of this rule");
    text(clear, "--provider", "provider", "all holds of this provider");
    if (const char* const by = std::getenv("SUDO_USER"); by != nullptr)
        request.body["by"] = by;
    else if (const auto* const user = getpwuid(getuid()); user != nullptr)
        request.body["by"] = user->pw_name;
    auto* const set = holds_action("set", "set", "hold the mail to a recipient", nexthopd::ctl::show_holds);
    text(set, "RECIPIENT", "recipient", "user@example.com")->required();
    text(set, "DURATION", "duration", "30m, 2h; at most hold.max")->required();
    text(set, "--connection", "connection", "for mail of this connection");

    auto* const attempts =
        command("attempts", "attempts of the ledger, newest first", nexthopd::ctl::show_attempts);
    text(attempts, "--server", "server", "an MX host");
    text(attempts, "--domain", "domain", "of the recipients");
    text(attempts, "--recipient", "recipient", "one recipient");
    text(attempts, "--queue-id", "queue_id", "one message");
    text(attempts, "--since", "since", "30m, 2h, 1d: not older than that");
    text(attempts, "--status", "status", "sent, deferred or bounced");
    text(attempts, "--reason", "reason", "rate, greylist, ...: what a reply was recognised as");
    number(attempts, "--limit", "limit", "at most so many (100)");
    attempts->add_flag_function(
        "--all", [&](std::int64_t) { request.body["all"] = true; },
        "also recipients of a session that is counted already");
    nexthopd::ctl::IngestRequest imported;
    auto* const ingest_command = app.add_subcommand("ingest", "import old logs into the ledger");
    ingest_command->add_option("FILE", imported.files, "oldest first; also compressed; - is standard input")
        ->required();
    ingest_command->add_option("--mta", imported.mta, "whose log it is: auto, postfix, exim")
        ->capture_default_str();
    ingest_command->add_option("--instance", imported.instance, "of the settings (the first one)");
    number(command("servers", "servers by their failures of the last hours", nexthopd::ctl::show_servers),
           "--limit", "limit", "at most so many (20)");
    text(command("provider", "whose servers take a domain's mail", nexthopd::ctl::show_provider), "DOMAIN",
         "domain", "example.com")
        ->required();
    text(command("forget", "take an address out of the ledger", nexthopd::ctl::show_plain), "ADDRESS",
         "address", "user@example.com")
        ->required();
    command("reload", "read settings and script again", nexthopd::ctl::show_plain);

    nexthopd::ctl::PostfixRequest wiring;
    using Wiring = nexthopd::ctl::PostfixRequest::Action;
    auto* const postfix = app.add_subcommand("postfix", "make Postfix ask nexthopd, or no longer");
    postfix->require_subcommand(1);
    for (const auto& [name, action, help] :
         {std::tuple("enable", Wiring::enable, "wire it, after a trial question, and reload Postfix"),
          std::tuple("disable", Wiring::disable, "take out what enable added, and reload Postfix"),
          std::tuple("status", Wiring::status, "what is wired, and the usual mistakes")}) {
        auto* const sub = postfix->add_subcommand(name, help);
        sub->callback([&wiring, chosen = action] { wiring.action = chosen; });
        sub->add_option("--instance", wiring.config_directory, "its configuration directory")
            ->capture_default_str();
        if (action != Wiring::status)
            sub->add_flag("-n,--dry-run", wiring.dry_run, "show what would be changed");
        if (action == Wiring::enable)
            sub->add_option("--surfaces", wiring.surfaces, "transport, mxfilter")
                ->delimiter(',')
                ->capture_default_str();
    }

    nexthopd::ctl::EximRequest exim_wiring;
    using EximWiring = nexthopd::ctl::EximRequest::Action;
    auto* const exim = app.add_subcommand("exim", "make Debian's Exim ask nexthopd, or no longer");
    exim->require_subcommand(1);
    for (const auto& [name, action, help] :
         {std::tuple("enable", EximWiring::enable, "wire it, after Exim has checked it, and reload Exim"),
          std::tuple("disable", EximWiring::disable, "take out what enable added, and reload Exim"),
          std::tuple("status", EximWiring::status, "whether it is wired, and the usual mistakes")}) {
        auto* const sub = exim->add_subcommand(name, help);
        sub->callback([&exim_wiring, chosen = action] { exim_wiring.action = chosen; });
        if (action != EximWiring::status)
            sub->add_flag("-n,--dry-run", exim_wiring.dry_run, "show what would be changed");
    }

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : exit_usage;
    }
    try {
        if (postfix->parsed()) {
            const int status = nexthopd::ctl::wire_postfix(wiring);
            // The daemon looks at Postfix' configuration again; if it does not run, it will when it starts.
            if (status == 0 && wiring.action != Wiring::status && !wiring.dry_run)
                static_cast<void>(nexthopd::ctl::ask_daemon(
                    nexthopd::config::salvage(settings).listen.control.path, {{"command", "reload"}}));
            return status;
        }
        if (exim->parsed()) {
            const int status =
                nexthopd::ctl::wire_exim(exim_wiring, nexthopd::config::salvage(settings));
            // The key may be new.
            if (status == 0 && exim_wiring.action == EximWiring::enable && !exim_wiring.dry_run)
                static_cast<void>(nexthopd::ctl::ask_daemon(
                    nexthopd::config::salvage(settings).listen.control.path, {{"command", "reload"}}));
            return status;
        }
        if (check_command->parsed()) return nexthopd::ctl::check(settings, script, std::cout, std::cerr);
        if (run_command->parsed()) {
            run.settings_path = settings;
            return nexthopd::ctl::run(run, std::cout, std::cerr);
        }
        if (test_command->parsed()) {
            tests.settings_path = settings;
            return nexthopd::ctl::test(tests, std::cout, std::cerr);
        }
        if (classify_command->parsed()) {
            classify.settings_path = settings;
            classify.as_json = as_json;
            return nexthopd::ctl::classify(classify, std::cin, std::cout, std::cerr);
        }
        if (ingest_command->parsed()) {
            imported.as_json = as_json;
            imported.settings_path = settings;
            return nexthopd::ctl::ingest(nexthopd::config::salvage(settings), imported);
        }
        return ask(settings, request, as_json);
    } catch (const std::exception& failure) {
        std::cerr << "nexthopctl: " << failure.what() << '\n';
        return exit_unreachable;
    }
}
