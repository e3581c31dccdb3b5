#include "worker/answers/options/hosting.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdlib>

#include "search/study/errors.hpp"

namespace o2v::answers {
namespace {

// A variable's number; nullopt when it is not set, or wrong, which is a problem.
std::optional<std::int64_t> number_of(const Variables& variables, const std::string& name, std::int64_t min,
                                      std::int64_t max, std::vector<Problem>& problems) {
    const auto text = variables(name);
    if (!text || text->empty()) return std::nullopt;
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error == std::errc() && end == text->data() + text->size() && number >= min && number <= max)
        return number;
    problems.push_back(
        {name, *text, "must be an integer from " + std::to_string(min) + " to " + std::to_string(max)});
    return std::nullopt;
}

bool gives(const std::vector<std::string>& arguments, const std::string& option) {
    return std::any_of(arguments.begin(), arguments.end(), [&](const std::string& argument) {
        return argument == option || argument.starts_with(option + "=");
    });
}

// Takes --root out of the arguments.
std::string root_of(std::vector<std::string>& arguments, const Variables& variables) {
    constexpr std::string_view kRoot = "--root";
    std::string root = variables("O2V_OPT_ML").value_or("/opt/ml");
    for (auto argument = arguments.begin(); argument != arguments.end(); ++argument) {
        if (argument->starts_with("--root=")) {
            root = argument->substr(kRoot.size() + 1);
            arguments.erase(argument);
            break;
        }
        if (*argument != kRoot) continue;
        if (argument + 1 == arguments.end()) throw InputError("--root", "", "needs a folder");
        root = *(argument + 1);
        arguments.erase(argument, argument + 2);
        break;
    }
    return root;
}

}  // namespace

std::optional<std::string> variable(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    return value ? std::optional<std::string>(value) : std::nullopt;
}

std::vector<std::string> hosting_arguments(const std::vector<std::string>& given,
                                           const Variables& variables) {
    struct Setting {
        const char *variable, *option;
        std::int64_t min, max, unit;
    };
    static constexpr Setting kSettings[] = {
        {"SAGEMAKER_BIND_TO_PORT", "--port", 1, 65535, 1},
        {"SAGEMAKER_MAX_PAYLOAD_IN_MB", "--max-body", 1, 100, 1 << 20},
        {"SAGEMAKER_MODEL_SERVER_WORKERS", "--replicas", 1, 1024, 1},
        {"SAGEMAKER_MODEL_SERVER_TIMEOUT", "--timeout", 1, 86400, 1},
    };
    std::vector<std::string> arguments = given;
    std::vector<Problem> problems;
    const std::string root = root_of(arguments, variables);
    for (const Setting& setting : kSettings) {
        if (gives(arguments, setting.option)) continue;
        if (const auto number = number_of(variables, setting.variable, setting.min, setting.max, problems))
            arguments.insert(arguments.end(), {setting.option, std::to_string(*number * setting.unit)});
    }
    if (!problems.empty()) throw InputError(std::move(problems));
    if (!gives(arguments, "--host")) arguments.insert(arguments.end(), {"--host", "0.0.0.0"});
    arguments.insert(arguments.begin(), root + "/model");
    return arguments;
}

BatchTransform batch_transform(const Variables& variables) {
    std::vector<Problem> problems;
    BatchTransform batch;
    if (const auto most = number_of(variables, "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS", 1, 100000, problems))
        batch.max_concurrent = static_cast<int>(*most);
    batch.strategy = variables("SAGEMAKER_BATCH_STRATEGY").value_or("MULTI_RECORD");
    if (batch.strategy != "MULTI_RECORD" && batch.strategy != "SINGLE_RECORD")
        problems.push_back(
            {"SAGEMAKER_BATCH_STRATEGY", batch.strategy, "must be MULTI_RECORD or SINGLE_RECORD"});
    if (!problems.empty()) throw InputError(std::move(problems));
    return batch;
}

}  // namespace o2v::answers
