// A tuning request in the shape of the one that Amazon's sentence similarity notebook sends.
#pragma once

#include <nlohmann/json.hpp>

#include "orchestrator/json_fields.hpp"

namespace o2v::orchestrator {

inline const char* const kSentenceSimilarity =
    O2V_SOURCE_DIR "/tests/orchestrator/sagemaker/sentence-similarity.json";

// With changes on top: a merge patch, null removes.
inline nlohmann::json sentence_similarity(const nlohmann::json& changes = nlohmann::json::object()) {
    nlohmann::json request = read_json_file(kSentenceSimilarity);
    if (!changes.is_null()) request.merge_patch(changes);
    return request;
}

}  // namespace o2v::orchestrator
