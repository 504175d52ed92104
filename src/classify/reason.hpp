// Why a server refused or deferred mail, in a word.
#pragma once

#include <initializer_list>
#include <string_view>
#include <utility>

namespace nexthopd::classify {

/// nexthopd-replies(5) says what each stands for.
enum class Reason {
    rate,
    reputation,
    greylist,
    policy,
    auth,
    content,
    recipient,
    quota,
    domain,
    network,
    other
};

/// What shares the fate of the mail that was refused.
enum class Scope {
    recipient,  // other mail to this recipient
    message,    // this message, whoever it is for
    host,       // all mail through this server
    provider,   // all mail through the servers of its provider
};

inline const std::initializer_list<std::pair<std::string_view, Reason>> reasons{
    {"rate", Reason::rate},           {"reputation", Reason::reputation},
    {"greylist", Reason::greylist},   {"policy", Reason::policy},
    {"auth", Reason::auth},           {"content", Reason::content},
    {"recipient", Reason::recipient}, {"quota", Reason::quota},
    {"domain", Reason::domain},       {"network", Reason::network},
    {"other", Reason::other},
};
inline const std::initializer_list<std::pair<std::string_view, Scope>> scopes{
    {"recipient", Scope::recipient},
    {"message", Scope::message},
    {"host", Scope::host},
    {"provider", Scope::provider},
};

std::string_view to_text(Reason reason);
std::string_view to_text(Scope scope);

/// The scope of a rule that names none.
Scope usual_scope(Reason reason);

}  // namespace nexthopd::classify
