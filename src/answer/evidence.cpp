#include "answer/evidence.hpp"

#include <nlohmann/json.hpp>

namespace nexthopd::answer {

std::string evidence_json(const std::vector<decide::LeftOut>& left_out, const std::vector<Asked>& asked) {
    using nlohmann::json;
    json out = {{"left_out", json::array()}, {"asked", json::array()}};
    for (const auto& server : left_out)
        out["left_out"].push_back({{"server", server.server}, {"minutes", server.minutes}});
    for (const auto& question : asked) {
        if (question.result_class != 0)
            out["asked"].push_back({{"server", question.subject},
                                    {"class", std::string(1, question.result_class)},
                                    {"seconds", question.seconds},
                                    {"count", question.result}});
        else
            out["asked"].push_back({{"sql", question.subject}, {"rows", question.result}, {"value", question.value}});
    }
    return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace nexthopd::answer
