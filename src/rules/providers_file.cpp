#include "rules/providers_file.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "config/accept.hpp"
#include "config/named_tables.hpp"
#include "mail/host_name.hpp"

namespace nexthopd::rules {

namespace {

using config::Unfits;
using config::Value;

base::Result<std::string> host_or_domain(std::string_view text) {
    auto name = mail::domain_name(text);
    if (!name) return base::fail("this is no name of a host or domain");
    return name;
}

const std::array<config::TableKey<Provider>, 5> provider_keys{{
    {"name", true,
     [](Provider& p, const Value& v, Unfits& f) {
         to_text_value(v, p.name, f, R"("example")", config::parse_name);
     }},
    {"mx", false,
     [](Provider& p, const Value& v, Unfits& f) { to_list(v, p.mx, f, R"("mail.example.com")", parse_mx); }},
    {"domains", false,
     [](Provider& p, const Value& v, Unfits& f) {
         to_list(v, p.domains, f, R"("example.com")", host_or_domain);
     }},
    {"example", true,
     [](Provider& p, const Value& v, Unfits& f) {
         to_text_value(v, p.example, f, R"("mx1.mail.example.com")", host_or_domain);
     }},
    {"transport", false,
     [](Provider& p, const Value& v, Unfits& f) {
         to_text_value(v, p.transport, f, R"("slow")", parse_transport);
     }},
}};

base::Result<void> finish(Provider& provider, const Value::Table& /*table*/) {
    if (provider.mx.empty() && provider.domains.empty())
        return base::fail("this [[provider]] needs \"mx\" or \"domains\": else nothing belongs to it");
    return {};
}

}  // namespace

base::Result<std::string> parse_mx(std::string_view text) {
    const auto dot = text.find('.');
    const auto first = text.substr(0, dot);
    const auto star = first.find('*') != std::string_view::npos;
    if (text.find('*', first.size()) != std::string_view::npos)
        return base::fail("a star may stand in the first label only, as in \"mx*.example.com\"");
    std::string plain(text);
    if (star) std::replace(plain.begin(), plain.end(), '*', 'x');
    const auto name = mail::host_name(plain);
    if (!name || dot == std::string_view::npos)
        return base::fail(
            "write the name of a host, which stands for those below it too, or \"mx*.example.com\"");
    return star ? base::lower(text.back() == '.' ? text.substr(0, text.size() - 1) : text) : *name;
}

base::Result<std::string> parse_transport(std::string_view text) {
    const auto fits = [](char c) {
        return base::is_digit(c) || (base::ascii_lower(c) >= 'a' && base::ascii_lower(c) <= 'z') ||
               c == '-' || c == '_' || c == '.';
    };
    if (text.empty() || text.size() > 64 || !std::all_of(text.begin(), text.end(), fits))
        return base::fail(
            "write the name of a transport of master.cf: letters, digits, \"-\", \"_\" and \".\"");
    return std::string(text);
}

tl::expected<std::vector<Provider>, config::Problems> read_providers(
    const std::vector<config::Source>& sources) {
    return config::read_tables<Provider>(sources,
                                         {config::provider_tables, shipped_providers, provider_keys, finish});
}

}  // namespace nexthopd::rules
