#include "keys.hpp"

#include <array>
#include <charconv>
#include <fstream>
#include <stdexcept>

namespace nexthopd::bench {

namespace {

void append_number(std::string& text, std::uint64_t number) {
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    text.append(digits.data(), end);
}

/// SplitMix64: a good mix of a counter, without state.
std::uint64_t mixed(std::uint64_t number) {
    number += 0x9E3779B97F4A7C15U;
    number = (number ^ (number >> 30U)) * 0xBF58476D1CE4E5B9U;
    number = (number ^ (number >> 27U)) * 0x94D049BB133111EBU;
    return number ^ (number >> 31U);
}

}  // namespace

Keys Keys::numbered(Order order, std::uint64_t domains, std::uint64_t first) {
    Keys keys;
    keys.order_ = order;
    keys.domains_ = domains;
    keys.next_ = first;
    return keys;
}

Keys Keys::from_file(const std::string& path) {
    Keys keys;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        if (!line.empty()) keys.lines_.push_back(line);
    }
    if (keys.lines_.empty()) throw std::runtime_error(path + ": no keys");
    return keys;
}

void Keys::append_to(std::string& text) {
    const auto number = next_++;
    if (!lines_.empty()) {
        text += lines_[number % lines_.size()];
        return;
    }
    const auto domain =
        domains_ == 0 ? number : (order_ == Order::random ? mixed(number) : number) % domains_;
    text += "user";
    append_number(text, number);
    text += "@d";
    append_number(text, domain);
    text += ".bench.example";
}

}  // namespace nexthopd::bench
