#include "mta/domain_table.hpp"

#include <chrono>

#include "base/child.hpp"
#include "base/text.hpp"

namespace nexthopd::mta {

namespace {

constexpr std::chrono::seconds postmap_limit{10};
constexpr std::string_view separators = ", \t\r\n";

bool is_own(std::string_view table) {
    if (table.substr(0, 10) != "socketmap:") return false;
    const auto name = table.substr(table.rfind(':') + 1);
    return name == "transport" || name.substr(0, 10) == "transport.";
}

}  // namespace

std::vector<std::string_view> words(std::string_view text) {
    std::vector<std::string_view> out;
    while (true) {
        const auto start = text.find_first_not_of(separators);
        if (start == std::string_view::npos) return out;
        text.remove_prefix(start);
        std::size_t end = 0;
        for (int depth = 0; end < text.size(); ++end) {
            if (text[end] == '{') ++depth;
            if (text[end] == '}' && depth > 0) --depth;
            if (depth == 0 && separators.find(text[end]) != std::string_view::npos) break;
        }
        out.push_back(text.substr(0, end));
        text.remove_prefix(end);
    }
}

std::vector<DomainTable> tables_in(std::string_view value, DomainTable::Keys keys) {
    std::vector<DomainTable> out;
    for (auto word : words(value)) {
        if (word.front() == '!' || word.front() == '/' || word.find(':') == std::string_view::npos) continue;
        while (word.substr(0, 6) == "proxy:")
            word.remove_prefix(6);
        if (!is_own(word)) out.push_back({std::string(word), keys});
    }
    return out;
}

std::vector<std::string> keys_of(DomainTable::Keys kind, std::string_view domain) {
    using Keys = DomainTable::Keys;
    std::vector<std::string> out{std::string(domain)};
    if (kind == Keys::domain) return out;
    for (auto dot = domain.find('.'); dot != std::string_view::npos; dot = domain.find('.', dot + 1)) {
        if (kind != Keys::subdomains) out.emplace_back(domain.substr(dot));
        if (kind != Keys::dotted) out.emplace_back(domain.substr(dot + 1));
    }
    if (kind == Keys::transport) out.emplace_back("*");
    return out;
}

std::set<std::string, std::less<>> parse_postmap(std::string_view text) {
    std::set<std::string, std::less<>> out;
    for (const auto line : base::split(text, '\n'))
        if (const auto end = line.find_first_of("\t "); end != std::string_view::npos && end > 0)
            out.emplace(line.substr(0, end));
    return out;
}

base::Result<std::set<std::string, std::less<>>> find_keys(const std::string& config_directory, const DomainTable& table,
                                                           const std::vector<std::string>& keys) {
    std::string input;
    for (const auto& key : keys)
        input += key + '\n';
    const auto result =
        base::run_child({"/usr/sbin/postmap", "-c", config_directory, "-q", "-", table.name}, postmap_limit, input);
    if (!result) return tl::unexpected(result.error());
    // It ends with 1 when it found nothing, and also when it could not look.
    if (result->status != 0 && !base::trim(result->errors).empty())
        return base::fail("the table {} of {} cannot be read: {}", base::printable(table.name, 200), config_directory,
                          base::printable(base::trim(result->errors), 300));
    return parse_postmap(result->output);
}

}  // namespace nexthopd::mta
