#include "ctl/postfix.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <sstream>

#include "base/child.hpp"
#include "base/descriptor.hpp"
#include "base/text.hpp"
#include "ctl/trial.hpp"
#include "mta/postconf.hpp"
#include "wiring/config_files.hpp"
#include "wiring/mistakes.hpp"

namespace nexthopd::ctl {

namespace {

constexpr std::chrono::seconds limit{20};
constexpr int not_possible = 2;

int refuse(std::string_view why, int status = 1) {
    std::cerr << "nexthopctl: " << why << '\n';
    return status;
}

/// What an instance says of itself.
class Instance {
  public:
    explicit Instance(std::string directory) : directory_(std::move(directory)) {}

    base::Result<std::string> run(const char* program, std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), {program, "-c", directory_});
        const auto done = base::run_child(arguments, limit);
        if (!done) return tl::unexpected(done.error());
        if (done->status != 0)
            return base::fail("{} ended with status {}: {}", fmt::join(arguments, " "), done->status,
                              base::trim(done->errors));
        return done->output;
    }
    base::Result<std::string> postconf(std::vector<std::string> arguments) const {
        return run("/usr/sbin/postconf", std::move(arguments));
    }
    std::string path(const char* file) const { return directory_ + '/' + file; }

  private:
    std::string directory_;
};

base::Result<std::string> read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    if (!file || !(text << file.rdbuf())) return base::fail("{} cannot be read", path);
    return std::move(text).str();
}

base::Result<wiring::ConfigFiles> read_files(const Instance& instance) {
    auto main_cf = read_file(instance.path("main.cf"));
    if (!main_cf) return tl::unexpected(main_cf.error());
    auto master_cf = read_file(instance.path("master.cf"));
    if (!master_cf) return tl::unexpected(master_cf.error());
    return wiring::ConfigFiles{*std::move(main_cf), *std::move(master_cf)};
}

/// In one step: who reads the file meets the old text or the new one. Owner and mode stay.
base::Result<void> replace_file(const std::string& path, const std::string& text) {
    struct stat old {};
    const auto failure = [&](const char* what) {
        return base::fail("{}: {}: {}", path, what, std::strerror(errno));
    };
    if (stat(path.c_str(), &old) != 0) return failure("cannot be looked at");
    const auto fresh = path + ".nexthopd";
    {
        const base::Descriptor file(open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
        if (!file || fchown(file.get(), old.st_uid, old.st_gid) != 0 ||
            fchmod(file.get(), old.st_mode & 07777U) != 0 ||
            write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
            fsync(file.get()) != 0)
            return failure("no copy can be written beside it");
    }
    if (rename(fresh.c_str(), path.c_str()) != 0) return failure("cannot be replaced");
    return {};
}

/// main.cf last when lines are taken out: what master.cf refers to is there for as long as it does.
base::Result<void> write_files(const Instance& instance, const wiring::ConfigFiles& before,
                               const wiring::ConfigFiles& after) {
    const bool grows = after.main_cf.size() >= before.main_cf.size();
    for (const bool main_cf : {grows, !grows}) {
        const auto& was = main_cf ? before.main_cf : before.master_cf;
        const auto& text = main_cf ? after.main_cf : after.master_cf;
        if (was == text) continue;
        if (auto written = replace_file(instance.path(main_cf ? "main.cf" : "master.cf"), text); !written)
            return written;
    }
    return {};
}

base::Result<wiring::Plan> plan_for(const Instance& instance, const PostfixRequest& request) {
    wiring::Plan plan;
    const auto wants = [&](std::string_view name) {
        return std::find(request.surfaces.begin(), request.surfaces.end(), name) != request.surfaces.end();
    };
    plan.transport = wants("transport");
    plan.mxfilter = wants("mxfilter");
    const auto maps = instance.postconf({"-h", "transport_maps"});
    if (!maps) return tl::unexpected(maps.error());
    plan.transport_maps = base::trim(*maps);
    const auto chroot = instance.postconf({"-Fh", "rewrite/unix/chroot"});
    if (!chroot) return tl::unexpected(chroot.error());
    plan.chroot = base::trim(*chroot);
    const auto delivery = instance.postconf({"-xh", "default_transport"});
    if (!delivery) return tl::unexpected(delivery.error());
    plan.delivery = base::trim(delivery->substr(0, delivery->find(':')));
    return plan;
}

base::Result<void> try_service(const Instance& instance, const wiring::Plan& plan) {
    Trial trial;
    for (const auto& [name, value] :
         {std::pair("queue_directory", &trial.queue_directory), std::pair("mail_owner", &trial.mail_owner)}) {
        const auto said = instance.postconf({"-xh", name});
        if (!said) return tl::unexpected(said.error());
        *value = base::trim(*said);
    }
    trial.chroot = plan.chroot != "n";
    return try_question(trial);
}

/// Changes the files, and back again where Postfix does not like them.
base::Result<void> change(const Instance& instance, const wiring::ConfigFiles& before,
                          const wiring::ConfigFiles& after) {
    if (auto written = write_files(instance, before, after); !written) return written;
    const auto checked = instance.run("/usr/sbin/postfix", {"check"});
    if (checked) return {};
    if (auto restored = write_files(instance, after, before); !restored) return restored;
    return base::fail("{}\nthe files are as they were", checked.error().text);
}

int finish(const Instance& instance, const wiring::ConfigFiles& before,
           const base::Result<wiring::ConfigFiles>& after, bool dry_run) {
    if (!after) return refuse(after.error().text);
    if (*after == before) {
        std::cout << "nothing to change\n";
        return 0;
    }
    std::cout << wiring::difference(instance.path("main.cf"), before.main_cf, after->main_cf)
              << wiring::difference(instance.path("master.cf"), before.master_cf, after->master_cf);
    if (dry_run) return 0;
    if (auto changed = change(instance, before, *after); !changed) return refuse(changed.error().text);
    if (!instance.run("/usr/sbin/postfix", {"status"})) {
        std::cout << "Postfix does not run; this takes effect when it starts\n";
        return 0;
    }
    if (auto reloaded = instance.run("/usr/sbin/postfix", {"reload"}); !reloaded)
        return refuse(reloaded.error().text);
    std::cout << "Postfix was reloaded\n";
    return 0;
}

int enable(const Instance& instance, const PostfixRequest& request) {
    const auto before = read_files(instance);
    if (!before) return refuse(before.error().text, not_possible);
    // Wired already: anew, as tables may have changed since.
    const auto bare = wiring::disabled(*before);
    if (!bare) return refuse(bare.error().text);
    const auto plan = plan_for(instance, request);
    if (!plan) return refuse(plan.error().text, not_possible);
    const auto after = wiring::enabled(*bare, *plan);
    if (after && !request.dry_run)
        if (auto tried = try_service(instance, *plan); !tried)
            return refuse(tried.error().text +
                          "\nnothing was changed; is nexthopd running? (systemctl start nexthopd)");
    return finish(instance, *before, after, request.dry_run);
}

int disable(const Instance& instance, const PostfixRequest& request) {
    const auto before = read_files(instance);
    if (!before) return refuse(before.error().text, not_possible);
    return finish(instance, *before, wiring::disabled(*before), request.dry_run);
}

int status(const Instance& instance) {
    const auto parameters = instance.postconf({"-x"});
    if (!parameters) return refuse(parameters.error().text, not_possible);
    const auto services = instance.postconf({"-P"});
    const auto entries = instance.postconf({"-M"});
    if (!services || !entries) return refuse((services ? entries : services).error().text, not_possible);
    const auto values = mta::parse_postconf(*parameters);
    const auto options = mta::parse_postconf(*services);
    const auto wired = wiring::wired(values, options);
    for (const auto& [name, is_wired] :
         {std::pair("transport", wired.transport), std::pair("mxfilter", wired.mxfilter),
          std::pair("policy", wired.policy)})
        std::cout << fmt::format("{:<10} {}\n", name, is_wired ? "wired" : "not wired");
    for (const auto& mistake : wiring::mistakes(values, options, *entries))
        std::cout << "look: " << base::printable(mistake) << '\n';
    return wired.transport ? 0 : 1;
}

}  // namespace

int wire_postfix(const PostfixRequest& request) {
    for (const auto& surface : request.surfaces)
        if (surface != "transport" && surface != "mxfilter")
            return refuse(
                fmt::format(
                    "\"{}\" cannot be wired by this command; \"transport\" and \"mxfilter\" can, for the "
                    "policy surface see nexthopd-postfix(7)",
                    base::printable(surface, 60)),
                not_possible);
    const Instance instance(request.config_directory);
    switch (request.action) {
        case PostfixRequest::Action::enable:
            return enable(instance, request);
        case PostfixRequest::Action::disable:
            return disable(instance, request);
        case PostfixRequest::Action::status:
            break;
    }
    return status(instance);
}

}  // namespace nexthopd::ctl
