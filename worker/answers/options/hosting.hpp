// `o2v-serve serve`: the program of a hosting container, by SageMaker's contract (developer guide,
// your-algorithms-inference-code, your-algorithms-batch-code).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace o2v::answers {

using Variables = std::function<std::optional<std::string>(const std::string& name)>;
// Of this process.
std::optional<std::string> variable(const std::string& name);

// The arguments of o2v-serve that those after `serve` stand for: the model in ROOT/model (--root, O2V_OPT_ML,
// /opt/ml), all addresses, port 8080, and what the environment says unless an option does:
//   SAGEMAKER_BIND_TO_PORT         --port
//   SAGEMAKER_MAX_PAYLOAD_IN_MB    --max-body
//   SAGEMAKER_MODEL_SERVER_WORKERS --replicas
//   SAGEMAKER_MODEL_SERVER_TIMEOUT --timeout
// Throws InputError naming each variable with a wrong value.
std::vector<std::string> hosting_arguments(const std::vector<std::string>& given, const Variables& variables);

// What a batch transform has asked for, which /execution-parameters repeats.
struct BatchTransform {
    std::optional<int> max_concurrent;  // SAGEMAKER_MAX_CONCURRENT_TRANSFORMS
    std::string strategy;  // SAGEMAKER_BATCH_STRATEGY: MULTI_RECORD (when not said) or SINGLE_RECORD
};
// Throws InputError.
BatchTransform batch_transform(const Variables& variables);

}  // namespace o2v::answers
