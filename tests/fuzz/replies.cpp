// Any bytes as a rules file, and as replies to the rules that came out of it: no crash, nothing unbounded,
// and a wait that a sender can keep.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.hpp"
#include "classify/classifier.hpp"
#include "classify/reply_text.hpp"
#include "classify/rules_file.hpp"
#include "classify/stated_wait.hpp"

namespace {

using namespace nexthopd;

void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "broken: %s\n", what);
    std::abort();
}

void check(const classify::Classifier& classifier, std::string_view reply) {
    const auto found = classifier.classify(reply);
    if (found && found->wait)
        require(*found->wait >= classify::StatedWait::least && *found->wait <= classify::StatedWait::most,
                "wait");
}

const classify::Classifier& fixed_rules() {
    static const auto classifier = *classify::Classifier::build(*classify::read_rules({{"rules.toml", R"(
[[reply]]
name = "wait"
reason = "greylist"
pattern = 'wait|in '
wait = '(?P<clock>\d+:[\d:]+)|(?P<seconds>\d+) s|(?P<minutes>\d+) m|(?P<days>\d+) d'
example = "wait 1 s"
example_wait = "1s"
[[reply]]
name = "stage"
reason = "policy"
stage = ["mail", "rcpt"]
pattern = 'no'
example = "no"
)"}}));
    return *classifier;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    // What stands before the first line of hyphens is a rules file, the rest a reply.
    const auto cut = input.find("\n---\n");
    const auto reply = cut == std::string_view::npos ? input : input.substr(cut + 5);
    const auto text = classify::reply_text(reply).text;
    require(text.size() <= classify::max_reply, "bounded text");
    for (const char c : text)
        require(static_cast<unsigned char>(c) >= ' ', "one line");
    if (base::is_utf8(reply)) require(base::is_utf8(text), "no character is cut");
    check(fixed_rules(), reply);
    if (cut == std::string_view::npos || cut > 4'096) return 0;
    auto rules = classify::read_rules({{"rules.toml", std::string(input.substr(0, cut))}});
    if (!rules) {
        require(!rules.error().empty(), "a refusal has a reason");
        return 0;
    }
    auto classifier = classify::Classifier::build(*std::move(rules));
    if (classifier) check(**classifier, reply);
    return 0;
}
