#include "rehearse/outcome.hpp"

#include <fmt/format.h>

#include <variant>

#include "mail/nexthop.hpp"

namespace nexthopd::rehearse {

namespace {

std::chrono::duration<double> left(const decide::Held& held, base::WallTime now) {
    return held.until - now;
}

std::string wanted_text(const Expected& expected) {
    switch (expected.kind) {
        case Expected::Kind::leave_alone:
            return "leave alone";
        case Expected::Kind::route:
            return expected.nexthop.empty() ? "route" : "route " + std::string(expected.nexthop);
        case Expected::Kind::hold:
            if (!expected.length) return "hold";
            return fmt::format("hold for {:.0f} s", std::chrono::duration<double>(*expected.length).count());
        case Expected::Kind::fail:
            break;
    }
    return "fail";
}

bool meets(const Expected& expected, const decide::Verdict& verdict, base::WallTime now) {
    switch (expected.kind) {
        case Expected::Kind::leave_alone:
            return std::holds_alternative<decide::LeaveAlone>(verdict);
        case Expected::Kind::route: {
            const auto* const route = std::get_if<decide::Route>(&verdict);
            return route != nullptr && (expected.nexthop.empty() ||
                                        mail::nexthop_text(route->map) == std::string(expected.nexthop));
        }
        case Expected::Kind::hold: {
            const auto* const held = std::get_if<decide::Held>(&verdict);
            if (held == nullptr) return false;
            return !expected.length ||
                   std::chrono::abs(left(*held, now) - std::chrono::duration<double>(*expected.length)) <=
                       std::chrono::seconds(1);
        }
        case Expected::Kind::fail:
            break;
    }
    return std::holds_alternative<decide::Fail>(verdict);
}

}  // namespace

std::string describe(const decide::Verdict& verdict, base::WallTime now) {
    struct Words {
        base::WallTime now;
        std::string operator()(const decide::LeaveAlone& alone) const {
            return fmt::format("leave alone ({}{}{})", decide::to_text(alone.cause),
                               alone.detail.empty() ? "" : ": ", alone.detail);
        }
        std::string operator()(const decide::Route& route) const {
            return "route " + mail::nexthop_text(route.map).value_or("?");
        }
        std::string operator()(const decide::HoldFor& /*not made*/) const { return "hold"; }
        std::string operator()(const decide::Held& held) const {
            return fmt::format("hold for {:.0f} s", left(held, now).count());
        }
        std::string operator()(const decide::Fail& fail) const { return fmt::format("fail ({})", fail.hook); }
    };
    return std::visit(Words{now}, verdict);
}

std::string difference(const Expected& expected, const decide::Verdict& verdict, base::WallTime now) {
    if (meets(expected, verdict, now)) return {};
    return fmt::format("expected: {}; it is: {}", wanted_text(expected), describe(verdict, now));
}

}  // namespace nexthopd::rehearse
