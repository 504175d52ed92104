// The real follower of logs (follow::Recorder, the Postfix parser, the SQLite store), which ends itself by
// SIGKILL at a named point. Without one it ends when all is read and stored.
//
//     kill-follower LOG DATABASE [POINT N [STEPS PAUSE]]
//
// POINT is what is counted; at the N-th time the process ends:
//   read      bytes of the log have been read, and none of their lines was parsed
//   join      a line has been parsed
//   commit    a batch is about to be stored, pages are written to the write-ahead log, or it was stored
//   rotate    another file of the log is opened
// At the N-th reading the log is rotated, by one STEP or two; the process ends PAUSE readings later:
//   rename        1: LOG is renamed to LOG.1   2: a new LOG is there
//   copytruncate  1: LOG is copied to LOG.1    2: LOG is empty
//
// The functions of the C library below stand before those of libc, for SQLite too: nothing of this is in the
// program that is installed.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "follow/recorder.hpp"
#include "ledger/store_sqlite.hpp"
#include "maillog/postfix_log.hpp"

using namespace nexthopd;

namespace {

struct Plan {
    std::string log;
    std::string point;
    long left = -1;  // until the point is reached; negative: it was, or there is none
    int steps = 0;
    long pause = -1;
};
Plan plan;

void reached(const char* point) {
    if (plan.point == point && --plan.left == 0) ::kill(::getpid(), SIGKILL);
}

std::string name_of(int descriptor) {
    char name[4096];
    const auto length =
        ::readlink(("/proc/self/fd/" + std::to_string(descriptor)).c_str(), name, sizeof name);
    return {name, length > 0 ? static_cast<std::size_t>(length) : 0};
}

bool is_log(const std::string& name) {
    return name.starts_with(plan.log);
}

void rotate() {
    namespace fs = std::filesystem;
    if (plan.point == "rename") {
        fs::rename(plan.log, plan.log + ".1");
        if (plan.steps > 1) std::ofstream(plan.log);
    } else {
        fs::copy_file(plan.log, plan.log + ".1");
        if (plan.steps > 1) fs::resize_file(plan.log, 0);
    }
    plan.pause = plan.pause < 0 ? 0 : plan.pause;
}

/// Bytes were read from the log.
void was_read(int descriptor) {
    if (plan.point.empty() || !is_log(name_of(descriptor))) return;
    reached("read");
    if (plan.point != "rename" && plan.point != "copytruncate") return;
    if (plan.left < 0) {
        if (--plan.pause < 0) ::kill(::getpid(), SIGKILL);
    } else if (--plan.left <= 0) {
        plan.left = -1;
        rotate();
        if (plan.pause == 0) ::kill(::getpid(), SIGKILL);
    }
}

template <class Function>
Function libc(const char* name) {
    return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

bool is_wal(int descriptor) {
    return plan.point == "commit" && name_of(descriptor).ends_with("-wal");
}

}  // namespace

extern "C" {

ssize_t pread(int descriptor, void* to, size_t size, off_t offset) {
    static const auto real = libc<ssize_t (*)(int, void*, size_t, off_t)>("pread");
    const auto got = real(descriptor, to, size, offset);
    was_read(descriptor);
    return got;
}

ssize_t pwrite64(int descriptor, const void* from, size_t size, off64_t offset) {
    static const auto real = libc<ssize_t (*)(int, const void*, size_t, off64_t)>("pwrite64");
    if (is_wal(descriptor)) {
        if (plan.left == 1) real(descriptor, from, size / 2, offset);  // torn
        reached("commit");
    }
    return real(descriptor, from, size, offset);
}

int open(const char* path, int flags, ...) {
    static const auto real = libc<int (*)(const char*, int, ...)>("open");
    va_list rest;
    va_start(rest, flags);
    const auto mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    if (is_log(path)) reached("rotate");
    return real(path, flags, mode);
}

}  // extern "C"

namespace {

class CountingStore final : public ledger::Store {
  public:
    explicit CountingStore(const std::string& path) : store_(ledger::sqlite_store(path)) {}
    base::Result<void> append(const ledger::Batch& batch) override {
        reached("commit");
        auto done = store_->append(batch);
        reached("commit");
        return done;
    }
    base::Result<std::vector<mail::Hold>> load_holds() override { return store_->load_holds(); }
    base::Result<std::vector<ledger::Position>> positions() override { return store_->positions(); }
    base::Result<std::vector<ledger::Range>> ranges() override { return store_->ranges(); }
    base::Result<std::optional<std::string>> cursor(std::string_view source) override {
        return store_->cursor(source);
    }
    base::Result<std::uint64_t> roll_up(std::uint32_t) override { return 0; }
    base::Result<void> forget(const std::string&, std::uint32_t, ledger::ForgetProgress&) override { return {}; }
    base::Result<std::uint64_t> prune(const ledger::Retention&) override { return 0; }
    base::Result<void> recent(base::WallTime, const std::function<void(const ledger::Cell&)>&) override {
        return {};
    }

  private:
    std::unique_ptr<ledger::Store> store_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    boost::asio::io_context io(1);
    base::SystemClock clock;
    maillog::PostfixLog parser(maillog::PostfixLog::Options{{"postfix", {}, {}, {}}});

    follow::LedgerOptions options;
    options.batch = std::chrono::milliseconds(0);
    options.look = std::chrono::milliseconds(1);
    options.retry = std::chrono::milliseconds(1);
    options.sources.push_back({argv[1],
                               {[&](std::string_view line, base::WallTime now, auto& attempts, auto& events) {
                                    parser.line(line, now, attempts, events);
                                    reached("join");
                                },
                                [&] { return parser.first_open_line(); }}});

    follow::Recorder* recorder = nullptr;
    follow::Health last;
    int quiet = 0;
    follow::Callbacks callbacks;
    callbacks.ready = [](const follow::Ready&) {};
    callbacks.learnt = [&](const follow::Learnt&) {
        boost::asio::post(io, [&] { recorder->acknowledge(); });
    };
    callbacks.health = [&](const follow::Health& health) {
        for (const auto& problem : health.problems)
            std::fprintf(stderr, "%s\n", problem.c_str());
        quiet = health.bytes_behind == 0 && health.rows_waiting == 0 && health.lines_read == last.lines_read
                    ? quiet + 1
                    : 0;
        last = health;
        if (quiet > 5) io.stop();
    };
    auto store = std::make_unique<CountingStore>(argv[2]);
    if (auto known = store->positions(); !known || (known->empty() && argc > 3)) return 3;
    if (argc > 4) {
        plan.log = argv[1];
        plan.left = std::atol(argv[4]);
        if (argc > 6) {
            plan.steps = std::atoi(argv[5]);
            plan.pause = std::atol(argv[6]);
        }
        plan.point = argv[3];
    }
    follow::Recorder made(io, std::move(options), std::move(store), clock, std::move(callbacks));
    recorder = &made;
    made.start();
    io.run();
    return made.commit() ? 0 : 1;
}
