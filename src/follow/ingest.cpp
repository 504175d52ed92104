#include "follow/ingest.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "follow/rotation.hpp"

namespace nexthopd::follow {

namespace {

constexpr std::size_t block_bytes = 256 * 1024;

bool begins_with(std::string_view head, std::uint64_t hash, std::uint64_t length) {
    return length > 0 && length <= head.size() && hash_bytes(head.substr(0, length)) == hash;
}

/// Both begin the same, as far as both are known.
bool same_beginning(std::string_view a, std::string_view b) {
    const auto length = std::min(a.size(), b.size());
    return length > 0 && a.substr(0, length) == b.substr(0, length);
}

std::vector<Span> merged(std::vector<Span> spans) {
    std::sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) { return a.first < b.first; });
    std::vector<Span> out;
    for (const auto& span : spans) {
        if (!out.empty() && span.first <= out.back().last)
            out.back().last = std::max(out.back().last, span.last);
        else if (span.first < span.last)
            out.push_back(span);
    }
    return out;
}

}  // namespace

base::Result<std::vector<Span>> known_spans(std::string_view head, ledger::Store& store,
                                            const std::vector<std::string>& logs) {
    std::vector<Span> spans;
    const auto ranges = store.ranges();
    if (!ranges) return tl::unexpected(ranges.error());
    for (const auto& range : *ranges)
        if (begins_with(head, range.head_hash, range.head_length)) spans.push_back({range.first, range.last});
    const auto positions = store.positions();
    if (!positions) return tl::unexpected(positions.error());
    for (const auto& position : *positions) {
        const auto& upto = position.emitted_upto;
        if (begins_with(head, upto.head_hash, upto.head_length))
            spans.push_back({position.began, upto.offset});
        if (std::find(logs.begin(), logs.end(), position.path) == logs.end()) continue;
        for (const auto& part : unread_parts(position.path, upto))
            if (same_beginning(part.text.head(max_head), head)) spans.push_back({part.offset, UINT64_MAX});
    }
    return merged(std::move(spans));
}

Ingest::Ingest(Unpacked& text, const Parser& parser, ledger::Store& store, Options options)
    : text_(text), parser_(parser), store_(store), options_(std::move(options)) {
    buffer_.resize(max_line + block_bytes);
}

base::Result<bool> Ingest::step() {
    if (!begun_) {
        if (auto begun = begin(); !begun) return begun;
    }
    // What could not be stored waits in the batch.
    const auto from = at_;
    while (!ended_ && batch_.attempts.size() < batch_rows && at_ - from < batch_bytes) {
        const auto filled = fill();
        if (!filled) return filled;
        ended_ = !*filled;
    }
    if (auto stored = store(); !stored) return tl::unexpected(stored.error());
    return !ended_;
}

base::Result<bool> Ingest::begin() {
    const auto got = text_.read(buffer_.data(), max_head);
    if (!got) return tl::unexpected(got.error());
    filled_ = *got;
    head_.assign(buffer_.data(), filled_);
    auto known = known_spans(head_, store_, options_.logs);
    if (!known) return tl::unexpected(known.error());
    known_ = *std::move(known);
    begun_ = true;
    return true;
}

/// Reads a block and its lines. False: the text has ended.
base::Result<bool> Ingest::fill() {
    const auto got = text_.read(buffer_.data() + filled_, buffer_.size() - filled_);
    if (!got) return tl::unexpected(got.error());
    filled_ += *got;
    const char* data = buffer_.data();
    std::size_t begin = 0;
    while (const auto* found = static_cast<const char*>(std::memchr(data + begin, '\n', filled_ - begin))) {
        const auto end = static_cast<std::size_t>(found - data);
        if (!std::exchange(skipping_, false) && end - begin <= max_line)
            line({data + begin, end - begin}, at_ + end + 1);
        begin = end + 1;
    }
    if (begin == 0 && filled_ > max_line) {
        skipping_ = true;
        begin = filled_;
    }
    at_ += begin;
    done_.bytes = at_;
    filled_ -= begin;
    std::memmove(buffer_.data(), data + begin, filled_);
    return *got > 0;
}

/// `end`: behind its line end.
void Ingest::line(std::string_view line, std::uint64_t end) {
    while (!known_.empty() && known_.front().last < end) {
        first_ = known_.front().last;
        known_.erase(known_.begin());
    }
    const bool known = !known_.empty() && known_.front().first < end;
    if (known) {
        done_.known_bytes += line.size() + 1;
        if (known_.front().last - end > join_bytes) return;
    }
    ++done_.lines;
    parser_.line(line, options_.now, known ? stored_before_ : batch_.attempts, events_);
    stored_before_.clear();
    events_.clear();
    if (known) return;
    // The range grows with the rows: it is stored with them.
    const auto length = std::min<std::uint64_t>(head_.size(), max_head);
    if (batch_.ranges.empty() || batch_.ranges.back().first != first_)
        batch_.ranges.push_back({hash_bytes(head_), length, first_, end});
    batch_.ranges.back().last = end;
}

base::Result<void> Ingest::store() {
    const auto before = batch_.attempts.size();
    std::erase_if(batch_.attempts, [&](const mail::Attempt& row) { return row.time < options_.oldest; });
    done_.old_rows += before - batch_.attempts.size();
    for (auto& row : batch_.attempts)
        options_.privacy.apply(row);
    if (batch_.empty()) return {};
    if (auto stored = store_.append(batch_); !stored) return stored;
    done_.rows += batch_.attempts.size();
    batch_ = {};
    return {};
}

}  // namespace nexthopd::follow
