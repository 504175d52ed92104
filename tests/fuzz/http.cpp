// Bytes of whoever connects -> read_http_request(): what is found lies in the bytes, and a host that counts
// as this machine's own is an address or "localhost".
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "protocol/http.hpp"

using namespace nexthopd::protocol;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto inside = [&](std::string_view part) {
        return part.empty() ||
               (part.data() >= bytes.data() && part.data() + part.size() <= bytes.data() + size);
    };
    const auto request = read_http_request(bytes);
    if (!request) return 0;
    if (!inside(request->method) || !inside(request->path) || request->path.front() != '/') std::abort();
    if (!request->host) return 0;
    if (!inside(*request->host)) std::abort();
    if (host_is_own(*request->host) && request->host->find("example") != std::string_view::npos) std::abort();
    return 0;
}
