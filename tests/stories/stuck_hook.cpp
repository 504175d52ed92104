// Preloaded by a story, in the place of a hook that finds a way around its limits: while the file named by
// NEXTHOPD_STUCK exists, a hook that is begun never comes back.
#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>

struct lua_State;

extern "C" int lua_resume(lua_State* lua, lua_State* from, int arguments, int* results) {
    static const char* const file = std::getenv("NEXTHOPD_STUCK");
    static auto* const real = reinterpret_cast<int (*)(lua_State*, lua_State*, int, int*)>(dlsym(RTLD_NEXT, "lua_resume"));
    while (file != nullptr && access(file, F_OK) == 0)
        pause();
    return real(lua, from, arguments, results);
}
