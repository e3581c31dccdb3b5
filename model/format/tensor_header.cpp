#include "model/format/tensor_header.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

namespace o2v::model {
namespace {

using nlohmann::json;

constexpr std::uint64_t kMostHeader = 100'000'000;  // as in the reference implementation
constexpr std::size_t kMostDimensions = 8;

std::uint64_t bytes_of(const std::string& type) {
    for (const auto& [name, bytes] : {std::pair{"F32", 4}, {"F64", 8}, {"I64", 8}, {"I32", 4}, {"U8", 1}})
        if (type == name) return static_cast<std::uint64_t>(bytes);
    return 0;
}

// Throws json::exception where members are missing or of another type.
TensorEntry entry_of(const std::string& name, const json& value) {
    const auto fail = [&](const char* what) { throw HeaderError("tensor " + name + ": " + what); };
    TensorEntry entry{name, value.at("dtype").get<std::string>(),
                      value.at("shape").get<std::vector<std::int64_t>>(), 0, 0};
    std::uint64_t bytes = bytes_of(entry.type);
    if (bytes == 0) fail("unknown dtype");
    const auto offsets = value.at("data_offsets").get<std::vector<std::uint64_t>>();
    if (offsets.size() != 2 || offsets[0] > offsets[1]) fail("wrong data_offsets");
    entry.begin = offsets[0];
    entry.end = offsets[1];
    bool empty = false;
    if (entry.shape.size() > kMostDimensions) fail("wrong shape");
    for (const std::int64_t extent : entry.shape) {
        constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
        const auto n = static_cast<std::uint64_t>(extent);
        if (extent < 0 || (n != 0 && bytes > kMost / n)) fail("wrong shape");
        if (n == 0)
            empty = true;  // its strides are those of the other extents all the same
        else
            bytes *= n;
    }
    if ((empty ? 0 : bytes) != entry.end - entry.begin) fail("its shape and its data_offsets disagree");
    return entry;
}

}  // namespace

std::uint64_t header_length(std::uint64_t length, std::uint64_t size) {
    if (size < sizeof length) throw HeaderError("is no safetensors file: ends too early");
    if (length > kMostHeader || length > size - sizeof length)
        throw HeaderError("is no safetensors file: wrong header length");
    return length;
}

TensorHeader parse_tensor_header(std::string_view text, std::uint64_t data_size) {
    TensorHeader header;
    try {
        const json document = json::parse(text);
        if (!document.is_object()) throw HeaderError("damaged header: is no object");
        for (const auto& [name, value] : document.items()) {
            if (name == "__metadata__")
                header.metadata = value.get<std::map<std::string, std::string>>();
            else
                header.entries.push_back(entry_of(name, value));
        }
    } catch (const json::exception& error) {
        throw HeaderError(std::string("damaged header: ") + error.what());
    }
    std::sort(header.entries.begin(), header.entries.end(), [](const TensorEntry& a, const TensorEntry& b) {
        return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
    });
    std::uint64_t end = 0;
    for (const TensorEntry& entry : header.entries) {
        if (entry.begin != end)
            throw HeaderError("tensor " + entry.name + ": its data overlap or leave a gap");
        end = entry.end;
    }
    if (end != data_size) throw HeaderError("its length is not what its header says");
    return header;
}

}  // namespace o2v::model
