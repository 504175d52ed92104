#include "base/log.hpp"

#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/sinks/syslog_sink.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <memory>
#include <string>

namespace nexthopd::log {

namespace {

constexpr std::size_t queue_lines = 8192;  // about 2 MiB of ordinary lines

// The logger is set before other threads start and reset after they have ended.
std::shared_ptr<spdlog::async_logger> logger;
std::shared_ptr<spdlog::details::thread_pool> writer;
std::atomic<Level> threshold_level{Level::error};

spdlog::level::level_enum to_spdlog(Level level) {
    switch (level) {
        case Level::debug:
            return spdlog::level::debug;
        case Level::info:
            return spdlog::level::info;
        case Level::warning:
            return spdlog::level::warn;
        case Level::error:
            break;
    }
    return spdlog::level::err;
}

}  // namespace

void start(Target target, std::string_view name, Level threshold) {
    spdlog::sink_ptr sink;
    const std::string identifier(name);
    if (target == Target::syslog) {
        sink = std::make_shared<spdlog::sinks::syslog_sink_mt>(identifier, LOG_PID, LOG_MAIL, true);
        sink->set_pattern("%v");
    } else {
        sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
        sink->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %n[%P] %l: %v");
    }
    writer = std::make_shared<spdlog::details::thread_pool>(queue_lines, 1);
    logger = std::make_shared<spdlog::async_logger>(identifier, std::move(sink), writer,
                                                    spdlog::async_overflow_policy::overrun_oldest);
    logger->set_level(spdlog::level::trace);
    threshold_level = threshold;
}

void stop() {
    logger.reset();
    writer.reset();  // joins the thread after the queue is written
}

bool enabled(Level level) { return logger && level >= threshold_level.load(std::memory_order_relaxed); }

void write(Level level, std::string_view line) {
    if (logger) logger->log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace nexthopd::log
