#include "release/exim_runs.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "catch.hpp"

using namespace nexthopd;
using namespace nexthopd::release;

namespace {

/// A folder with a program in it that notes its arguments, and what it noted.
class Notes {
  public:
    Notes() {
        std::string name = (std::filesystem::temp_directory_path() / "exim-XXXXXX").string();
        REQUIRE(mkdtemp(name.data()) != nullptr);
        folder_ = name;
        std::ofstream(program()) << "#!/bin/sh\necho \"$@\" >>" << folder_ << "/notes\n";
        chmod(program().c_str(), 0755);
    }
    ~Notes() { std::filesystem::remove_all(folder_); }
    Notes(const Notes&) = delete;
    Notes& operator=(const Notes&) = delete;

    std::string program() const { return folder_ + "/exim4"; }
    std::string path(const char* name) const { return folder_ + '/' + name; }
    std::string text() const {
        std::ostringstream out;
        out << std::ifstream(folder_ + "/notes").rdbuf();
        return out.str();
    }

  private:
    std::string folder_;
};

base::Descriptor socket_at(const std::string& path, bool listens) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    base::Descriptor out(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto* const raw = reinterpret_cast<const sockaddr*>(&address);
    REQUIRE((listens ? bind(out.get(), raw, sizeof address) : connect(out.get(), raw, sizeof address)) == 0);
    if (listens) REQUIRE(listen(out.get(), 10) == 0);
    return out;
}

std::string reply_to(const std::string& path, const std::string& request) {
    const auto connection = socket_at(path, false);
    REQUIRE(send(connection.get(), request.data(), request.size(), 0) ==
            static_cast<ssize_t>(request.size()));
    shutdown(connection.get(), SHUT_WR);
    std::string reply(256, '\0');
    const auto count = recv(connection.get(), reply.data(), reply.size(), 0);
    reply.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    return reply;
}

}  // namespace

TEST_CASE("ids that come over the socket are delivered, whatever else comes is not") {
    const Notes notes;
    const auto listening = socket_at(notes.path("socket"), true);
    EximRuns runs(notes.program());  // blocks the signals for the thread, too
    base::Result<void> served;
    std::thread server([&] { served = runs.serve(listening); });
    const std::pair<std::string, std::string> rows[] = {
        {"1vN0Ab-0004hG-2x\n", "OK\n"},
        {"1vN0Ab-00000004hGz-2xYz\n", "OK\n"},
        {"-Mrm\n", "not an id of Exim\n"},
        {"1vN0Ab-0004hG-2x; id\n", "not an id of Exim\n"},
        {"1vN0Ab-0004hG-2x", ""},  // no end
        {"\n", ""},
        {"", ""},
        {std::string(200, 'x') + '\n', ""},
    };
    for (const auto& [request, reply] : rows) {
        INFO(request);
        CHECK(reply_to(notes.path("socket"), request) == reply);
    }
    kill(getpid(), SIGTERM);
    server.join();
    CHECK(served);
    while (runs.running() > 0)
        runs.reap();
    const auto text = notes.text();
    CHECK(text.size() == std::string("-Mc 1vN0Ab-0004hG-2x\n-Mc 1vN0Ab-00000004hGz-2xYz\n").size());
    CHECK(text.find("-Mc 1vN0Ab-0004hG-2x\n") != std::string::npos);
    CHECK(text.find("-Mc 1vN0Ab-00000004hGz-2xYz\n") != std::string::npos);
}

TEST_CASE("an Exim that is not there is said") {
    EximRuns runs("/nonexistent/exim4");
    CHECK(runs.start("1vN0Ab-0004hG-2x") == "/nonexistent/exim4: No such file or directory");
    CHECK(runs.running() == 0);
}
