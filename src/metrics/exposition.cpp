#include "metrics/exposition.hpp"

#include <fmt/format.h>

#include <chrono>

namespace nexthopd::metrics {

namespace {

const char* to_text(Type type) {
    switch (type) {
        case Type::counter:
            return "counter";
        case Type::gauge:
            return "gauge";
        case Type::histogram:
            break;
    }
    return "histogram";
}

/// As a value of a label: between double quotes.
std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\' || c == '"') out += '\\';
        if (c == '\n')
            out += "\\n";
        else
            out += c;
    }
    return out;
}

double seconds(std::chrono::nanoseconds time) {
    return std::chrono::duration<double>(time).count();
}

}  // namespace

void Exposition::family(std::string_view name, Type type, std::string_view help) {
    name_ = name;
    text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, to_text(type));
}

void Exposition::sample(std::uint64_t value) {
    line({}, {}, {}, fmt::to_string(value));
}

void Exposition::sample(double value) {
    line({}, {}, {}, fmt::to_string(value));
}

void Exposition::sample(std::string_view label, std::string_view label_value, std::uint64_t value) {
    line({}, label, label_value, fmt::to_string(value));
}

void Exposition::sample(const Histogram& histogram) {
    std::uint64_t so_far = 0;  // buckets of this format contain those before them
    for (std::size_t i = 0; i < Histogram::bounds.size(); ++i) {
        so_far += histogram.counts()[i];
        line("_bucket", "le", fmt::to_string(seconds(Histogram::bounds[i])), fmt::to_string(so_far));
    }
    so_far += histogram.counts().back();
    line("_bucket", "le", "+Inf", fmt::to_string(so_far));
    line("_sum", {}, {}, fmt::to_string(seconds(histogram.sum())));
    line("_count", {}, {}, fmt::to_string(so_far));
}

void Exposition::line(std::string_view suffix, std::string_view label, std::string_view label_value,
                      std::string_view value) {
    text_ += name_;
    text_ += suffix;
    if (!label.empty()) text_ += fmt::format("{{{}=\"{}\"}}", label, escaped(label_value));
    text_ += ' ';
    text_ += value;
    text_ += '\n';
}

}  // namespace nexthopd::metrics
