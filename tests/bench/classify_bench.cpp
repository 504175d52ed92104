// How fast replies are classified with the shipped rules.
//
//     classify_bench RULES REPLIES [SECONDS]     RULES: conf.d/replies.toml; REPLIES: JSON lines or plain
//     ones
//
// Nothing is remembered between replies but the states of the automaton. Processor time of this thread
// counts, so that other programs do not; the target is 100 000 replies a second. The last line is the worst
// case: replies made of the words of all rules, which meet no state again.
#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "classify/classifier.hpp"
#include "classify/rules_file.hpp"

using namespace nexthopd;

namespace {

double cpu_seconds() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// The value of "reply" of a line of JSON, escapes left as they are; any other line as it is.
std::string reply_of(const std::string& line) {
    constexpr std::string_view key = "\"reply\": \"";
    const auto at = line.find(key);
    if (at == std::string::npos) return line;
    auto end = at + key.size();
    while (end < line.size() && line[end] != '"')
        end += line[end] == '\\' ? 2 : 1;
    return line.substr(at + key.size(), end - at - key.size());
}

void report(const classify::Classifier& classifier, const std::vector<std::string>& replies, double seconds,
            const char* what) {
    std::size_t asked = 0;
    std::size_t answered = 0;
    std::size_t bytes = 0;
    const auto begun = cpu_seconds();
    double took = 0;
    while (took < seconds) {
        for (int i = 0; i < 16; ++i) {  // reading the clock is a system call
            const auto& reply = replies[asked++ % replies.size()];
            bytes += reply.size();
            answered += classifier.classify(reply) ? 1U : 0U;
        }
        took = cpu_seconds() - begun;
    }
    fmt::print("{:<12} {:>9.0f} replies/s of {:.0f} bytes, answered {:.3f}\n", what,
               static_cast<double>(asked) / took, static_cast<double>(bytes) / static_cast<double>(asked),
               static_cast<double>(answered) / static_cast<double>(asked));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        fmt::print(stderr, "usage: classify_bench RULES REPLIES [SECONDS]\n");
        return 2;
    }
    std::ifstream file(argv[1]);
    std::ostringstream text;
    text << file.rdbuf();
    const auto before = cpu_seconds();
    auto rules = classify::read_rules({{argv[1], text.str()}});
    const auto classifier =
        rules ? classify::Classifier::build(*std::move(rules)) : tl::unexpected(rules.error());
    if (!classifier) {
        fmt::print(stderr, "{}\n", config::to_text(classifier.error().front()));
        return 1;
    }
    fmt::print("{} rules, read and proven in {:.3f} s\n", (*classifier)->rules().size(),
               cpu_seconds() - before);
    std::vector<std::string> replies;
    std::ifstream lines(argv[2]);
    for (std::string line; std::getline(lines, line);)
        replies.push_back(reply_of(line));
    if (replies.empty()) return 2;
    const double seconds = argc > 3 ? std::atof(argv[3]) : 2;
    report(**classifier, replies, seconds / 4, "warming up");
    report(**classifier, replies, seconds, "usual");

    std::vector<std::string> words;
    for (const auto& rule : (*classifier)->rules())
        for (const auto word : base::split(rule.example, ' '))
            words.emplace_back(word);
    std::mt19937 random(1);
    std::vector<std::string> hostile;
    for (int i = 0; i < 200; ++i) {
        std::shuffle(words.begin(), words.end(), random);
        std::string reply = "450";
        for (std::size_t n = 0; reply.size() < 2'000 && n < words.size(); ++n)
            reply += ' ' + words[n];
        hostile.push_back(std::move(reply));
    }
    report(**classifier, hostile, seconds, "hostile");
    return 0;
}
