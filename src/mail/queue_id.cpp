#include "mail/queue_id.hpp"

#include "base/text.hpp"

namespace nexthopd::mail {

namespace {

bool is_base_62(char c) {
    return base::is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// `form` has a digit for each letter or digit.
bool has_form(std::string_view text, std::string_view form) {
    if (text.size() != form.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (form[i] == '-' ? text[i] != '-' : !is_base_62(text[i])) return false;
    return true;
}

}  // namespace

bool is_exim_id(std::string_view text) {
    return has_form(text, "000000-000000-00") || has_form(text, "000000-00000000000-0000");
}

}  // namespace nexthopd::mail
