#include "script/thread.hpp"

#include <fmt/format.h>

#include <exception>

#include "mail/host_name.hpp"

namespace nexthopd::script {

Thread::Thread(LuaState& state) : state_(state) {
    lua_State* const main = state_.get();
    lua_ = lua_newthread(main);
    reference_ = luaL_ref(main, LUA_REGISTRYINDEX);
    *static_cast<Thread**>(lua_getextraspace(lua_)) = this;
    new_globals();
}

Thread::~Thread() {
    // Not lua_resetthread(): it would run __close metamethods, which no time limit holds.
    luaL_unref(state_.get(), LUA_REGISTRYINDEX, reference_);
    state_.drop_globals(globals_);
}

void Thread::new_globals() {
    state_.drop_globals(globals_);
    lua_newtable(lua_);
    lua_createtable(lua_, 0, 2);
    lua_pushboolean(lua_, 0);
    lua_setfield(lua_, -2, "__metatable");
    lua_setmetatable(lua_, -2);
    lua_pushvalue(lua_, -1);
    globals_ = luaL_ref(lua_, LUA_REGISTRYINDEX);
    if (lua_gettop(lua_) > globals_index) lua_replace(lua_, globals_index);
    connection_ = LUA_NOREF;
}

void Thread::keep_domain(std::string_view domain) {
    if (lua_gettop(lua_) < domain_index) lua_pushlstring(lua_, domain.data(), domain.size());
}

Thread::State Thread::run(int arguments, Host& host, int connection, base::Instant limit) {
    host_ = &host;
    if (connection != connection_) {
        lua_getmetatable(lua_, globals_index);
        lua_rawgeti(lua_, LUA_REGISTRYINDEX, connection);
        lua_setfield(lua_, -2, "__index");
        lua_pop(lua_, 1);
        connection_ = connection;
    }
    state_.use_globals(globals_);
    return step(arguments, limit);
}

Thread::State Thread::resume(Awaited result, base::Instant limit) {
    std::visit([&](auto& what) { answer_ = std::move(what); }, result);
    state_.use_globals(globals_);
    return step(0, limit);
}

Thread::State Thread::load(Host& host, base::Instant limit) {
    host_ = &host;
    return step(0, limit);
}

Thread::State Thread::step(int arguments, base::Instant limit) {
    steps_.set_limit(limit);
    limit_ = limit;
    int results = 0;
    int status = LUA_OK;
    {
        const LuaState::Running running(state_, lua_, &Thread::on_count);
        status = lua_resume(lua_, nullptr, arguments, &results);
    }
    if (state_.exhausted() || status == LUA_ERRMEM) {
        reusable_ = false;
        error_ = "not enough memory";
        if (state_.long_text()) error_ += fmt::format(": a text has at most {} bytes", LuaState::max_text);
        return State::failed;
    }
    if (out_of_time_) {
        reusable_ = false;
        return State::out_of_time;
    }
    if (status == LUA_OK) return State::finished;
    if (status == LUA_YIELD) return State::waiting;
    reusable_ = false;
    error_ = error_text(lua_, -1);
    return State::failed;
}

int Thread::stop(lua_State* lua) {
    auto& self = of(lua);
    self.out_of_time_ = true;
    if (lua_isyieldable(lua) != 0) return lua_yield(lua, 0);
    lua_sethook(lua, &Thread::on_count, LUA_MASKCOUNT, 1);
    return luaL_error(lua, "the time of the hook is over");
}

void Thread::on_count(lua_State* lua, lua_Debug* /*debug*/) {
    const auto& self = of(lua);
    if (self.out_of_time_ || self.state_.exhausted() || std::chrono::steady_clock::now() >= self.limit_)
        stop(lua);
}

void Thread::charge(lua_State* lua, std::size_t steps) {
    auto& self = of(lua);
    if (self.out_of_time_ || !self.steps_.charge(steps)) stop(lua);
}

void Thread::clear() {
    lua_settop(lua_, domain_index);
    lua_pushnil(lua_);
    if (lua_next(lua_, globals_index) == 0) return;
    lua_pop(lua_, 2);
    new_globals();
}

bool Thread::fetch_module(std::string_view name) {
    auto text = host_->module(name);
    text_ = text ? *std::move(text) : std::move(text.error().text);
    return text.has_value();
}

void Thread::query(std::string_view sql) {
    try {
        keep(host_->query(sql));
    } catch (const std::exception& failure) {
        answer_ = QueryFailure{failure.what()};
    }
}

void Thread::count_longer(std::string_view server, char result_class, std::int64_t seconds) {
    try {
        keep(host_->count_longer(server, result_class, seconds));
    } catch (const std::exception& failure) {
        answer_ = QueryFailure{failure.what()};
    }
}

void Thread::keep(QueryAnswer answer) {
    std::visit([&](auto& what) { answer_ = std::move(what); }, answer);
}

bool Thread::resolve(Lookup::Kind kind, std::string_view name) {
    auto host = mail::host_name(name);
    if (!host) return false;
    Lookup lookup{kind, *std::move(host)};
    if (auto known = host_->resolve(lookup))
        answer_ = *std::move(known);
    else
        answer_ = std::move(lookup);
    return true;
}

}  // namespace nexthopd::script
