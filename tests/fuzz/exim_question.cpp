// A line from the Exim socket -> read_exim_question(), and what the parts say about themselves: an id that
// reaches a command has its form, a connection is a word, and the answer to a hold with that text as its id
// has nothing in it that Exim could expand.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "mail/queue_id.hpp"
#include "protocol/exim_question.hpp"

using namespace nexthopd;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string line(data, data + size);
    const auto question = protocol::read_exim_question(line);
    if (question) {
        if (question->recipient.size() < 3 || question->recipient.find('@') == std::string::npos)
            std::abort();
        if (!question->id.empty() && !mail::is_exim_id(question->id)) std::abort();
        if (question->connection.find_first_of("\t\n. ") != std::string::npos) std::abort();
    }
    const auto host = question ? question->recipient : line;
    for (const auto& verdict :
         {decide::Verdict(decide::Held{host, {}}), decide::Verdict(decide::Route{{{{host, 0, 25}}, {}}}),
          decide::Verdict(decide::Route{{{}, host}})})
        if (protocol::exim_answer(verdict, line).find_first_of("${}\\\"\n\r\t,;|<>") != std::string::npos)
            std::abort();
    return 0;
}
