// given.*, at() and after(): what a test says of the world.
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "mail/recipient.hpp"
#include "rehearse/play.hpp"
#include "script/arguments.hpp"

namespace nexthopd::rehearse {

namespace {

constexpr lua_Integer most_attempts = 100'000;
constexpr std::int64_t longest = 366 * 86'400;  // seconds

// No object with a destructor may live where Lua raises an error.

/// given.mx(domain, {"mx1.example.com", {server = "mx2.example.com", preference = 20}, ...})
int given_mx(lua_State* lua) {
    auto& stage = Play::stage_of(lua, "given.mx");
    std::size_t length = 0;
    const char* const domain = luaL_checklstring(lua, 1, &length);
    luaL_checktype(lua, 2, LUA_TTABLE);
    const auto count = luaL_len(lua, 2);
    // First whether all are well, then what has to be freed.
    for (lua_Integer i = 1; i <= count; ++i) {
        if (lua_geti(lua, 2, i) == LUA_TTABLE) {
            script::check_keys(lua, lua_gettop(lua), "given.mx", {"server", "preference"});
            if (script::text_field(lua, lua_gettop(lua), "given.mx", "server").empty())
                luaL_error(lua, "given.mx: host %d has no server", static_cast<int>(i));
            script::integer_field(lua, lua_gettop(lua), "given.mx", "preference", 0, 0);
        } else if (lua_type(lua, -1) != LUA_TSTRING) {
            luaL_error(lua, "given.mx: host %d is a %s; a name is expected", static_cast<int>(i),
                       luaL_typename(lua, -1));
        }
        lua_pop(lua, 1);
    }
    std::vector<mail::MxHost> hosts;
    for (lua_Integer i = 1; i <= count; ++i) {
        mail::MxHost host;
        host.preference = static_cast<std::uint16_t>(10 * i);
        if (lua_geti(lua, 2, i) == LUA_TTABLE) {
            const int at = lua_gettop(lua);
            host.name = script::text_field(lua, at, "given.mx", "server");
            host.preference = static_cast<std::uint16_t>(
                script::integer_field(lua, at, "given.mx", "preference", host.preference, 0));
        } else {
            host.name = lua_tostring(lua, -1);
        }
        lua_pop(lua, 1);
        hosts.push_back(std::move(host));
    }
    stage.set_mx({domain, length}, std::move(hosts));
    return 0;
}

/// Whole attempts from the fields of one.
std::vector<mail::Attempt> attempts_of(std::string_view server, std::string_view domain,
                                       std::string_view recipient, std::string_view result,
                                       std::string_view reason, lua_Integer count, base::WallTime first,
                                       std::chrono::seconds every) {
    mail::Attempt one;
    one.instance = "postfix";
    one.server = server;
    one.recipient = recipient.empty() ? fmt::format("somebody@{}", domain) : std::string(recipient);
    one.domain =
        domain.empty() ? std::string(recipient.substr(recipient.rfind('@') + 1)) : std::string(domain);
    one.address = "192.0.2.1";
    one.result = result;
    one.code = static_cast<int>(base::parse_number(result.substr(0, 3)).value_or(0));
    if (const auto second = result.substr(0, result.find(' ', 4)); second.size() >= 9 && second[5] == '.')
        one.dsn = second.substr(4);
    one.reason = reason;
    one.status = result.front() == '2'   ? mail::Status::sent
                 : result.front() == '5' ? mail::Status::bounced
                                         : mail::Status::deferred;
    one.stage = one.status == mail::Status::sent ? mail::Stage::eod : mail::Stage::rcpt;
    std::vector<mail::Attempt> out;
    for (lua_Integer i = 0; i < count; ++i) {
        one.time = first + i * every;
        one.session = static_cast<std::uint64_t>(i + 1);
        one.queue_id = fmt::format("4HISTORY{:06}", i);
        out.push_back(one);
    }
    return out;
}

/// given.attempts{server =, domain = | recipient =, result = "450 4.2.1 ...", reason =, count = 1, ago =
/// "10m", every = "1m"}: the first of them so long ago, the others after it.
int given_attempts(lua_State* lua) {
    constexpr const char* name = "given.attempts";
    auto& stage = Play::stage_of(lua, name);
    luaL_checktype(lua, 1, LUA_TTABLE);
    lua_settop(lua, 1);
    script::check_keys(lua, 1, name,
                       {"server", "domain", "recipient", "result", "reason", "count", "ago", "every"});
    const auto field = [&](const char* key) { return script::text_field(lua, 1, name, key); };
    const auto server = field("server");
    const auto domain = field("domain");
    const auto recipient = field("recipient");
    const auto result = field("result");
    const auto reason = field("reason");
    if (server.empty()) luaL_error(lua, "%s: server is missing", name);
    if (result.size() < 3 || (result.front() != '2' && result.front() != '4' && result.front() != '5'))
        luaL_error(lua, "%s: result has to begin with a code, as in \"450 4.2.1 try later\"", name);
    const auto count = script::integer_field(lua, 1, name, "count", 1, 1);
    if (count > most_attempts)
        luaL_error(lua, "%s: count is more than %I", name, static_cast<LUAI_UACINT>(most_attempts));
    const auto ago = std::chrono::seconds(script::seconds_field(lua, 1, name, "ago", 1, longest));
    const auto every = std::chrono::seconds(script::seconds_field(lua, 1, name, "every", longest, longest));
    const bool spread = every != std::chrono::seconds(longest);
    if (spread && (count - 1) * every > ago)
        luaL_error(lua, "%s: the last of them would lie in the future", name);
    auto& play = Play::of(lua);
    {
        auto added = stage.add(
            attempts_of(server, domain.empty() && recipient.empty() ? "example.com" : domain, recipient,
                        result, reason, count, stage.time() - ago, spread ? every : std::chrono::seconds(0)));
        play.text = added ? "" : added.error().text;
    }
    return play.text.empty() ? 0 : luaL_error(lua, "%s: %s", name, play.text.c_str());
}

/// given.mail{size =, retries =, sender =, queue_id =, connection =}: of the questions that follow.
int given_mail(lua_State* lua) {
    constexpr const char* name = "given.mail";
    auto& stage = Play::stage_of(lua, name);
    luaL_checktype(lua, 1, LUA_TTABLE);
    lua_settop(lua, 1);
    script::check_keys(lua, 1, name, {"size", "retries", "sender", "queue_id", "connection"});
    const auto size = script::integer_field(lua, 1, name, "size", 0, 0);
    const auto retries = script::integer_field(lua, 1, name, "retries", 0, 0);
    const auto sender = script::text_field(lua, 1, name, "sender");
    const auto queue_id = script::text_field(lua, 1, name, "queue_id");
    const auto connection = script::text_field(lua, 1, name, "connection");
    StagedMail mail;
    mail.size = static_cast<std::uint64_t>(size);
    mail.retries = static_cast<std::uint32_t>(retries);
    mail.sender = sender;
    if (!queue_id.empty()) mail.queue_id = queue_id;
    mail.connection = connection;
    stage.set_mail(std::move(mail));
    return 0;
}

/// nullopt: neither `YYYY-MM-DD HH:MM` nor `HH:MM`, the next one.
std::optional<base::WallTime> read_time(std::string_view text, base::WallTime now) {
    if (text.size() == 5) {
        const auto day = std::chrono::floor<std::chrono::days>(now);
        const auto today = base::ledger_time(day).substr(0, 11);
        const auto then = base::parse_ledger_time(today + std::string(text) + ":00");
        if (then && *then < now) return *then + std::chrono::days(1);
        return then;
    }
    return base::parse_ledger_time(std::string(text) + (text.size() == 16 ? ":00" : ""));
}

/// at("10:15"), at("2026-11-22 10:15"): time goes on to then, UTC.
int at(lua_State* lua) {
    auto& stage = Play::stage_of(lua, "at");
    const char* const text = luaL_checkstring(lua, 1);
    const auto then = read_time(text, stage.time());
    if (!then) return luaL_argerror(lua, 1, R"("10:15" or "2026-11-22 10:15" is expected)");
    if (*then < stage.time()) return luaL_argerror(lua, 1, "time does not go back");
    stage.move(*then - stage.time());
    return 0;
}

/// after("10m")
int after(lua_State* lua) {
    auto& stage = Play::stage_of(lua, "after");
    stage.move(base::Duration(script::nanoseconds_argument(lua, 1)));
    return 0;
}

}  // namespace

void add_given(lua_State* lua) {
    constexpr luaL_Reg functions[] = {
        {"mx", given_mx}, {"attempts", given_attempts}, {"mail", given_mail}, {nullptr, nullptr}};
    luaL_newlib(lua, functions);
    lua_setglobal(lua, "given");
    lua_register(lua, "at", at);
    lua_register(lua, "after", after);
}

}  // namespace nexthopd::rehearse
