#include "rehearse/report.hpp"

#include <fmt/format.h>

#include <string_view>

#include "base/text.hpp"

namespace nexthopd::rehearse {

namespace {

std::string xml(std::string_view text) {
    std::string out;
    for (const char c : base::printable(text)) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '"':
                out += "&quot;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

void describe(std::string& out, const TestResult& test) {
    out += fmt::format("  {:7}{}\n", test.failure.empty() ? "ok" : "FAILED", base::printable(test.name));
    if (test.failure.empty()) return;
    out += fmt::format("         {}\n", base::printable(test.failure));
    for (const auto& step : test.steps)
        out += fmt::format("           {}\n", base::printable(step));
}

}  // namespace

std::string text_report(const std::vector<FileResult>& files) {
    std::string out;
    std::size_t tests = 0;
    std::size_t failures = 0;
    std::size_t broken = 0;
    for (const auto& file : files) {
        out += file.file + '\n';
        if (!file.broken.empty()) out += fmt::format("  BROKEN {}\n", base::printable(file.broken));
        for (const auto& test : file.tests)
            describe(out, test);
        tests += file.tests.size();
        failures += file.failures();
        broken += file.broken.empty() ? 0 : 1;
    }
    out += fmt::format("{} test{}, {} failed", tests, tests == 1 ? "" : "s", failures);
    if (broken > 0) out += fmt::format("; {} file{} without result", broken, broken == 1 ? "" : "s");
    return out + '\n';
}

std::string junit_report(const std::vector<FileResult>& files) {
    std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
    for (const auto& file : files) {
        out += fmt::format(R"(  <testsuite name="{}" tests="{}" failures="{}" errors="{}">)"
                           "\n",
                           xml(file.file), file.tests.size(), file.failures(), file.broken.empty() ? 0 : 1);
        if (!file.broken.empty())
            out += fmt::format(R"(    <testcase name="{0}"><error message="{1}"/></testcase>)"
                               "\n",
                               xml(file.file), xml(file.broken));
        for (const auto& test : file.tests) {
            out += fmt::format(R"(    <testcase name="{}" time="{:.3f}">)", xml(test.name), test.seconds);
            if (!test.failure.empty()) {
                out += fmt::format(R"(<failure message="{}">)", xml(test.failure));
                for (const auto& step : test.steps)
                    out += xml(step) + '\n';
                out += "</failure>";
            }
            out += "</testcase>\n";
        }
        out += "  </testsuite>\n";
    }
    return out + "</testsuites>\n";
}

}  // namespace nexthopd::rehearse
