// A model folder from anywhere: what its files hold is read, or refused; never anything else.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string_view>

#include "model/format/config.hpp"
#include "model/format/tensor_header.hpp"

namespace {

using namespace o2v::model;

// A whole file, of which the tensors' bytes are never looked at.
void read_weights(std::string_view file) {
    std::uint64_t length = 0;
    if (file.size() >= sizeof length) std::memcpy(&length, file.data(), sizeof length);
    length = header_length(length, file.size());
    const std::uint64_t data = file.size() - sizeof length - length;
    const TensorHeader header = parse_tensor_header(file.substr(sizeof length, length), data);
    std::uint64_t at = 0;
    for (const TensorEntry& entry : header.entries) {
        if (entry.begin != at || entry.end < entry.begin || entry.end > data) std::abort();
        at = entry.end;
        std::uint64_t elements = 1;
        for (const std::int64_t extent : entry.shape) elements *= static_cast<std::uint64_t>(extent);
        if (elements > entry.end - entry.begin) std::abort();
    }
}

}  // namespace

// The first byte chooses the file that the rest is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view file(reinterpret_cast<const char*>(data) + 1, size - 1);
    try {
        if (data[0] % 2 == 0) {
            read_weights(file);
        } else {
            const Options options = parse_config(file);
            if (parse_config(config_text(options)) != options) std::abort();
        }
    } catch (const std::runtime_error&) {
    }
    return 0;
}
