// The parts of reading a tuning request, one a noun. Private to the import.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/hyperparameters/hyperparameters.hpp"
#include "orchestrator/json_fields.hpp"
#include "orchestrator/sagemaker_import.hpp"

namespace o2v::orchestrator::sagemaker {

using Json = nlohmann::json;

// An experiment in the making.
struct Draft {
    const SageMakerImport& options;
    nlohmann::ordered_json document = nlohmann::ordered_json::object();
    bool trains = true;  // Object2Vec; otherwise the command
    std::vector<Problem> notes;
    // Which field of the request a part of the document comes from: "/search/space/enc_dim" -> its place.
    std::map<std::string, std::string> places;
};

// An object of the request. Fields without a counterpart are noted, with what to do instead; unknown ones,
// too.
class Fields : public JsonFields {
  public:
    Fields(const Json& json, const std::string& where, Draft& draft, std::vector<Problem>& problems)
        : JsonFields(json, where, problems), draft_(draft) {}

    void note(const std::string& key, const std::string& message);
    // The same for a field that may be absent, which is then not noted.
    void leave(const std::string& key, const std::string& instead);
    // A list, empty when it is absent; a problem when it is none.
    std::vector<Json> list(const std::string& key);
    // Notes the fields that nobody has asked for.
    void finish();

  private:
    Draft& draft_;
};

// A field's value as a message shows it: short, and not all of an object.
std::string shown(const Json& value);

// A text of the request as the hyperparameter's own type: "16" -> 16. As it is when it cannot be its value,
// or without one (null).
Json typed(const model::HyperparameterInfo* info, const ParamValue& value);

// ParameterRanges to search/space and, of AutoParameters' hints, defaults. Returns how many combinations a
// grid has; 0 = there are ranges of numbers, or none at all.
std::int64_t read_ranges(const Json& json, const std::string& where, Draft& draft,
                         std::vector<Problem>& problems);
// The ranges that SageMaker recommends (developer guide, object2vec-tuning) for what Autotune is to choose
// and StaticHyperParameters do not fix.
void choose_ranges(const std::string& where, Draft& draft);

// A TrainingJobDefinition: fixed, data, limits, and the objective's command.
void read_definition(const Json& json, const std::string& where, Draft& draft,
                     std::vector<Problem>& problems);
// The objective {Type, MetricName}; a name of MetricDefinitions' is that of the metric whose line its
// expression finds. REQUIRES: the definition has been read; `definition` is it.
void read_objective(const Json& json, const std::string& where, const Json& definition, Draft& draft,
                    std::vector<Problem>& problems);
// HyperParameterTuningJobConfig without objective and ranges; `combinations` as read_ranges() returns it.
void read_config(Fields& config, std::int64_t combinations, Draft& draft, std::vector<Problem>& problems);

}  // namespace o2v::orchestrator::sagemaker
