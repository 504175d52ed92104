#include "base/log.hpp"

#include <spdlog/async.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/sinks/syslog_sink.h>
#include <spdlog/spdlog.h>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
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

/// systemd says so in JOURNAL_STREAM, by device and inode (systemd.exec(5)): the variable may be left over.
bool goes_to_journal() {
    const char* const stream = std::getenv("JOURNAL_STREAM");
    struct stat file {};
    return stream != nullptr && fstat(STDERR_FILENO, &file) == 0 &&
           fmt::format("{}:{}", file.st_dev, file.st_ino) == stream;
}

/// The priority of a line, as the journal takes it: "<4>" (sd-daemon(3)).
class Priority final : public spdlog::custom_flag_formatter {
  public:
    void format(const spdlog::details::log_msg& message, const std::tm& /*time*/,
                spdlog::memory_buf_t& line) override {
        const int priority = message.level >= spdlog::level::err    ? LOG_ERR
                             : message.level == spdlog::level::warn ? LOG_WARNING
                             : message.level == spdlog::level::info ? LOG_INFO
                                                                    : LOG_DEBUG;
        fmt::format_to(std::back_inserter(line), "<{}>", priority);
    }
    std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<Priority>(); }
};

}  // namespace

void start(Target target, std::string_view name, Level threshold) {
    spdlog::sink_ptr sink;
    const std::string identifier(name);
    if (target == Target::syslog) {
        sink = std::make_shared<spdlog::sinks::syslog_sink_mt>(identifier, LOG_PID, LOG_MAIL, true);
        sink->set_pattern("%v");
    } else {
        sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
        auto with_priority = std::make_unique<spdlog::pattern_formatter>();
        with_priority->add_flag<Priority>('*').set_pattern("%*%v");  // time, name and pid it knows itself
        if (goes_to_journal())
            sink->set_formatter(std::move(with_priority));
        else
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

bool enabled(Level level) {
    return logger && level >= threshold_level.load(std::memory_order_relaxed);
}

void write(Level level, std::string_view line) {
    if (logger) logger->log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace nexthopd::log
