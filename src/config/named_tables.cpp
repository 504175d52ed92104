#include "config/named_tables.hpp"

#include "config/toml.hpp"

namespace nexthopd::config {

std::vector<RawTable> collect_tables(const std::vector<Source>& sources, std::string_view name,
                                     std::string_view shipped_file, Problems& problems) {
    std::vector<RawTable> out;
    for (const auto& source : sources) {
        const auto file = parse_toml(source.text);
        if (!file) {
            problems.push_back({source.name, file.error().place, file.error().text});
            continue;
        }
        const std::string_view path = source.name;
        const bool shipped = path.substr(path.rfind('/') + 1) == shipped_file;
        for (const auto& member : *file) {
            if (member.key != name) continue;
            const auto* const elements = std::get_if<Value::Array>(&member.value.content);
            if (elements == nullptr) {
                problems.push_back(
                    {source.name, member.place,
                     fmt::format("there can be several of \"{}\": write [[{}]] and below it its keys", name,
                                 name)});
                continue;
            }
            for (const auto& element : *elements) {
                if (const auto* const table = std::get_if<Value::Table>(&element.content))
                    out.push_back({source.name, element.place, shipped, *table});
                else
                    problems.push_back({source.name, element.place,
                                        fmt::format("{}: {}: write [[{}]] and below it its keys", name,
                                                    spelling(element), name)});
            }
        }
    }
    return out;
}

std::string unknown_key(std::string_view table, std::string_view key,
                        const std::vector<std::string_view>& known) {
    const auto near = base::nearest(key, known);
    return fmt::format("unknown key \"{}.{}\"{}", table, base::printable(key),
                       near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near));
}

}  // namespace nexthopd::config
