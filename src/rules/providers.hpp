// Domains and MX hosts -> the provider that they belong to.
//
// A host is looked up by its name and each of the names above it: the cost grows with its labels, not with
// the number of providers. The longest name that matches wins.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "base/string_hash.hpp"
#include "config/source.hpp"
#include "mail/mx_set.hpp"
#include "rules/provider.hpp"

namespace nexthopd::rules {

/// They do not change: a reload builds others.
class Providers {
  public:
    Providers() = default;
    /// Or everything that is wrong with them together: entries that two of them have, entries that can never
    /// be what decides, examples that belong elsewhere.
    static tl::expected<std::shared_ptr<const Providers>, config::Problems> build(std::vector<Provider> list);

    /// nullptr: none. Names are in lower case, without a final dot.
    const Provider* of_host(std::string_view host) const;
    const Provider* of_domain(std::string_view domain) const;
    /// By its name, or else by its servers, which all have to be of one provider: nobody's mail shares a
    /// provider's fate because one of his MX records names it.
    const Provider* of(std::string_view domain, const mail::MxSet& set) const;

    const Provider* find(std::string_view name) const;
    const std::vector<Provider>& list() const { return list_; }
    /// Some provider has a transport.
    bool transports() const { return transports_; }

  private:
    struct Entry {
        std::string first;  // the first label with its star, left of the key; empty: any, and the key itself
        std::uint32_t provider = 0;
    };
    using Names = boost::unordered_flat_map<std::string, std::uint32_t, base::StringHash, std::equal_to<>>;
    class Building;

    std::vector<Provider> list_;
    boost::unordered_flat_map<std::string, std::vector<Entry>, base::StringHash, std::equal_to<>> hosts_;
    Names domains_;
    Names names_;
    bool transports_ = false;
};

}  // namespace nexthopd::rules
