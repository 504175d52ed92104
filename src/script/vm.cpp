#include "script/vm.hpp"

#include <lua.hpp>

#include "base/text.hpp"
#include "script/answers.hpp"
#include "script/api.hpp"
#include "script/require.hpp"
#include "script/state.hpp"
#include "script/thread.hpp"

namespace nexthopd::script {

namespace {

constexpr std::array<const char*, 4> hook_names = {"GetCheckCache", "GetOverrides", "CheckServer", "FinalOverrides"};
/// Coroutines kept for reuse; more than this many questions rarely wait at once.
constexpr std::size_t max_idle_threads = 64;

/// What a script may do while its file is loaded: nothing that needs the daemon.
class LoadingHost final : public Host {
  public:
    explicit LoadingHost(const ReadModule& read) : read_(read) {}
    base::Result<std::string> module(std::string_view name) override {
        if (!read_) return base::fail("there is no file \"{}.lua\" beside the script", name);
        return read_(std::string(name));
    }
    std::uint64_t count(std::string_view, char, std::int64_t) override { return 0; }
    QueryAnswer count_longer(std::string_view, char, std::int64_t) override { return ledger::Rows{{"count"}, {{"0"}}}; }
    QueryAnswer query(std::string_view) override { return QueryFailure{"not available while the script is loaded"}; }
    void log(LogLevel, std::string_view) override {}
    std::string_view provider(std::string_view) override { return {}; }
    std::optional<LookupResult> resolve(const Lookup&) override { return LookupResult{true, {}}; }
    Request request() override { return {}; }
    bool dry_run() override { return true; }
    Store* store() override { return nullptr; }
    base::Instant now() override { return base::Instant::clock::now(); }
    base::WallTime wall() override { return base::WallTime::clock::now(); }
    std::uint64_t counted(const CountQuery&) override { return 0; }

  private:
    const ReadModule& read_;
};

class Running {
  public:
    explicit Running(const char* hook) { running_hook.store(hook, std::memory_order_relaxed); }
    ~Running() { running_hook.store(nullptr, std::memory_order_relaxed); }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
};

void push(lua_State* lua, std::string_view text) { lua_pushlstring(lua, text.data(), text.size()); }

void push_mail(lua_State* lua, const decide::MailFacts& facts) {
    lua_pushinteger(lua, facts.retries);
    lua_pushinteger(lua, static_cast<lua_Integer>(facts.size));
}

/// A copy of the base table with ConnectionId and ConnectionName; a reference to it.
int make_connection(const LuaState& state, std::string_view name, std::int64_t id) {
    lua_State* const lua = state.get();
    lua_newtable(lua);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, state.base());
    for (lua_pushnil(lua); lua_next(lua, -2) != 0;) {
        lua_pushvalue(lua, -2);
        lua_insert(lua, -2);
        lua_rawset(lua, -5);
    }
    lua_pop(lua, 1);
    lua_pushinteger(lua, id);
    lua_setfield(lua, -2, "ConnectionId");
    push(lua, name);
    lua_setfield(lua, -2, "ConnectionName");
    return luaL_ref(lua, LUA_REGISTRYINDEX);
}

}  // namespace

static_assert(no_reference == LUA_NOREF);

std::atomic<const char*> running_hook{nullptr};

Vm::Vm(const Options& options) : state_(std::make_unique<LuaState>(options.memory)) {}

Vm::~Vm() = default;

std::size_t Vm::memory_used() const { return state_->memory_used(); }
bool Vm::out_of_memory() const { return state_->full(); }

base::Result<std::unique_ptr<Vm>> Vm::load(std::string_view source, const std::string& name,
                                           const std::vector<Connection>& connections, Options options) {
    std::unique_ptr<Vm> vm(new Vm(options));  // NOLINT(cppcoreguidelines-owning-memory): private constructor
    lua_State* const lua = vm->state_->get();
    vm->name_ = name;

    lua_rawgeti(lua, LUA_REGISTRYINDEX, vm->state_->base());
    add_vpop3(lua);
    add_nexthop(lua);
    add_require(lua);
    lua_settop(lua, 0);

    Thread thread(*vm->state_);
    if (source.substr(0, 3) == "\xEF\xBB\xBF") source.remove_prefix(3);  // a byte order mark, from Windows editors
    if (luaL_loadbufferx(thread.get(), source.data(), source.size(), ("@" + name).c_str(), "t") != LUA_OK)
        return base::fail("{}", error_text(thread.get(), -1));
    vm->state_->set_main(thread.get());
    LoadingHost host(options.read_module);
    switch (thread.load(host, base::Instant::clock::now() + options.load_time)) {
        case Thread::State::finished:
            break;
        case Thread::State::out_of_time:
            return base::fail("{}: the file ran for more than {} ms; functions are to be defined there, not called", name,
                              std::chrono::duration_cast<std::chrono::milliseconds>(options.load_time).count());
        default:
            return base::fail("{}", thread.error());
    }
    if (auto found = vm->find_hooks(); !found) return tl::unexpected(found.error());
    vm->state_->tune_collector();
    vm->connections_.emplace_back(Connection{}, make_connection(*vm->state_, "", 0));
    for (const auto& connection : connections)
        vm->connections_.emplace_back(connection, make_connection(*vm->state_, connection.name, connection.id));
    return vm;
}

base::Result<void> Vm::find_hooks() {
    lua_State* const lua = state_->get();
    for (std::size_t i = 0; i < hook_names.size(); ++i) {
        lua_rawgeti(lua, LUA_REGISTRYINDEX, state_->base());
        push(lua, hook_names[i]);
        lua_rawget(lua, -2);
        if (lua_isfunction(lua, -1)) {
            lua_Debug debug{};
            lua_pushvalue(lua, -1);
            lua_getinfo(lua, ">S", &debug);
            functions_[i].line = debug.linedefined;
            functions_[i].reference = luaL_ref(lua, LUA_REGISTRYINDEX);
        } else if (!lua_isnil(lua, -1)) {
            return base::fail("{}: {} is a {}; a function is expected", name_, hook_names[i], luaL_typename(lua, -1));
        }
        lua_settop(lua, 0);
    }
    return {};
}

decide::Hooks Vm::hooks() const {
    const auto has = [&](Hook hook) { return functions_[static_cast<std::size_t>(hook)].reference != LUA_NOREF; };
    return {has(Hook::get_check_cache), has(Hook::get_overrides), has(Hook::check_server), has(Hook::final_overrides)};
}

int Vm::connection(std::string_view name) {
    for (const auto& [known, reference] : connections_)
        if (known.name == name) return reference;
    return LUA_NOREF;
}

HookRun::HookRun(std::shared_ptr<Vm> vm, Host& host, std::string_view connection) : vm_(std::move(vm)), host_(host) {
    connection_ = vm_->connection(connection);
    if (connection_ == LUA_NOREF) {
        // A map name whose connection has no [[connection]] table: named, without an id.
        connection_ = make_connection(*vm_->state_, connection, 0);
        own_connection_ = true;
    }
    if (vm_->idle_.empty()) {
        thread_ = std::make_unique<Thread>(*vm_->state_);
    } else {
        thread_ = std::move(vm_->idle_.back());
        vm_->idle_.pop_back();
    }
}

HookRun::~HookRun() {
    if (thread_->reusable() && !own_connection_ && lua_status(thread_->get()) == LUA_OK &&
        vm_->idle_.size() < max_idle_threads) {
        if (!clear_) thread_->clear();
        thread_->forget_domain();
        vm_->idle_.push_back(std::move(thread_));
    }
    if (own_connection_) luaL_unref(vm_->state_->get(), LUA_REGISTRYINDEX, connection_);
}

const PendingQuery* HookRun::pending_query() const { return thread_->pending_query(); }
const Lookup* HookRun::pending_lookup() const { return thread_->pending_lookup(); }
const std::string& HookRun::error() const { return thread_->error(); }

const char* HookRun::hook_name() const { return hook_names[static_cast<std::size_t>(hook_)]; }

void HookRun::push_hook(Hook hook, std::string_view domain) {
    hook_ = hook;
    lua_State* const lua = thread_->get();
    thread_->keep_domain(domain);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, vm_->functions_[static_cast<std::size_t>(hook)].reference);
    lua_pushvalue(lua, Thread::domain_index);
}

HookRun::State HookRun::run(int arguments, base::Instant limit) {
    clear_ = false;
    const Running running(hook_name());
    return thread_->run(arguments, host_, connection_, limit);
}

HookRun::State HookRun::get_check_cache(std::string_view domain, const decide::MailFacts& facts, base::Instant limit) {
    push_hook(Hook::get_check_cache, domain);
    push_mail(thread_->get(), facts);
    return run(3, limit);
}

HookRun::State HookRun::get_overrides(std::string_view domain, const decide::MailFacts& facts, base::Instant limit) {
    push_hook(Hook::get_overrides, domain);
    push_mail(thread_->get(), facts);
    return run(3, limit);
}

HookRun::State HookRun::check_server(std::string_view domain, std::string_view server, const decide::MailFacts& facts,
                               bool default_result, base::Instant limit) {
    push_hook(Hook::check_server, domain);
    push(thread_->get(), server);
    push_mail(thread_->get(), facts);
    lua_pushboolean(thread_->get(), default_result ? 1 : 0);
    return run(5, limit);
}

HookRun::State HookRun::final_overrides(std::string_view domain, const decide::MailFacts& facts,
                                  std::span<const decide::Candidate> servers, base::Instant limit) {
    push_hook(Hook::final_overrides, domain);
    lua_State* const lua = thread_->get();
    push_mail(lua, facts);
    lua_createtable(lua, static_cast<int>(servers.size()), 0);
    lua_Integer number = 0;
    for (const auto& server : servers) {
        lua_createtable(lua, 0, 3);
        push(lua, server.host);
        lua_setfield(lua, -2, "server");
        lua_pushinteger(lua, server.preference);
        lua_setfield(lua, -2, "preference");
        lua_pushinteger(lua, server.port);
        lua_setfield(lua, -2, "port");
        lua_rawseti(lua, -2, ++number);
    }
    return run(4, limit);
}

HookRun::State HookRun::resume(Awaited result, base::Instant limit) {
    const Running running(hook_name());
    return thread_->resume(std::move(result), limit);
}

template <class T>
base::Result<T> HookRun::finish(base::Result<T> answer) {
    thread_->clear();
    clear_ = true;
    if (answer) return answer;
    return base::fail("{}:{}: {}: {}", vm_->name_, vm_->functions_[static_cast<std::size_t>(hook_)].line, hook_name(),
                      answer.error().text);
}

base::Result<std::optional<bool>> HookRun::check_cache_answer() { return finish(read_check_cache(thread_->get())); }
base::Result<decide::Overrides> HookRun::overrides_answer() { return finish(read_overrides(thread_->get())); }
base::Result<decide::ServerAnswer> HookRun::server_answer() { return finish(read_server_answer(thread_->get())); }

}  // namespace nexthopd::script
