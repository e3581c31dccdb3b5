// The safetensors container (format/tensor_header.hpp). Readable by the safetensors libraries of other
// languages.
#pragma once

#include <map>
#include <string>

#include "model/data/durable_file.hpp"
#include "model/object2vec.hpp"

namespace o2v::model {

struct TensorFile {
    Tensors tensors;
    std::map<std::string, std::string> metadata;  // the header's __metadata__
};

// Little-endian, row-major, in name order, float32, float64, int32, int64 or uint8, from any device. Adds
// "xxh3_128" to the metadata: the XXH3-128 checksum of the whole file with that field's 32 digits read as
// zeros. Written aside, synced and renamed into place. Throws StorageError.
void write_safetensors(const std::string& path, const TensorFile& content,
                       data::Former former = data::Former::replaced);

// Onto the CPU. Throws StorageError naming the file when it cannot be read, is no such container, holds sizes
// or offsets that do not fit together or the file, or does not agree with its checksum (where it has one,
// which is left out of `metadata`).
TensorFile read_safetensors(const std::string& path);

}  // namespace o2v::model
