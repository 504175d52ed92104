// nexthop.request: what is known of the mail.
#include "script/api.hpp"
#include "script/thread.hpp"

namespace nexthopd::script {

namespace {

void set_text(lua_State* lua, const char* key, std::string_view text) {
    lua_pushlstring(lua, text.data(), text.size());
    lua_setfield(lua, -2, key);
}

/// __index of nexthop: only what it does not hold comes here, so counts cost no more for it. The table is
/// made anew each time: a call sees its own request, also after it has waited.
int index(lua_State* lua) {
    std::size_t length = 0;
    const char* const key = lua_tolstring(lua, 2, &length);
    if (key == nullptr || std::string_view(key, length) != "request") return 0;
    const auto request = Thread::of(lua).host().request();
    lua_createtable(lua, 0, 9);
    set_text(lua, "connection", request.connection);
    set_text(lua, "recipient", request.recipient);
    set_text(lua, "sender", request.sender);
    set_text(lua, "queue_id", request.queue_id);
    set_text(lua, "mta", request.mta);
    set_text(lua, "mode", request.mode);
    lua_pushinteger(lua, static_cast<lua_Integer>(request.size));
    lua_setfield(lua, -2, "size");
    lua_pushinteger(lua, request.retries);
    lua_setfield(lua, -2, "retries");
    lua_pushboolean(lua, request.exact ? 1 : 0);
    lua_setfield(lua, -2, "exact");
    return 1;
}

}  // namespace

void add_request(lua_State* lua) {
    lua_createtable(lua, 0, 2);
    lua_pushcfunction(lua, index);
    lua_setfield(lua, -2, "__index");
    lua_pushboolean(lua, 0);
    lua_setfield(lua, -2, "__metatable");
    lua_setmetatable(lua, -2);
}

}  // namespace nexthopd::script
