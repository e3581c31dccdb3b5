// An index on disk with what it is an index of: a folder of
//   vectors.index  neighbor_index.hpp's file
//   items.jsonl    {"name": what people call the item, "ids": [its tokens]}, a line for each row
//   index.json     {"format": "o2v-index/1", "kind", "metric", "dim", "count": what the index says of itself,
//                  "side": 0 or 1, "model": fingerprint, "files": {name: XXH3-128}}
#pragma once

#include <string>
#include <vector>

#include "model/data/dataset.hpp"
#include "model/neighbors/neighbor_index.hpp"

namespace o2v::model {

struct IndexedItems {
    int side = 1;                    // of the model whose embeddings these are
    std::string model;               // data::file_hash of its weights.safetensors
    std::vector<std::string> names;  // of the index's rows
    data::Sequences tokens;          // the same
};

struct ItemIndex {
    NeighborIndex index;
    IndexedItems items;
};

// What an index made for the model in this folder is marked with. Throws StorageError.
std::string fingerprint_of_model(const std::string& folder);

// Is there something in `folder` that write_index must not replace: a file, or a folder with anything but an
// index of ours?
bool holds_something_else(const std::string& folder);
// Written aside and put in the place of `folder`, an earlier index, as a whole. Throws InputError when
// holds_something_else(folder), StorageError. REQUIRES: as many names and sequences as
// rows.
void write_index(const std::string& folder, const NeighborIndex& index, const IndexedItems& items);

// Throws StorageError naming the file: missing, damaged, of another format.
ItemIndex read_index(const std::string& folder);

}  // namespace o2v::model
