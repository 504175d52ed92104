// The program's log: one line per event, written by a thread of its own.
//
// A call formats the line and puts it into a bounded queue (spdlog's asynchronous logger; the lock is
// held for the move of one element, never during a write). When the queue is full the oldest line is
// lost: a stuck journal must not stop answers. Before start() and after stop() lines go nowhere.
#pragma once

#include <fmt/format.h>

#include <string_view>

namespace nexthopd::log {

enum class Target { standard_error, syslog };
enum class Level { debug, info, warning, error };

/// Opens the target and starts the writing thread. `name` is the syslog identifier.
void start(Target target, std::string_view name, Level threshold = Level::info);
/// Writes what is queued and ends the thread.
void stop();

void write(Level level, std::string_view line);
bool enabled(Level level);

template <class... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(Level::debug)) write(Level::debug, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(Level::info)) write(Level::info, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void warning(fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(Level::warning)) write(Level::warning, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(Level::error)) write(Level::error, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace nexthopd::log
