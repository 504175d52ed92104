// Lua's patterns (reference manual, 6.4.1), matched in a bounded number of steps.
//
// Lua's own matcher can run for hours on a line of text ("(.-)(.-)(.-)x"), in C, where nothing stops it. This
// one keeps its choices on a stack of its own, of as many entries as Lua permits nested matches; it has no
// recursion and no heap, and may be left by a longjmp. Pure: it knows no Lua state. Results and errors are
// those of Lua 5.4.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "script/steps.hpp"

namespace nexthopd::script {

struct Capture {
    /// Lengths of captures that are no text.
    static constexpr std::ptrdiff_t open = -1;
    static constexpr std::ptrdiff_t position = -2;

    const char* start;
    std::ptrdiff_t length;
};

class Matcher {
  public:
    static constexpr std::size_t max_captures = 32;
    static constexpr std::size_t max_choices = 199;  // Lua's limit of 200 matches within each other

    enum class Result { matched, unmatched, stopped, malformed };

    /// `pattern` without the anchor at its start, which is the caller's affair.
    Matcher(std::string_view subject, std::string_view pattern, Steps& steps)
        : subject_begin_(subject.data()),
          subject_end_(subject.data() + subject.size()),
          pattern_begin_(pattern.data()),
          pattern_end_(pattern.data() + pattern.size()),
          steps_(steps) {}

    /// Tries to match at `at` and nowhere else. stopped: the steps are used up.
    Result match(const char* at);

    /// After matched: behind the last character.
    const char* end() const { return at_; }
    std::size_t captures() const { return captures_; }
    const Capture& capture(std::size_t number) const { return capture_[number]; }
    /// After malformed: what is wrong with the pattern, in Lua's words.
    const char* error() const { return error_.data(); }

  private:
    /// Where another way can be tried when the present one fails, or something is to be undone.
    struct Choice {
        enum class Kind : unsigned char { longest, shortest, optional, opened, closed };
        Kind kind;
        unsigned char capture;  // closed: which one
        const char* at;         // longest: the end tried last; shortest: likewise; optional: where to go on
        const char* least;      // longest: the first end allowed
        const char* item;       // shortest
        const char* rest;       // of the pattern, behind the item and its suffix
    };

    bool forward();
    bool back();
    bool repeated(const char* item, const char* item_end, const char* least);
    bool single_item();
    bool open_capture(std::ptrdiff_t length, std::size_t skip);
    bool close_capture();
    bool balanced();
    bool frontier();
    bool captured_text();
    bool push(const Choice& choice);
    bool take(std::size_t steps);
    bool fail(const char* text);
    bool wrong_capture(int number);
    const char* end_of_item(const char* item);
    bool matches_one(const char* at, const char* item, const char* item_end) const;

    const char* subject_begin_;
    const char* subject_end_;
    const char* pattern_begin_;
    const char* pattern_end_;
    Steps& steps_;
    const char* at_ = nullptr;    // in the subject
    const char* item_ = nullptr;  // in the pattern
    Result failure_ = Result::unmatched;
    std::size_t captures_ = 0;
    std::size_t choices_ = 0;
    // Not initialised, as most matches use a few entries.
    std::array<Capture, max_captures> capture_;
    std::array<Choice, max_choices> choice_;
    std::array<char, 64> error_;
};

}  // namespace nexthopd::script
