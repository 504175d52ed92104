#include "serve/problems.hpp"

#include "serve/daemon.hpp"

namespace nexthopd::serve {

std::vector<std::string> problems_of(const Daemon& daemon) {
    auto out = daemon.load_state().problems;
    for (const auto& list :
         {daemon.listen_problems(), daemon.mta_problems(), daemon.ledger_health().problems})
        out.insert(out.end(), list.begin(), list.end());
    if (const auto problem = daemon.releaser().problem(); !problem.empty()) out.push_back(problem);
    return out;
}

}  // namespace nexthopd::serve
