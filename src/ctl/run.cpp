#include "ctl/run.hpp"

#include <ostream>

#include "base/text.hpp"
#include "config/reader.hpp"
#include "rehearse/single_hook.hpp"
#include "serve/loading.hpp"

namespace nexthopd::ctl {

int run(const RunRequest& request, std::ostream& out, std::ostream& err) {
    auto settings = config::salvage(request.settings_path);
    settings.script.file = request.script;
    auto text = serve::read_script(settings);
    const auto vm = text ? serve::load_script(settings, *text) : tl::unexpected(text.error());
    if (!vm) {
        err << vm.error().text << '\n';
        return 1;
    }
    const auto outcome = rehearse::run_hook(*vm, {request.hook, request.arguments, settings.ledger.database});
    if (!outcome) {
        err << base::printable(outcome.error().text) << '\n';
        return 1;
    }
    for (const auto& step : outcome->steps) {
        // What the script prints stands as it is; what it asked is indented.
        if (step.what == "print")
            out << base::printable(step.detail) << '\n';
        else
            out << "    " << step.what << ": " << base::printable(step.detail) << '\n';
    }
    out << request.hook << " returned " << outcome->returned << '\n';
    return 0;
}

}  // namespace nexthopd::ctl
