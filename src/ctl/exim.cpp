#include "ctl/exim.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <vector>

#include "base/child.hpp"
#include "base/descriptor.hpp"
#include "base/text.hpp"
#include "serve/exim_keys.hpp"
#include "wiring/config_files.hpp"
#include "wiring/exim_files.hpp"

namespace nexthopd::ctl {

namespace {

constexpr std::chrono::seconds command_limit{60};
constexpr int impossible = 2;
constexpr std::array own_files{wiring::exim_key_file, wiring::exim_main_file, wiring::exim_router_file,
                               wiring::exim_template_file};

int say_no(std::string_view why, int status = 1) {
    std::cerr << "nexthopctl: " << why << '\n';
    return status;
}

base::Result<std::string> text_of_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    if (!file || !(text << file.rdbuf())) return base::fail("{} cannot be read", path);
    return std::move(text).str();
}

base::Result<std::string> run(const std::vector<std::string>& command) {
    const auto done = base::run_child(command, command_limit);
    if (!done) return tl::unexpected(done.error());
    if (done->status != 0)
        return base::fail("{} ended with status {}: {}", fmt::join(command, " "), done->status,
                          base::printable(base::trim(done->errors + done->output), 2'000));
    return done->output;
}

base::Result<void> write_file(const std::string& path, std::string_view text, mode_t mode, gid_t group) {
    const auto fresh = path + ".nexthopd-new";  // a name with a dot is not read by update-exim4.conf
    const base::Descriptor file(open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!file || fchown(file.get(), 0, group) != 0 || fchmod(file.get(), mode) != 0 ||
        write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
        fsync(file.get()) != 0 || rename(fresh.c_str(), path.c_str()) != 0)
        return base::fail("{}: cannot be written: {}", path, std::strerror(errno));
    return {};
}

class Wiring {
  public:
    Wiring(const EximRequest& request, const config::Settings& settings)
        : request_(request), settings_(settings) {}

    int run_action() {
        const auto settings_file = request_.config_directory + "/update-exim4.conf.conf";
        const auto told = text_of_file(settings_file);
        if (!told)
            return say_no(told.error().text +
                              ": this is not Debian's configuration of Exim; see \"other configurations\" in "
                              "nexthopd-exim(7)",
                          impossible);
        if (std::filesystem::exists(request_.config_directory + "/exim4.conf"))
            return say_no(request_.config_directory +
                              "/exim4.conf is there, so Exim does not read Debian's; see \"other "
                              "configurations\" in nexthopd-exim(7)",
                          impossible);
        for (const auto line : base::split(*told, '\n'))
            if (line.starts_with("dc_use_split_config="))
                split_ = line.find("true") != std::string_view::npos;
        for (const auto* const name : own_files)
            if (auto text = text_of_file(path(name))) before_[name] = *std::move(text);
        switch (request_.action) {
            case EximRequest::Action::enable:
                return enable();
            case EximRequest::Action::disable:
                return finish(wiring::exim_disabled(before_));
            case EximRequest::Action::status:
                break;
        }
        return status();
    }

  private:
    std::string path(const std::string& name) const { return request_.config_directory + '/' + name; }

    /// That of the settings; a new one where the file is not there.
    base::Result<std::string> key() const {
        const auto& file = settings_.exim.front().key_file;
        if (auto text = text_of_file(file)) return std::string(base::trim(*text));
        std::array<unsigned char, 24> bits{};
        if (getrandom(bits.data(), bits.size(), 0) != static_cast<ssize_t>(bits.size()))
            return base::fail("no random numbers: {}", std::strerror(errno));
        std::string out;
        for (const auto byte : bits)
            out += fmt::format("{:02x}", byte);
        if (request_.dry_run) return out;
        const auto* const group = getgrnam("nexthopd");
        if (group == nullptr) return base::fail("there is no group nexthopd, which has to read {}", file);
        if (auto written = write_file(file, out + '\n', 0640, group->gr_gid); !written)
            return tl::unexpected(written.error());
        std::cout << "a new key is in " << file << '\n';
        return out;
    }

    int enable() {
        if (settings_.exim.empty() || settings_.listen.exim.empty())
            return say_no(
                "nexthopd does not listen for Exim yet; write this into its settings first:\n"
                "  listen.exim = [\"inet:127.0.0.1:747\"]\n  [[exim]]",
                impossible);
        // Wired already: anew, as this version's lines may differ.
        auto bare = wiring::exim_disabled(before_);
        if (!bare) return say_no(bare.error().text);
        const auto word = key();
        if (!word) return say_no(word.error().text);
        return finish(wiring::exim_enabled(*std::move(bare), split_, *word));
    }

    static std::string text_in(const wiring::EximFiles& files, const char* name) {
        const auto found = files.find(name);
        return found == files.end() ? std::string() : found->second;
    }

    base::Result<void> put(const wiring::EximFiles& files) const {
        const auto* const group = getgrnam("Debian-exim");
        if (group == nullptr) return base::fail("there is no group Debian-exim");
        for (const auto* const name : own_files) {
            const auto found = files.find(name);
            if (found == files.end()) {
                if (unlink(path(name).c_str()) != 0 && errno != ENOENT)
                    return base::fail("{}: cannot be removed: {}", path(name), std::strerror(errno));
                continue;
            }
            if (text_in(before_, name) == found->second) continue;
            const bool secret = name == std::string_view(wiring::exim_key_file);
            auto written =
                write_file(path(name), found->second, secret ? 0640 : 0644, secret ? group->gr_gid : 0);
            if (!written) return written;
        }
        return {};
    }

    /// What Exim makes of the files as they are now, before it is in force.
    base::Result<void> check() const {
        const std::string trial = "/var/lib/exim4/config.nexthopd-trial";
        auto made = run({"/usr/sbin/update-exim4.conf", "-d", request_.config_directory, "-o", trial});
        if (made) made = run({"/usr/sbin/exim4", "-C", trial, "-bV"});
        if (made) made = run({"/usr/sbin/exim4", "-C", trial, "-bP", "router_list"});
        unlink(trial.c_str());
        if (!made) return tl::unexpected(made.error());
        const bool asks = made->find("nexthopd_ask") != std::string::npos;
        if (asks != (request_.action == EximRequest::Action::enable))
            return base::fail("Exim would {} nexthopd's routers", asks ? "still have" : "not have");
        return {};
    }

    int finish(const base::Result<wiring::EximFiles>& after) {
        if (!after) return say_no(after.error().text);
        if (*after == before_) {
            std::cout << "nothing to change\n";
            return 0;
        }
        for (const auto* const name : own_files)
            if (name != std::string_view(wiring::exim_key_file))  // what is shown may be pasted somewhere
                std::cout << wiring::difference(path(name), text_in(before_, name), text_in(*after, name));
        if (request_.dry_run) return 0;
        auto done = put(*after);
        if (done) done = check();
        if (!done) {
            const auto wanted = std::exchange(before_, *after);
            const auto restored = put(wanted);
            return say_no(done.error().text +
                          (restored ? "\nthe files are as they were" : '\n' + restored.error().text));
        }
        if (auto made = run({"/usr/sbin/update-exim4.conf"}); !made) return say_no(made.error().text);
        // Each delivery reads the configuration anew; only the daemon has to be told.
        if (run({"/etc/init.d/exim4", "reload"}))
            std::cout << "Exim was reloaded\n";
        else
            std::cout << "Exim could not be reloaded; if it does not run, this takes effect when it starts\n";
        return 0;
    }

    int status() const {
        const auto routers = run({"/usr/sbin/exim4", "-bP", "router_list"});
        if (!routers) return say_no(routers.error().text, impossible);
        const bool asks = routers->find("nexthopd_ask") != std::string::npos;
        std::cout << fmt::format("{:<10} {}\n", "routers", asks ? "wired" : "not wired");
        if (asks && !settings_.exim.empty()) {
            std::vector<std::string> problems;
            serve::EximKeys::read(settings_, problems);
            for (const auto& problem : problems)
                std::cout << "look: " << base::printable(problem) << '\n';
            const auto word = text_of_file(settings_.exim.front().key_file);
            if (word && text_in(before_, wiring::exim_key_file).find(base::trim(*word)) == std::string::npos)
                std::cout << "look: Exim's key is not that of " << settings_.exim.front().key_file
                          << ": nexthopctl exim enable writes it anew\n";
        }
        if (asks && settings_.listen.exim.empty())
            std::cout << "look: listen.exim is empty: nexthopd does not answer Exim\n";
        return asks ? 0 : 1;
    }

    EximRequest request_;
    const config::Settings& settings_;
    bool split_ = false;
    wiring::EximFiles before_;
};

}  // namespace

int wire_exim(const EximRequest& request, const config::Settings& settings) {
    return Wiring(request, settings).run_action();
}

}  // namespace nexthopd::ctl
