#include "base/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "base/clock.hpp"
#include "base/descriptor.hpp"

namespace nexthopd::base {

namespace {

constexpr std::size_t max_output = 64U << 20U;
constexpr std::size_t max_errors = 4096;

struct Pipe {
    Descriptor read_end;
    Descriptor write_end;
};

Result<Pipe> make_pipe() {
    std::array<int, 2> fds{};
    if (pipe2(fds.data(), O_CLOEXEC) != 0) return fail("pipe: {}", std::strerror(errno));
    return Pipe{Descriptor(fds[0]), Descriptor(fds[1])};
}

/// Spawn attributes that are freed with the scope.
class Actions {
  public:
    Actions() {
        posix_spawn_file_actions_init(&actions_);
        posix_spawnattr_init(&attributes_);
        // The daemon ignores SIGPIPE and may block others; the child starts like from a shell.
        sigset_t none;
        sigset_t pipe_signal;
        sigemptyset(&none);
        sigemptyset(&pipe_signal);
        sigaddset(&pipe_signal, SIGPIPE);
        posix_spawnattr_setsigmask(&attributes_, &none);
        posix_spawnattr_setsigdefault(&attributes_, &pipe_signal);
        posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }
    ~Actions() {
        posix_spawn_file_actions_destroy(&actions_);
        posix_spawnattr_destroy(&attributes_);
    }
    Actions(const Actions&) = delete;
    Actions& operator=(const Actions&) = delete;
    void redirect(int from, int to) { posix_spawn_file_actions_adddup2(&actions_, from, to); }
    const posix_spawn_file_actions_t* actions() const { return &actions_; }
    const posix_spawnattr_t* attributes() const { return &attributes_; }

  private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

/// Appends what can be read; false at the end of the stream. Past the limit bytes are dropped.
bool read_some(int fd, std::string& into, std::size_t limit) {
    std::array<char, 65536> buffer{};
    const auto count = read(fd, buffer.data(), buffer.size());
    if (count < 0) return errno == EINTR || errno == EAGAIN;
    if (count == 0) return false;
    const auto room = limit - std::min(limit, into.size());
    into.append(buffer.data(), std::min(room, static_cast<std::size_t>(count)));
    return true;
}

/// A file in memory, to be read from its beginning: unlike a pipe it never waits for its reader.
Result<Descriptor> file_of(std::string_view content) {
    Descriptor file(memfd_create("input", MFD_CLOEXEC));
    if (!file) return fail("memfd_create: {}", std::strerror(errno));
    for (auto left = content; !left.empty();) {
        const auto count = write(file.get(), left.data(), left.size());
        if (count < 0) return fail("memfd: {}", std::strerror(errno));
        left.remove_prefix(static_cast<std::size_t>(count));
    }
    lseek(file.get(), 0, SEEK_SET);
    return file;
}

int wait_for(pid_t child) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

Result<ChildResult> run_child(const std::vector<std::string>& command, std::chrono::milliseconds limit,
                              std::string_view input) {
    if (command.empty() || command.front().empty() || command.front().front() != '/')
        return fail("a command has to begin with an absolute path");
    auto output = make_pipe();
    auto errors = make_pipe();
    const auto file = file_of(input);
    if (!file) return tl::unexpected(file.error());
    if (!output) return tl::unexpected(output.error());
    if (!errors) return tl::unexpected(errors.error());
    Actions actions;
    actions.redirect(file->get(), 0);
    actions.redirect(output->write_end.get(), 1);
    actions.redirect(errors->write_end.get(), 2);

    std::vector<std::string> words = command;
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (auto& word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    std::string path = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
    std::string language = "LANG=C.UTF-8";
    std::array<char*, 3> environment = {path.data(), language.data(), nullptr};
    pid_t child = 0;
    const int spawned = posix_spawn(&child, command.front().c_str(), actions.actions(), actions.attributes(),
                                    arguments.data(), environment.data());
    if (spawned != 0) return fail("{}: {}", command.front(), std::strerror(spawned));
    output->write_end.reset();
    errors->write_end.reset();

    ChildResult result;
    const auto end = Instant::clock::now() + limit;
    // A child may close its output and go on: its end is waited for in the same way.
    // By its number: glibc 2.36 declares pidfd_open() without C linkage.
    const Descriptor ended(static_cast<int>(syscall(SYS_pidfd_open, child, 0)));
    std::array<pollfd, 3> waiting = {
        {{output->read_end.get(), POLLIN, 0}, {errors->read_end.get(), POLLIN, 0}, {ended.get(), POLLIN, 0}}};
    while (waiting[0].fd >= 0 || waiting[1].fd >= 0 || waiting[2].fd >= 0) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Instant::clock::now()).count();
        const int ready = left <= 0 ? 0 : poll(waiting.data(), waiting.size(), static_cast<int>(left));
        if (ready == 0) {
            kill(child, SIGKILL);
            wait_for(child);
            return fail("{}: did not end within {} ms", command.front(), limit.count());
        }
        if (ready < 0) continue;
        if (waiting[0].revents != 0 && !read_some(waiting[0].fd, result.output, max_output)) waiting[0].fd = -1;
        if (waiting[1].revents != 0 && !read_some(waiting[1].fd, result.errors, max_errors)) waiting[1].fd = -1;
        if (waiting[2].revents != 0) waiting[2].fd = -1;
    }
    result.status = wait_for(child);
    return result;
}

}  // namespace nexthopd::base
