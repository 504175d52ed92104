#include "ctl/ingest.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <iostream>
#include <system_error>
#include <thread>
#include <utility>

#include "base/clock.hpp"
#include "base/descriptor.hpp"
#include "base/text.hpp"
#include "config/reader.hpp"
#include "config/source.hpp"
#include "ctl/progress.hpp"
#include "follow/ingest.hpp"
#include "ledger/store_sqlite.hpp"
#include "mta/postconf.hpp"
#include "serve/loading.hpp"
#include "serve/log_parser.hpp"

namespace nexthopd::ctl {

namespace {

using Steady = std::chrono::steady_clock;

constexpr std::chrono::milliseconds between_shows{200};
constexpr int exit_no = 1;
constexpr int exit_usage = 2;

volatile std::sig_atomic_t stop_asked = 0;

void ask_to_stop(int) {
    stop_asked = 1;
}

/// The rules of [[reply]], or none where they do not check: attempts without reasons are better than none.
std::shared_ptr<serve::Reasons> reasons_of(const std::string& settings_path) {
    auto reasons = std::make_shared<serve::Reasons>();
    const auto sources = config::load(settings_path);
    const auto judgement = sources ? serve::load_rules(*sources) : tl::unexpected(sources.error());
    if (judgement)
        reasons->use(judgement->classifier, nullptr);
    else
        std::cerr << "nexthopctl: without reasons: " << config::to_text(judgement.error().front()) << '\n';
    return reasons;
}

template <class Instances>
base::Result<typename Instances::value_type> chosen(const Instances& all, const std::string& name,
                                                    const char* table) {
    const auto wanted = std::find_if(all.begin(), all.end(),
                                     [&](const auto& one) { return name.empty() || one.name == name; });
    if (wanted != all.end()) return *wanted;
    if (name.empty()) return typename Instances::value_type{};
    return base::fail("--instance {}: the settings have no such [[{}]]", base::printable(name, 100), table);
}

base::Result<follow::Parser> make_parser(const config::Settings& settings, const IngestRequest& request) {
    if (request.mta != "auto" && request.mta != "postfix" && request.mta != "exim")
        return base::fail("--mta {}: write postfix or exim", base::printable(request.mta, 100));
    auto reasons = reasons_of(request.settings_path);
    if (request.mta == "exim" ||
        (request.mta == "auto" && settings.postfix.empty() && !settings.exim.empty())) {
        const auto instance = chosen(settings.exim, request.instance, "exim");
        if (!instance) return tl::unexpected(instance.error());
        dns::Self self;
        self.addresses = mta::interface_addresses();
        return serve::lines_of(serve::exim_log(*instance, self), std::move(reasons));
    }
    const auto instance = chosen(settings.postfix, request.instance, "postfix");
    if (!instance) return tl::unexpected(instance.error());
    // Without the MTA's own configuration, deliveries to this host or its relay are taken for remote ones.
    const auto facts = serve::ask_mta({*instance});
    if (!facts) std::cerr << "nexthopctl: " << facts.error().text << "\n";
    return serve::lines_of(facts ? serve::postfix_log(*instance, facts->relay_hosts, facts->self)
                                 : serve::postfix_log(*instance, {}, {}),
                           std::move(reasons));
}

/// Only one import at a time: two of the same file would both find that it is new.
base::Result<base::Descriptor> lock(const std::string& database) {
    struct stat status {};
    if (::stat(database.c_str(), &status) != 0)
        return base::fail("{}: {}; start nexthopd once, which makes it", database,
                          std::generic_category().message(errno));
    const auto path = database + ".ingest";
    base::Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!file) return base::fail("{}: {}; run this as root", path, std::generic_category().message(errno));
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0)
        return base::fail("another import is running; wait for its end");
    return file;
}

/// While the daemon runs, it gets the database's lock half of the time.
bool daemon_runs(const std::string& control) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (control.size() >= sizeof address.sun_path) return false;
    control.copy(address.sun_path, control.size());
    const base::Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

class Import {
  public:
    Import(const config::Settings& settings, ledger::Store& store, const follow::Parser& parser,
           ledger::Privacy privacy)
        : store_(store),
          parser_(parser),
          privacy_(std::move(privacy)),
          polite_(daemon_runs(settings.listen.control.path)) {
        for (const auto& instance : settings.postfix)
            logs_.push_back(instance.log);
        for (const auto& instance : settings.exim)
            logs_.push_back(instance.log);
        oldest_ = clock_.wall() - settings.ledger.retention;
    }

    /// False: it was stopped.
    base::Result<bool> run(const std::string& name) {
        const bool standard = name == "-";
        base::Descriptor file(standard ? ::dup(STDIN_FILENO) : ::open(name.c_str(), O_RDONLY | O_CLOEXEC));
        struct stat status {};
        if (!file || ::fstat(file.get(), &status) != 0)
            return base::fail("{}: {}", base::printable(name), std::generic_category().message(errno));
        if (S_ISDIR(status.st_mode)) return base::fail("{}: that is a folder", base::printable(name));
        auto text = follow::Unpacked::open(std::move(file));
        if (!text) return base::fail("{}: {}", base::printable(name), text.error().text);
        const bool regular = S_ISREG(status.st_mode);
        follow::Ingest::Options options;
        options.now = regular ? base::from_unix_seconds(status.st_mtim.tv_sec) : clock_.wall();
        options.oldest = oldest_;
        options.logs = logs_;
        options.privacy = privacy_;
        follow::Ingest ingest(*text, parser_, store_, std::move(options));
        Progress progress{standard ? "standard input" : name,
                          0,
                          regular ? static_cast<std::uint64_t>(status.st_size) : 0,
                          0,
                          {}};
        const auto begun = Steady::now();
        for (bool more = true; more && stop_asked == 0;) {
            const auto step_begun = Steady::now();
            const auto stepped = ingest.step();
            if (!stepped) return base::fail("{}: {}", base::printable(name), stepped.error().text);
            more = *stepped;
            progress.done = text->packed_bytes();
            progress.lines = ingest.done().lines;
            progress.taken = Steady::now() - begun;
            show(progress);
            if (polite_ && more) std::this_thread::sleep_for(Steady::now() - step_begun);
        }
        total_.bytes += ingest.done().bytes;
        total_.known_bytes += ingest.done().known_bytes;
        total_.lines += ingest.done().lines;
        total_.rows += ingest.done().rows;
        total_.old_rows += ingest.done().old_rows;
        return stop_asked == 0;
    }

    /// The progress line makes room for what comes.
    void clear() {
        if (shown_ > Steady::time_point{}) std::cerr << "\r\x1b[K";
    }
    const follow::Ingest::Done& total() const { return total_; }

  private:
    void show(const Progress& progress) {
        if (!terminal_ || Steady::now() - shown_ < between_shows) return;
        std::cerr << "\r\x1b[K" << progress_line(progress) << std::flush;
        shown_ = Steady::now();
    }

    base::SystemClock clock_;
    ledger::Store& store_;
    const follow::Parser& parser_;
    ledger::Privacy privacy_;
    bool polite_;
    bool terminal_ = ::isatty(STDERR_FILENO) == 1;
    Steady::time_point shown_{};
    std::vector<std::string> logs_;
    base::WallTime oldest_{};
    follow::Ingest::Done total_;
};

void print(const follow::Ingest::Done& done, bool as_json) {
    if (as_json) {
        const nlohmann::json line{{"lines", done.lines},
                                  {"attempts", done.rows},
                                  {"too_old", done.old_rows},
                                  {"bytes", done.bytes},
                                  {"known_bytes", done.known_bytes}};
        std::cout << line.dump() << '\n';
        return;
    }
    std::cout << fmt::format("{} attempts stored from {} lines\n", done.rows, done.lines);
    if (done.known_bytes > 0)
        std::cout << fmt::format("{} of {} bytes were known already, or nexthopd reads them by itself\n",
                                 done.known_bytes, done.bytes);
    if (done.old_rows > 0)
        std::cout << fmt::format("{} attempts are older than ledger.retention and were left out\n",
                                 done.old_rows);
}

}  // namespace

int ingest(const config::Settings& settings, const IngestRequest& request) {
    const auto parser = make_parser(settings, request);
    if (!parser) {
        std::cerr << "nexthopctl: " << parser.error().text << '\n';
        return exit_usage;
    }
    auto privacy = serve::privacy_of(settings.ledger);
    if (!privacy) {
        std::cerr << "nexthopctl: ledger.privacy: " << privacy.error().text << '\n';
        return exit_no;
    }
    const auto locked = lock(settings.ledger.database);
    if (!locked) {
        std::cerr << "nexthopctl: " << locked.error().text << '\n';
        return exit_no;
    }
    std::signal(SIGINT, ask_to_stop);
    std::signal(SIGTERM, ask_to_stop);
    const auto store = ledger::sqlite_store(settings.ledger.database);
    Import import(settings, *store, *parser, *std::move(privacy));
    std::string problem;
    for (const auto& file : request.files) {
        const auto went = import.run(file);
        if (!went) problem = went.error().text;
        if (!went || !*went) break;
    }
    import.clear();
    print(import.total(), request.as_json);
    if (!problem.empty()) std::cerr << "nexthopctl: " << problem << '\n';
    if (stop_asked != 0) std::cerr << "nexthopctl: stopped; the same command goes on from here\n";
    return problem.empty() && stop_asked == 0 ? 0 : exit_no;
}

}  // namespace nexthopd::ctl
