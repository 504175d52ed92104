#include "script/pattern.hpp"

#include <cctype>
#include <cstdio>
#include <cstring>

namespace nexthopd::script {

namespace {

constexpr char escape = '%';

int byte(char c) {
    return static_cast<unsigned char>(c);
}

/// %a, %d, …; upper case is the complement; any other character stands for itself.
bool in_class(char c, char name) {
    bool is = false;
    switch (std::tolower(byte(name))) {
        case 'a':
            is = std::isalpha(byte(c)) != 0;
            break;
        case 'c':
            is = std::iscntrl(byte(c)) != 0;
            break;
        case 'd':
            is = std::isdigit(byte(c)) != 0;
            break;
        case 'g':
            is = std::isgraph(byte(c)) != 0;
            break;
        case 'l':
            is = std::islower(byte(c)) != 0;
            break;
        case 'p':
            is = std::ispunct(byte(c)) != 0;
            break;
        case 's':
            is = std::isspace(byte(c)) != 0;
            break;
        case 'u':
            is = std::isupper(byte(c)) != 0;
            break;
        case 'w':
            is = std::isalnum(byte(c)) != 0;
            break;
        case 'z':
            is = c == '\0';
            break;  // of Lua 5.1; 5.4 still has it
        case 'x':
            is = std::isxdigit(byte(c)) != 0;
            break;
        default:
            return name == c;
    }
    return std::isupper(byte(name)) != 0 ? !is : is;
}

/// `set` is at its '[', `close` at its ']'.
bool in_set(char c, const char* set, const char* close) {
    const bool complement = set[1] == '^';
    for (const char* p = set + (complement ? 2 : 1); p < close;) {
        if (*p == escape) {
            if (in_class(c, p[1])) return !complement;
            p += 2;
        } else if (p + 2 < close && p[1] == '-') {
            if (byte(p[0]) <= byte(c) && byte(c) <= byte(p[2])) return !complement;
            p += 3;
        } else if (*p++ == c) {
            return !complement;
        }
    }
    return complement;
}

/// Looking for a character in a set takes as long as the set.
std::size_t cost(const char* item, const char* item_end) {
    return 1 + static_cast<std::size_t>(item_end - item) / 2;
}

}  // namespace

Matcher::Result Matcher::match(const char* at) {
    at_ = at;
    item_ = pattern_begin_;
    failure_ = Result::unmatched;
    captures_ = 0;
    choices_ = 0;
    while (take(1)) {
        if (item_ == pattern_end_) return Result::matched;
        if (!forward() && !back()) break;
    }
    return failure_;
}

/// Goes past one item of the pattern, if it matches.
bool Matcher::forward() {
    const char next = item_ + 1 == pattern_end_ ? '\0' : item_[1];
    switch (*item_) {
        case '(':
            return next == ')' ? open_capture(Capture::position, 2) : open_capture(Capture::open, 1);
        case ')':
            return close_capture();
        case '$':
            if (item_ + 1 != pattern_end_) break;  // only at the end it is an anchor
            ++item_;
            return at_ == subject_end_;
        case escape:
            if (next == 'b') return balanced();
            if (next == 'f') return frontier();
            if (std::isdigit(byte(next)) != 0) return captured_text();
            break;
        default:
            break;
    }
    return single_item();
}

/// Takes the next way of the latest choice that has one.
bool Matcher::back() {
    if (failure_ != Result::unmatched) return false;
    while (choices_ > 0) {
        if (!take(1)) return false;
        auto& choice = choice_[choices_ - 1];
        at_ = choice.at;
        item_ = choice.rest;
        switch (choice.kind) {
            case Choice::Kind::longest:
                if (choice.at == choice.least) break;
                at_ = --choice.at;
                return true;
            case Choice::Kind::shortest: {
                const char* const item_end = choice.rest - 1;
                if (!take(cost(choice.item, item_end))) return false;
                if (!matches_one(choice.at, choice.item, item_end)) break;
                at_ = ++choice.at;
                return true;
            }
            case Choice::Kind::optional:
                --choices_;
                return true;
            case Choice::Kind::opened:
                --captures_;
                break;
            case Choice::Kind::closed:
                capture_[choice.capture].length = Capture::open;
                break;
        }
        --choices_;
    }
    return false;
}

bool Matcher::single_item() {
    const char* const item = item_;
    const char* const item_end = end_of_item(item);
    if (item_end == nullptr || !take(cost(item, item_end))) return false;
    const char suffix = item_end == pattern_end_ ? '\0' : *item_end;
    if (!matches_one(at_, item, item_end)) {
        if (suffix != '*' && suffix != '?' && suffix != '-') return false;
        item_ = item_end + 1;
        return true;
    }
    switch (suffix) {
        case '*':
            return repeated(item, item_end, at_);
        case '+':
            return repeated(item, item_end, at_ + 1);
        case '-':
            item_ = item_end + 1;
            return push({Choice::Kind::shortest, 0, at_, nullptr, item, item_});
        case '?':
            item_ = item_end + 1;
            if (!push({Choice::Kind::optional, 0, at_, nullptr, nullptr, item_})) return false;
            ++at_;
            return true;
        default:
            ++at_;
            item_ = item_end;
            return true;
    }
}

/// As often as it goes first, then one less each time, down to `least`. It matches once at least.
bool Matcher::repeated(const char* item, const char* item_end, const char* least) {
    const auto each = cost(item, item_end);
    do {
        if (!take(each)) return false;
        ++at_;
    } while (matches_one(at_, item, item_end));
    item_ = item_end + 1;
    return push({Choice::Kind::longest, 0, at_, least, nullptr, item_});
}

bool Matcher::open_capture(std::ptrdiff_t length, std::size_t skip) {
    if (captures_ == max_captures) return fail("too many captures");
    capture_[captures_++] = {at_, length};
    item_ += skip;
    return push({Choice::Kind::opened, 0, at_, nullptr, nullptr, item_});
}

/// Closes the innermost that is open.
bool Matcher::close_capture() {
    std::size_t number = captures_;
    while (number > 0 && capture_[number - 1].length != Capture::open)
        --number;
    if (number == 0) return fail("invalid pattern capture");
    auto& capture = capture_[--number];
    capture.length = at_ - capture.start;
    ++item_;
    return push({Choice::Kind::closed, static_cast<unsigned char>(number), at_, nullptr, nullptr, item_});
}

/// %bxy
bool Matcher::balanced() {
    if (pattern_end_ - item_ < 4) return fail("malformed pattern (missing arguments to '%b')");
    const char first = item_[2];
    const char last = item_[3];
    if (at_ == subject_end_ || *at_ != first) return false;
    std::size_t depth = 1;
    for (const char* p = at_ + 1; p < subject_end_; ++p) {
        if (!take(1)) return false;
        if (*p == last) {
            if (--depth > 0) continue;
            at_ = p + 1;
            item_ += 4;
            return true;
        }
        if (*p == first) ++depth;
    }
    return false;
}

/// %f[set]: the character before is not in the set, and the one behind is; beyond both ends lies '\0'.
bool Matcher::frontier() {
    const char* const set = item_ + 2;
    if (set == pattern_end_ || *set != '[') return fail("missing '[' after '%f' in pattern");
    const char* const set_end = end_of_item(set);
    if (set_end == nullptr || !take(2 * cost(set, set_end))) return false;
    const char before = at_ == subject_begin_ ? '\0' : at_[-1];
    const char behind = at_ == subject_end_ ? '\0' : *at_;
    if (in_set(before, set, set_end - 1) || !in_set(behind, set, set_end - 1)) return false;
    item_ = set_end;
    return true;
}

/// %1 … %9: what that capture matched, again.
bool Matcher::captured_text() {
    const int number = item_[1] - '0';
    const auto index = static_cast<std::size_t>(number) - 1;
    if (number == 0 || index >= captures_ || capture_[index].length == Capture::open)
        return wrong_capture(number);
    const auto [start, length] = capture_[index];
    if (length == Capture::position || subject_end_ - at_ < length) return false;
    const auto size = static_cast<std::size_t>(length);
    if (!take(size / 8) || std::memcmp(start, at_, size) != 0) return false;
    at_ += length;
    item_ += 2;
    return true;
}

bool Matcher::push(const Choice& choice) {
    if (choices_ == max_choices) return fail("pattern too complex");
    choice_[choices_++] = choice;
    return true;
}

bool Matcher::take(std::size_t steps) {
    if (steps_.take(steps)) return true;
    failure_ = Result::stopped;
    return false;
}

bool Matcher::fail(const char* text) {
    std::snprintf(error_.data(), error_.size(), "%s", text);
    failure_ = Result::malformed;
    return false;
}

bool Matcher::wrong_capture(int number) {
    std::snprintf(error_.data(), error_.size(), "invalid capture index %%%d", number);
    failure_ = Result::malformed;
    return false;
}

/// Behind a character, a class or a set; nullptr: it has no end.
const char* Matcher::end_of_item(const char* item) {
    const char* p = item + 1;
    if (*item == escape) {
        if (p != pattern_end_) return p + 1;
        fail("malformed pattern (ends with '%')");
        return nullptr;
    }
    if (*item != '[') return p;
    if (p != pattern_end_ && *p == '^') ++p;
    // The first character of a set stands for itself, also a bracket.
    for (bool first = true; p < pattern_end_; ++p, first = false) {
        if (*p == ']' && !first) return p + 1;
        if (*p == escape && p + 1 != pattern_end_) ++p;
    }
    fail("malformed pattern (missing ']')");
    return nullptr;
}

bool Matcher::matches_one(const char* at, const char* item, const char* item_end) const {
    if (at == subject_end_) return false;
    switch (*item) {
        case '.':
            return true;
        case escape:
            return in_class(*at, item[1]);
        case '[':
            return in_set(*at, item, item_end - 1);
        default:
            return *item == *at;
    }
}

}  // namespace nexthopd::script
