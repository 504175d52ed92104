#include "serve/last_good.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace nexthopd::serve {

using nlohmann::json;

namespace {

constexpr const char* file_name = "last-good.json";

/// Settings are UTF-8 (TOML), a script may be anything: as numbers, so that nothing is replaced.
json bytes(const std::string& text) { return json::binary({text.begin(), text.end()}); }

std::string text_of(const json& bytes) {
    const auto numbers = bytes.at("bytes").get<std::vector<std::uint8_t>>();
    return {numbers.begin(), numbers.end()};
}

}  // namespace

std::string ScriptText::whole() const {
    std::string out = main;
    for (const auto& [name, text] : modules) {
        out += '\0';
        out += name;
        out += '\0';
        out += text;
    }
    return out;
}

std::string state_folder(const std::string& database) {
    if (const char* const folder = std::getenv("STATE_DIRECTORY"); folder != nullptr && *folder == '/') return folder;
    return std::filesystem::path(database).parent_path().string();
}

base::Result<void> keep(const std::string& folder, const std::string& settings_path, const LastGood& good) {
    json sources = json::array();
    for (const auto& source : good.sources)
        sources.push_back({{"name", source.name}, {"text", source.text}});
    json content{{"settings", settings_path}, {"sources", std::move(sources)}};
    if (good.script) {
        content["script"] = bytes(good.script->main);
        for (const auto& [name, text] : good.script->modules)
            content["modules"][name] = bytes(text);
    }
    const auto path = folder + '/' + file_name;
    const auto fresh = path + ".new";
    {
        std::ofstream file(fresh, std::ios::binary | std::ios::trunc);
        chmod(fresh.c_str(), 0600);  // settings may name what only nexthopd is to know
        file << content.dump(-1, ' ', false, json::error_handler_t::replace);
        if (!file.flush()) {
            const auto reason = errno;
            unlink(fresh.c_str());
            return base::fail("{}: cannot be written: {}", fresh, std::strerror(reason));
        }
    }
    if (rename(fresh.c_str(), path.c_str()) != 0) return base::fail("{}: {}", path, std::strerror(errno));
    return {};
}

std::optional<LastGood> recall(const std::string& folder, const std::string& settings_path) {
    std::ifstream file(folder + '/' + file_name, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    const auto content = json::parse(std::move(text).str(), nullptr, false);
    try {
        if (!content.is_object() || content.at("settings") != settings_path) return std::nullopt;
        LastGood out;
        for (const auto& source : content.at("sources"))
            out.sources.push_back({source.at("name").get<std::string>(), source.at("text").get<std::string>()});
        if (const auto script = content.find("script"); script != content.end()) {
            out.script = ScriptText{text_of(*script), {}};
            if (const auto modules = content.find("modules"); modules != content.end())
                for (const auto& [name, module] : modules->items())
                    out.script->modules[name] = text_of(module);
        }
        return out;
    } catch (const json::exception&) {
        return std::nullopt;
    }
}

}  // namespace nexthopd::serve
