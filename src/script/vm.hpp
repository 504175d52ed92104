// A loaded script, and the hooks of one question run in it.
//
// A Vm is made on any thread and then belongs to the answering thread. It is replaced whole when the
// script changes; calls that are under way keep the old one alive.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "decide/decision.hpp"
#include "decide/question.hpp"
#include "script/host.hpp"

namespace nexthopd::script {

class LuaState;
class Thread;

/// A connection as scripts see it.
struct Connection {
    std::string name;     // ConnectionName; empty: the default connection
    std::int64_t id = 0;  // ConnectionId
};

/// Lua's mark for "no value" in its registry (LUA_NOREF): its header stays inside this folder.
constexpr int no_reference = -2;

enum class Hook { get_check_cache, get_overrides, check_server, final_overrides };

/// The text of `name`.lua in the script's folder, or why it cannot be had.
using ReadModule = std::function<base::Result<std::string>(const std::string& name)>;

class Vm {
  public:
    struct Options {
        ReadModule read_module;                        // for require(); empty: there are no other files
        std::size_t memory = 64U << 20U;               // bytes, enforced by the allocator
        base::Duration load_time = std::chrono::seconds(2);  // for the main function of the file
    };

    /// Compiles and runs the file. `name` is what errors call it. The error has file and line.
    static base::Result<std::unique_ptr<Vm>> load(std::string_view source, const std::string& name,
                                                  const std::vector<Connection>& connections, Options options);
    ~Vm();

    decide::Hooks hooks() const;
    std::size_t memory_used() const;
    /// A hook has filled the memory. The script may keep what filled it: load it anew.
    bool out_of_memory() const;

  private:
    friend class HookRun;
    struct Function {
        int reference = no_reference;  // no_reference: the script does not define it
        int line = 0;
    };

    explicit Vm(const Options& options);
    base::Result<void> find_hooks();
    int connection(std::string_view name);

    std::unique_ptr<LuaState> state_;
    std::string name_;
    std::array<Function, 4> functions_;
    std::vector<std::pair<Connection, int>> connections_;  // with the reference of the table behind the globals
    std::vector<std::unique_ptr<Thread>> idle_;            // coroutines for reuse: a new one costs 1 µs
};

/// The hook that runs at this moment, on the answering thread; nullptr: none. For the watchdog.
extern std::atomic<const char*> running_hook;

/// The hooks of one question: all are about the same domain. Hold the Vm by shared_ptr for as long.
class HookRun {
  public:
    HookRun(std::shared_ptr<Vm> vm, Host& host, std::string_view connection);
    ~HookRun();
    HookRun(const HookRun&) = delete;
    HookRun& operator=(const HookRun&) = delete;

    using State = HookState;

    /// Starts a hook; it is stopped at `limit`. `waiting`: find what is pending, and go on with resume().
    State get_check_cache(std::string_view domain, const decide::MailFacts& facts, base::Instant limit);
    State get_overrides(std::string_view domain, const decide::MailFacts& facts, base::Instant limit);
    State check_server(std::string_view domain, std::string_view server, const decide::MailFacts& facts,
                       bool default_result, base::Instant limit);
    State final_overrides(std::string_view domain, const decide::MailFacts& facts,
                          std::span<const decide::Candidate> servers, base::Instant limit);
    State resume(Awaited result, base::Instant limit);
    /// While waiting: one of them.
    const PendingQuery* pending_query() const;
    const Lookup* pending_lookup() const;

    /// After finished, each once: the answer of that hook, or what is wrong with it.
    base::Result<std::optional<bool>> check_cache_answer();
    base::Result<decide::Overrides> overrides_answer();
    base::Result<decide::ServerAnswer> server_answer();
    /// After failed: file, line and text.
    const std::string& error() const;
    /// The hook that ran last, by its name in Lua.
    const char* hook_name() const;

  private:
    void push_hook(Hook hook, std::string_view domain);
    State run(int arguments, base::Instant limit);
    template <class T>
    base::Result<T> finish(base::Result<T> answer);

    std::shared_ptr<Vm> vm_;
    Host& host_;
    int connection_ = no_reference;
    bool own_connection_ = false;
    bool clear_ = true;  // nothing of a call is left in the thread
    std::unique_ptr<Thread> thread_;
    Hook hook_ = Hook::get_check_cache;
};

}  // namespace nexthopd::script
