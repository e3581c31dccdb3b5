// Pretrained vectors into a model's token tables.
#pragma once

#include <string>

#include "model/object2vec.hpp"

namespace o2v::model {

// For each side whose options name a pretrained_embedding_file: reads it and the vocab_file from the folder
// `auxiliary`, sets the vectors of the tokens found, and freezes the table where freeze_pretrained_embedding
// says so (tokens that were not found keep their initial vectors, frozen as well). A shared table takes side
// 0's file, or side 1's where 0 names none. Throws InputError, StorageError. REQUIRES: the model is on the
// CPU.
void load_pretrained(Object2Vec& model, const std::string& auxiliary);

}  // namespace o2v::model
