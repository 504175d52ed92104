#include "mail/attempt.hpp"

namespace nexthopd::mail {

char result_class(const Attempt& attempt) { return attempt.result.empty() ? '0' : attempt.result.front(); }

const char* to_text(Status status) {
    switch (status) {
        case Status::sent:
            return "sent";
        case Status::deferred:
            return "deferred";
        case Status::bounced:
            break;
    }
    return "bounced";
}

const char* to_text(Stage stage) {
    switch (stage) {
        case Stage::connect:
            return "connect";
        case Stage::greeting:
            return "greeting";
        case Stage::ehlo:
            return "ehlo";
        case Stage::tls:
            return "tls";
        case Stage::mail:
            return "mail";
        case Stage::rcpt:
            return "rcpt";
        case Stage::data:
            return "data";
        case Stage::eod:
            return "eod";
        case Stage::relay:
            break;
    }
    return "relay";
}

const char* to_text(Mta mta) { return mta == Mta::exim ? "exim" : "postfix"; }

const char* to_text(Mode mode) { return mode == Mode::probe ? "probe" : "delivery"; }

}  // namespace nexthopd::mail
