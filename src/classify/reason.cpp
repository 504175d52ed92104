#include "classify/reason.hpp"

namespace nexthopd::classify {

namespace {

template <class Value>
std::string_view word_for(std::initializer_list<std::pair<std::string_view, Value>> words, Value wanted) {
    for (const auto& [word, value] : words)
        if (value == wanted) return word;
    return {};
}

}  // namespace

std::string_view to_text(Reason reason) {
    return word_for(reasons, reason);
}

std::string_view to_text(Scope scope) {
    return word_for(scopes, scope);
}

Scope usual_scope(Reason reason) {
    switch (reason) {
        case Reason::greylist:
        case Reason::recipient:
        case Reason::quota:
        case Reason::domain:
            return Scope::recipient;
        case Reason::policy:
        case Reason::auth:
        case Reason::content:
            return Scope::message;
        case Reason::rate:
        case Reason::reputation:
        case Reason::network:
        case Reason::other:
            break;
    }
    return Scope::host;
}

}  // namespace nexthopd::classify
