// One Lua coroutine in which the hooks of a question run, one after the other.
//
// The bottom of its stack is kept between the hooks: the table of globals, and the domain that all of them
// are about. Pushing the domain anew would hash it each time.
//
// It is stopped from outside: a count hook looks at the clock every 1 000 instructions and, past the
// limit, yields the whole call out; the coroutine is thrown away. An error would not do: pcall and
// xpcall catch it. Where Lua cannot yield (inside a sort comparator or a gsub callback) the count hook
// raises an error, again at each instruction. Functions of the library that loop in C, where no
// instruction is counted, charge what they do.
#pragma once

#include <lua.hpp>

#include <string>
#include <string_view>
#include <variant>

#include "base/clock.hpp"
#include "script/host.hpp"
#include "script/state.hpp"
#include "script/steps.hpp"

namespace nexthopd::script {

class Thread {
  public:
    using State = HookState;

    explicit Thread(LuaState& state);
    ~Thread();
    Thread(const Thread&) = delete;
    Thread& operator=(const Thread&) = delete;

    lua_State* get() const { return lua_; }

    static constexpr int globals_index = 1;
    static constexpr int domain_index = 2;
    /// To be called between hooks: the domain of the question, made at the first of them.
    void keep_domain(std::string_view domain);

    /// Runs the function below the topmost `arguments` values, until `limit`. Globals that it assigns go
    /// to this thread's table; `connection` is a registry reference to the table behind it.
    /// waiting: for what is pending; failed: error() says why.
    State run(int arguments, Host& host, int connection, base::Instant limit);
    State resume(Awaited result, base::Instant limit);
    /// Runs the main function of a file: globals go to the base table.
    State load(Host& host, base::Instant limit);

    /// While waiting: one of them.
    const PendingQuery* pending_query() const { return std::get_if<PendingQuery>(&answer_); }
    const Lookup* pending_lookup() const { return std::get_if<Lookup>(&answer_); }
    const std::string& error() const { return error_; }
    /// False after a call that did not end by itself: throw the thread away.
    bool reusable() const { return reusable_; }
    /// Drops results, and the globals that the call assigned.
    void clear();
    /// The question is over: the next one may be about another domain.
    void forget_domain() { lua_settop(lua_, globals_index); }

    /// The thread that runs: for the functions of the API.
    static Thread& of(lua_State* lua) { return **static_cast<Thread**>(lua_getextraspace(lua)); }
    Host& host() const { return *host_; }
    /// For functions that loop in C, before they do: does not return when the time of the call does not
    /// suffice.
    static void charge(lua_State* lua, std::size_t steps);
    /// For the steps of a match.
    Steps& steps() { return steps_; }
    LuaState& state() const { return state_; }
    /// Asks the host for the text of a module. False: text() is then why there is none.
    bool fetch_module(std::string_view name);
    /// A text that a function of the API needs for longer than Lua's errors let it keep one of its own.
    std::string& text() { return text_; }
    /// Asks the host and keeps its answer for continue_query().
    void query(std::string_view sql);
    void count_longer(std::string_view server, char result_class, std::int64_t seconds);
    /// The same of records in DNS. False: text() is not the name of a host.
    bool resolve(Lookup::Kind kind, std::string_view name);
    using Answer = std::variant<ledger::Rows, PendingQuery, QueryFailure, Lookup, LookupResult>;
    const Answer& answer() const { return answer_; }

  private:
    /// Ends the call for lack of time; returns only to a count hook.
    static int stop(lua_State* lua);
    static void on_count(lua_State* lua, lua_Debug* debug);
    State step(int arguments, base::Instant limit);
    void new_globals();

    LuaState& state_;
    lua_State* lua_ = nullptr;
    int reference_ = LUA_NOREF;
    int globals_ = LUA_NOREF;  // also at the bottom of the stack, which is out of reach while a call waits
    int connection_ = LUA_NOREF;
    Host* host_ = nullptr;
    base::Instant limit_{};
    Steps steps_;
    bool out_of_time_ = false;
    bool reusable_ = true;
    void keep(QueryAnswer answer);
    Answer answer_;
    std::string text_;
    std::string error_;
};

}  // namespace nexthopd::script
