#include "ctl/check.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <ostream>
#include <vector>

#include "config/reader.hpp"
#include "config/schema.hpp"
#include "review/names.hpp"
#include "review/remarks.hpp"
#include "script/known_names.hpp"
#include "serve/loading.hpp"

namespace nexthopd::ctl {

namespace {

/// The script and the files that it requires; how many remarks there are.
std::size_t tell_remarks(const std::string& file, const serve::ScriptText& text, std::ostream& err) {
    std::map<std::string, std::string> sources{{file, text.main}};
    for (const auto& [name, source] : text.modules)
        sources[(std::filesystem::path(file).parent_path() / (name + ".lua")).string()] = source;
    std::vector<std::string> defined;
    for (const auto& [path, source] : sources)
        for (const auto& name : review::names_of(source).defined)
            defined.push_back(name.path);
    const auto known = script::known_names();
    std::size_t count = 0;
    for (const auto& [path, source] : sources) {
        for (const auto& remark : review::remarks_on(source, known, defined)) {
            err << path << ':' << remark.line << ": warning: " << remark.text << '\n';
            ++count;
        }
    }
    return count;
}

void tell(const config::Problems& problems, std::ostream& err) {
    for (const auto& problem : problems)
        err << config::to_text(problem) << '\n';
}

}  // namespace

int check(const std::string& settings_path, const std::string& script, std::ostream& out, std::ostream& err) {
    const auto settings = config::read(settings_path);
    bool well = settings.has_value();
    if (!settings) tell(settings.error(), err);
    std::size_t remarks = 0;
    auto known = settings.value_or(config::defaults());
    if (!script.empty()) known.script.file = script;
    if (settings || !script.empty()) {
        auto text = serve::read_script(known);
        const auto vm = text ? serve::load_script(known, *text) : tl::unexpected(text.error());
        if (!vm) err << vm.error().text << '\n';
        well = well && vm.has_value();
        if (vm && *text) remarks = tell_remarks(known.script.file, **text, err);
    }
    if (const auto sources = config::load(settings_path); settings && sources) {
        const auto rules = serve::load_rules(*sources);
        if (!rules) tell(rules.error(), err);
        well = well && rules.has_value();
    }
    if (well)
        out << "settings, script and rules are well"
            << (remarks == 0 ? "" : "; the script may have mistakes, see the warnings") << '\n';
    return well ? 0 : 1;
}

}  // namespace nexthopd::ctl
