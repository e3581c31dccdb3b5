// What is wrong with an experiment, as its person reads it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "orchestrator/experiment.hpp"
#include "search/study/errors.hpp"

namespace o2v::orchestrator {

inline std::string errors_of(const nlohmann::json& experiment) {
    try {
        parse_experiment(experiment, "x.json");
    } catch (const InputError& e) {
        return e.what();
    }
    return "no error";
}

}  // namespace o2v::orchestrator
