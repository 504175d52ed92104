// Errors as values. A run-time path returns Result<T>; exceptions are for starting up only.
//
// An error's text says what is wrong and what to do, without a full stop; the caller adds where
// ("file:line: ") when it knows. It is shown to administrators as it stands, so anything that a
// stranger controls is passed through base::printable() first.
#pragma once

#include <fmt/format.h>

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace nexthopd::base {

struct Error {
    std::string text;
};

template <class T>
using Result = tl::expected<T, Error>;

/// An error value for a `return`: `return fail("{}: no such file", name);`
template <class... Args>
tl::unexpected<Error> fail(fmt::format_string<Args...> format, Args&&... args) {
    return tl::unexpected<Error>(Error{fmt::format(format, std::forward<Args>(args)...)});
}

}  // namespace nexthopd::base
