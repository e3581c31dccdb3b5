// The parts of reading an experiment, one a noun. Private to the orchestrator.
#pragma once

#include <utility>

#include "model/hyperparameters/hyperparameters.hpp"
#include "orchestrator/experiment.hpp"
#include "orchestrator/json_fields.hpp"

namespace o2v::orchestrator {

// What an experiment's parameters may be called, and which values they may have.
class ParameterNames {
  public:
    // Object2Vec's hyperparameters, or, with a problem, that problem's. Any when another program runs the
    // trials, which alone knows what the names mean: a command, or one that asks (`asked`).
    static ParameterNames of(const Experiment& experiment, bool asked = false);

    // The canonical name, or "" and a problem.
    std::string check_name(const std::string& name, const std::string& where,
                           std::vector<Problem>& problems) const;
    // A value in the parameter's own spelling; nullopt and a problem when it is not allowed. REQUIRES: `name`
    // is canonical.
    std::optional<ParamValue> check_value(const nlohmann::json& json, const std::string& name,
                                          const std::string& where, std::vector<Problem>& problems) const;
    // The types that a parameter may be searched as.
    std::vector<std::string> domain_types(const std::string& name) const;

  private:
    enum class Kind { hyperparameters, of_problem, any };
    ParameterNames(Kind kind, std::string problem) : kind_(kind), problem_(std::move(problem)) {}

    Kind kind_;
    std::string problem_;
};

// A parameter's name and value, canonical; nullopt and a problem at `where` when either is wrong.
std::optional<std::pair<std::string, ParamValue>> read_setting(const std::string& name,
                                                               const nlohmann::json& value,
                                                               const std::string& where,
                                                               const ParameterNames& names,
                                                               std::vector<Problem>& problems);
// "fixed": names and values, canonical.
Assignment read_fixed(const nlohmann::json& json, const std::string& where, const ParameterNames& names,
                      std::vector<Problem>& problems);
// "space" and "forbidden" of "search", whose fields these are; conditions on fixed parameters are resolved
// here.
SearchSpace read_space(JsonFields& search, const ParameterNames& names, const Assignment& fixed);
// One configuration to try: in the space, and completed by it; nullopt and problems when it is not.
std::optional<Assignment> read_configuration(const nlohmann::json& json, const std::string& where,
                                             const ParameterNames& names, const SearchSpace& space,
                                             std::vector<Problem>& problems);
// "enqueue" of "search": each completed by the space.
std::vector<Assignment> read_enqueued(JsonFields& search, const ParameterNames& names,
                                      const SearchSpace& space);
// The value as the domain holds it (a float's 1 is 1.0, an int's 64.0 is 64, a listed 1.0 the listed 1);
// unchanged when the domain does not hold it.
ParamValue as_held(const Domain& domain, ParamValue value);

// Do fixed and searched parameters fit together? Tries the corners and a seeded sample of the space.
void check_combinations(const SearchSpace& space, const Assignment& fixed, const std::string& where,
                        std::vector<Problem>& problems);
// What is given but never has an effect, by the same samples: one problem a name. REQUIRES: they fit
// together.
std::vector<Problem> settings_without_effect(const SearchSpace& space, const Assignment& fixed);

// What "objective", or the first of "objectives", says of a command: program, folder, metric definitions.
// Does nothing when it names none.
void read_command(JsonFields& fields, Experiment& experiment);
// The fields of an objective that read_command() looks at.
inline constexpr const char* kCommandFields[] = {"command", "folder", "value", "metrics"};
// Do the command's arguments name parameters that there are, and do parameters reach it under names of their
// own? REQUIRES: fixed and search have been read.
void check_command(const Experiment& experiment, const std::string& where, std::vector<Problem>& problems);
// "objective" or "objectives", and "constraints", of the experiment's fields. REQUIRES: data, command and
// fixed have been read.
void read_objectives(JsonFields& fields, Experiment& experiment, bool any_names);
void read_search(const nlohmann::json& json, const std::string& where, const ParameterNames& names,
                 StudySpec& study, std::vector<Problem>& problems);
PrunerOptions read_pruner(const nlohmann::json& json, const std::string& where,
                          std::vector<Problem>& problems);
Budget read_budget(const nlohmann::json& json, const std::string& where, std::vector<Problem>& problems);
// What of "resources" says how pilots are asked for.
SlurmResources read_slurm(JsonFields& resources);
nlohmann::json slurm_json(const SlurmResources& slurm);
Resources read_resources(const nlohmann::json& json, const std::string& where,
                         std::vector<Problem>& problems);
TrialLimits read_limits(const nlohmann::json& json, const std::string& where, std::vector<Problem>& problems);
// "reproducible" and "window" of the experiment's fields. REQUIRES: the resources have been read.
void read_reproducible(JsonFields& fields, Experiment& experiment);

}  // namespace o2v::orchestrator
