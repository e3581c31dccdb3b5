// The header of the safetensors container (huggingface/safetensors, format of version 0.3 on): 8 bytes
// little-endian length of a JSON object, the object, then the tensors' bytes.
#pragma once

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace o2v::model {

struct TensorEntry {
    std::string name;
    std::string type;  // "F32", "F64", "I64", "I32" or "U8"
    std::vector<std::int64_t> shape;
    std::uint64_t begin = 0, end = 0;  // its bytes, from the header's end on
};

struct TensorHeader {
    std::vector<TensorEntry> entries;  // in the order of their bytes, without a gap
    std::map<std::string, std::string> metadata;
};

// What is wrong with a header.
class HeaderError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// Of a file of `size` bytes that begins with `length`: how long the JSON object is. Throws HeaderError.
std::uint64_t header_length(std::uint64_t length, std::uint64_t size);

// `text` is the JSON object, behind which `data_size` bytes of tensors follow. Throws HeaderError for what is
// no such object, unknown types, and sizes or offsets that do not fit together or the file.
TensorHeader parse_tensor_header(std::string_view text, std::uint64_t data_size);

}  // namespace o2v::model
