#include "ctl/test.hpp"

#include <cstdlib>
#include <fstream>
#include <memory>
#include <ostream>

#include "config/reader.hpp"
#include "rehearse/report.hpp"
#include "rehearse/test_file.hpp"
#include "serve/loading.hpp"

namespace nexthopd::ctl {

namespace {

base::Result<std::unique_ptr<rehearse::Stage>> make_stage(config::Settings settings,
                                                          const std::string& script) {
    settings.script.file = script;
    auto text = serve::read_script(settings);
    if (!text) return tl::unexpected(text.error());
    auto vm = serve::load_script(settings, *text);
    if (!vm) return tl::unexpected(vm.error());
    auto policy = serve::policy_of(settings);
    policy.script = *std::move(vm);
    return std::make_unique<rehearse::Stage>(std::move(policy));
}

}  // namespace

int test(const TestRequest& request, std::ostream& out, std::ostream& err) {
    setenv("TZ", "UTC", 1);  // os.date() gives the same everywhere
    const auto settings = config::salvage(request.settings_path);
    std::vector<rehearse::FileResult> results;
    for (const auto& file : request.files)
        results.push_back(rehearse::run_test_file(
            file, [&](const std::string& script) { return make_stage(settings, script); }));
    out << rehearse::text_report(results);
    if (!request.junit.empty()) {
        std::ofstream report(request.junit);
        report << rehearse::junit_report(results) << std::flush;
        if (!report) {
            err << "nexthopctl: " << request.junit << " cannot be written\n";
            return 1;
        }
    }
    for (const auto& result : results)
        if (!result.broken.empty() || result.failures() > 0) return 1;
    return 0;
}

}  // namespace nexthopd::ctl
