// A zone in memory and the answers of a resolver that knows nothing else: MX semantics without a network.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "dns/mx.hpp"

namespace nexthopd::dns::test {

class Zone {
  public:
    Zone& mx(const std::string& owner, std::uint16_t preference, const std::string& exchange,
             int ttl = 3600) {
        names_.insert(owner);
        mx_.push_back({to_name(owner), std::chrono::seconds(ttl), preference, to_name(exchange)});
        return *this;
    }
    Zone& address(const std::string& owner, const std::string& text, int ttl = 3600) {
        names_.insert(owner);
        addresses_.push_back(
            {to_name(owner), std::chrono::seconds(ttl), boost::asio::ip::make_address(text)});
        return *this;
    }
    Zone& cname(const std::string& owner, const std::string& target, int ttl = 3600) {
        names_.insert(owner);
        cnames_[owner] = {to_name(owner), std::chrono::seconds(ttl), to_name(target)};
        return *this;
    }
    Zone& exists(const std::string& owner) {
        names_.insert(owner);
        return *this;
    }
    Zone& servfail(const std::string& owner, Type type) {
        servfail_.insert({owner, type});
        return *this;
    }
    /// Answers to questions about that name are validated (AD).
    Zone& validated(const std::string& name) {
        validated_.insert(name);
        return *this;
    }
    /// Like a server that is responsible for a part only: aliases are not followed any further.
    Zone& single_step() {
        single_step_ = true;
        return *this;
    }
    Zone& with_additional() {
        additional_ = true;
        return *this;
    }

    Answer ask(const Question& question) const {
        Answer answer;
        answer.rcode = Rcode::noerror;
        answer.recursive = true;
        answer.question = question;
        answer.empty = false;
        answer.authentic = validated_.contains(question.name);
        if (fails(question.name, question.type)) return failure(answer);
        std::string name = question.name;
        // Like real resolvers, this one gives up on endless chains after showing some links.
        for (int links = 0; cnames_.contains(name) && links < 17; ++links) {
            answer.cnames.push_back(cnames_.at(name));
            name = answer.cnames.back().target.text;
            if (single_step_) return answer;
            if (fails(name, question.type)) return failure(answer);
        }
        for (const auto& record : mx_) {
            if (question.type == Type::mx && record.owner.text == name) answer.mx.push_back(record);
        }
        for (const auto& record : addresses_) {
            if (record.owner.text == name && question.type == (record.address.is_v4() ? Type::a : Type::aaaa))
                answer.addresses.push_back(record);
            for (const auto& mx : answer.mx) {
                if (additional_ && mx.exchange.text == record.owner.text) answer.additional.push_back(record);
            }
        }
        if (answer.mx.empty() && answer.addresses.empty()) {
            answer.negative_ttl = std::chrono::seconds(300);
            if (!names_.contains(name)) answer.rcode = Rcode::nxdomain;
        }
        return answer;
    }

    Addresses addresses(const std::string& host) const {
        const auto a = ask({host, Type::a});
        const auto aaaa = ask({host, Type::aaaa});
        return combine(addresses_in(&a, host, Type::a), addresses_in(&aaaa, host, Type::aaaa));
    }

    /// Drives the lookup to its end. `questions`: how many MX questions it took.
    MxFound look_up(const std::string& domain, const Self& self = {}, int* questions = nullptr) const {
        MxLookup lookup(domain);
        while (lookup.need() == MxLookup::Need::mx) {
            const auto answer = ask({lookup.name(), Type::mx});
            lookup.take_mx(&answer);
            if (questions != nullptr) ++*questions;
        }
        if (lookup.need() == MxLookup::Need::addresses) lookup.take_addresses(addresses(lookup.name()));
        for (const auto& host : lookup.hosts_without_addresses())
            lookup.take_host(host, addresses(host));
        return std::move(lookup).finish(self);
    }

  private:
    static Name to_name(const std::string& text) { return {text, mail::host_name(text).has_value()}; }
    bool fails(const std::string& name, Type type) const { return servfail_.contains({name, type}); }
    static Answer failure(Answer answer) {
        answer.rcode = Rcode::servfail;
        answer.cnames.clear();
        return answer;
    }

    std::set<std::string> validated_;
    std::set<std::string> names_;
    std::vector<MxRecord> mx_;
    std::vector<AddressRecord> addresses_;
    std::map<std::string, CnameRecord> cnames_;
    std::set<std::pair<std::string, Type>> servfail_;
    bool single_step_ = false;
    bool additional_ = false;
};

}  // namespace nexthopd::dns::test
