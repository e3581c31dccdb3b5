// One TrainingJobDefinition of a tuning request: what is trained, on what, for how long.
#include <boost/regex.hpp>
#include <filesystem>

#include "orchestrator/instances.hpp"
#include "orchestrator/sagemaker_parts.hpp"

namespace o2v::orchestrator::sagemaker {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPlaceholder = "REPLACE-ME";
constexpr std::string_view kFileScheme = "file://";

bool is_object2vec(const std::string& image_or_name) {
    static const boost::regex pattern("(.*[/:])?object2vec([:@].*)?", boost::regex::icase);
    return boost::regex_match(image_or_name, pattern);
}

void read_algorithm(const Json& json, const std::string& where, Draft& draft,
                    std::vector<Problem>& problems) {
    Fields fields(json, where, draft, problems);
    const auto image = fields.text("TrainingImage"), name = fields.text("AlgorithmName");
    const char* key = image ? "TrainingImage" : "AlgorithmName";
    if (!image && !name && !fields.has("TrainingImage") && !fields.has("AlgorithmName")) {
        fields.report("TrainingImage", "is required, or AlgorithmName: what is trained");
    } else if (image || name) {
        const bool object2vec = is_object2vec(image.value_or(name.value_or("")));
        if (!draft.options.command.empty())
            fields.note(key, "the command trains in its place: " + draft.options.command.front());
        else if (object2vec)
            fields.note(key, "no image is needed: o2v-tune trains Object2Vec itself");
        else
            fields.report(key,
                          "does not train Object2Vec, which is all that o2v-tune trains itself. Of another "
                          "program name the command: --command ./train.sh; its lines must be those that "
                          "MetricDefinitions find");
    }
    const auto mode = fields.text("TrainingInputMode");
    if (mode && *mode != "File" && *mode != "FastFile")
        fields.note("TrainingInputMode",
                    "data are read as files; have the channel's objects in one file each");
    const std::vector<Json> definitions = fields.list("MetricDefinitions");
    if (draft.trains) {
        if (!definitions.empty())
            fields.note(
                "MetricDefinitions",
                "Object2Vec reports its metrics under SageMaker's names without them; `o2v-tune train` "
                "prints the lines that they are made for");
    } else if (definitions.empty()) {
        fields.report("MetricDefinitions", "is required for a command: what its metrics are read with");
    } else {
        draft.places["/objective/metrics"] = fields.where("MetricDefinitions");
        for (std::size_t i = 0; i < definitions.size(); ++i) {
            const std::string at = "MetricDefinitions/" + std::to_string(i);
            Fields one(definitions[i], fields.where(at), draft, problems);
            one.require("Name");
            one.require("Regex");
            const auto metric = one.text("Name"), regex = one.text("Regex");
            one.finish();
            draft.places["/objective/metrics/" + std::to_string(i) + "/name"] = one.where("Name");
            draft.places["/objective/metrics/" + std::to_string(i) + "/regex"] = one.where("Regex");
            if (metric && regex)
                draft.document["objective"]["metrics"].push_back({{"name", *metric}, {"regex", *regex}});
        }
    }
    fields.leave("EnableSageMakerMetricsTimeSeries",
                 "every metric of every epoch is recorded: o2v-tune report, o2v-tune export --what curves");
    fields.leave("ContainerEntrypoint", "no container is started");
    fields.leave("ContainerArguments", "no container is started");
    fields.leave("TrainingImageConfig", "no image is needed");
    fields.finish();
}

void read_static(const Json& json, const std::string& where, Draft& draft, std::vector<Problem>& problems) {
    if (!json.is_object()) {
        problems.push_back({where, shown(json), "must be an object {\"name\": \"value\"}"});
        return;
    }
    for (const auto& [name, value] : json.items()) {
        const std::string at = where + "/" + name;
        const auto read = read_param(value, at, problems);
        if (!read) continue;
        const auto* info = draft.trains ? model::find_hyperparameter(name) : nullptr;
        if (name.starts_with('_') && (info || !draft.trains)) {
            draft.notes.push_back({at, shown(value), "is SageMaker's own and has no effect here"});
            continue;
        }
        draft.places["/fixed/" + name] = at;
        draft.document["fixed"][name] = typed(info, *read);
    }
    draft.places["/fixed"] = where;
}

// A path as the experiment file has it.
std::string beside_file(const std::string& path, const Draft& draft) {
    if (fs::path(path).is_absolute()) return path;
    return fs::absolute(path).lexically_normal().lexically_relative(draft.options.folder).string();
}

std::string uri_of(Fields& channel) {
    const Json* source = channel.get("DataSource");
    if (!source || !source->is_object() || !source->contains("S3DataSource")) return "";
    const Json& s3 = source->at("S3DataSource");
    return s3.is_object() && s3.contains("S3Uri") && s3["S3Uri"].is_string() ? s3["S3Uri"].get<std::string>()
                                                                             : "";
}

// "s3://bucket/a/train.jsonl" -> "REPLACE-ME/train.jsonl"; of a folder, or of auxiliary, the channel's name.
std::string placeholder(const std::string& uri, const std::string& channel) {
    const std::string last = uri.substr(uri.find_last_of('/') + 1);
    const bool file = channel != "auxiliary" && last.find('.') != std::string::npos;
    return std::string(kPlaceholder) + "/" +
           (file                     ? last
            : channel == "auxiliary" ? channel
                                     : channel + ".jsonl");
}

void read_channel(const Json& json, const std::string& where, Draft& draft, std::vector<Problem>& problems) {
    Fields fields(json, where, draft, problems);
    fields.require("ChannelName");
    const std::string name = fields.text("ChannelName").value_or("");
    const std::string uri = uri_of(fields);
    if (!name.empty() && draft.trains) {
        if (name != "train" && name != "validation" && name != "test" && name != "auxiliary")
            fields.note("ChannelName",
                        "is no channel of Object2Vec (train, validation, test, auxiliary): it is left out");
        else if (draft.document["data"].contains(name))
            fields.report("ChannelName", "stands twice");
        else if (uri.starts_with(kFileScheme))
            draft.document["data"][name] = uri.substr(kFileScheme.size());
        else
            draft.document["data"][name] = placeholder(uri, name);
        draft.places["/data/" + name] = where;
    } else if (!draft.trains) {
        fields.note("ChannelName", "the command reads its own data" + (uri.empty() ? "" : "; there: " + uri));
    }
    const auto type = fields.text("ContentType");
    if (type && draft.trains && name != "auxiliary" && !type->starts_with("application/jsonlines"))
        fields.report("ContentType", "must be application/jsonlines: the only form that Object2Vec reads");
    const auto compression = fields.text("CompressionType"), record = fields.text("RecordWrapperType");
    if (compression && *compression != "None")
        fields.note("CompressionType", "files are read as they are: unpack them (gunzip)");
    if (record && *record != "None")
        fields.note("RecordWrapperType", "files are read as JSON Lines: take them out of RecordIO");
    fields.leave("ShuffleConfig", "every epoch is shuffled, by the trial's seed");
    const auto mode = fields.text("InputMode");
    if (mode && *mode == "Pipe") fields.note("InputMode", "data are read as files");
    fields.finish();
}

void read_channels(Fields& definition, Draft& draft, std::vector<Problem>& problems) {
    const std::vector<Json> channels = definition.list("InputDataConfig");
    for (std::size_t i = 0; i < channels.size(); ++i)
        read_channel(channels[i], definition.where("InputDataConfig/" + std::to_string(i)), draft, problems);
    if (!draft.trains) return;
    const SageMakerImport& options = draft.options;
    auto& data = draft.document["data"];
    for (const auto& [name, path] : {std::pair<const char*, const std::string&>{"train", options.train},
                                     {"validation", options.validation},
                                     {"test", options.test},
                                     {"auxiliary", options.auxiliary}}) {
        const std::string channel = name;
        if (!path.empty()) {
            data[channel] = beside_file(path, draft);
            draft.places["/data/" + channel] = "--" + channel;
        } else if (data.contains(channel) && data[channel].get<std::string>().starts_with(kPlaceholder)) {
            draft.notes.push_back(
                {draft.places["/data/" + channel], "",
                 "the channel \"" + channel + "\" lies in S3: copy it here (aws s3 cp) and name it with --" +
                     channel + "; until then the experiment says " + data[channel].get<std::string>()});
        }
    }
    draft.places["/data"] = definition.where("InputDataConfig");
    if (!data.contains("train"))
        problems.push_back({definition.where("InputDataConfig"), "",
                            "has no channel \"train\": --train FILE names the training pairs"});
}

std::string instance_text(const std::string& name) {
    const InstanceCatalog catalog = load_instances();
    for (const Instance& one : catalog.instances)
        if (one.name == name)
            return "; that instance has " + std::to_string(one.vcpu) + " vCPU" +
                   (one.gpus ? ", " + std::to_string(one.gpus->count) + " x " + one.gpus->model : "");
    return "";
}

void read_instances(Fields& definition, Draft& draft, std::vector<Problem>& problems) {
    for (const char* key : {"ResourceConfig", "HyperParameterTuningResourceConfig"}) {
        const Json* json = definition.get(key);
        if (!json) continue;
        Fields fields(*json, definition.where(key), draft, problems);
        if (const auto type = fields.text("InstanceType"))
            fields.note("InstanceType",
                        "trials run on this machine's cores and GPUs, which \"resources\" deals "
                        "out" +
                            instance_text(*type));
        if (const auto count = fields.integer("InstanceCount", 0, INT64_MAX); count && *count > 1)
            fields.note("InstanceCount",
                        "one training runs on one machine; \"devices_per_trial\" spreads it "
                        "over several GPUs or cores");
        fields.leave("VolumeSizeInGB", "models and checkpoints go to runs/, on this machine's disk");
        for (const char* other : {"VolumeKmsKeyId", "InstanceGroups", "InstanceConfigs", "AllocationStrategy",
                                  "KeepAlivePeriodInSeconds", "TrainingPlanArn", "InstancePlacementConfig"})
            fields.leave(other, "no instances are started");
        fields.finish();
    }
}

void read_stopping(Fields& definition, Draft& draft, std::vector<Problem>& problems) {
    const Json* json = definition.get("StoppingCondition");
    if (!json) return;
    Fields fields(*json, definition.where("StoppingCondition"), draft, problems);
    if (const auto seconds = fields.integer("MaxRuntimeInSeconds", 1, INT64_MAX)) {
        draft.document["limits"]["trial_time"] = *seconds;
        draft.places["/limits/trial_time"] = fields.where("MaxRuntimeInSeconds");
    }
    fields.leave("MaxWaitTimeInSeconds", "there are no Spot instances to wait for");
    fields.leave("MaxPendingTimeInSeconds", "there is no capacity to wait for");
    fields.finish();
}

// The rest, which is Amazon's cloud.
constexpr std::pair<const char*, const char*> kOfTheCloud[] = {
    {"RoleArn", "no role is needed: files are read with the rights of who runs o2v-tune"},
    {"OutputDataConfig",
     "models lie in runs/NAME/models; o2v-tune run --out names another folder, o2v-tune "
     "models export --sagemaker makes a model.tar.gz"},
    {"CheckpointConfig", "checkpoints lie in runs/NAME/checkpoints, and every run continues from them"},
    {"EnableManagedSpotTraining",
     "there are no Spot instances; an interrupted run is continued by the same "
     "command"},
    {"RetryStrategy",
     "a trial that fails by a crash is repeated from its checkpoint up to three times at one "
     "point, without being asked to"},
    {"VpcConfig", "there is no network to configure: trials use none"},
    {"EnableNetworkIsolation", "there is no network to isolate: trials use none"},
    {"EnableInterContainerTrafficEncryption", "there is no traffic between machines"},
};

}  // namespace

void read_definition(const Json& json, const std::string& where, Draft& draft,
                     std::vector<Problem>& problems) {
    Fields fields(json, where, draft, problems);
    draft.trains = draft.options.command.empty();
    if (!draft.trains) draft.document["objective"]["command"] = draft.options.command;
    fields.require("AlgorithmSpecification");
    if (const Json* algorithm = fields.get("AlgorithmSpecification"))
        read_algorithm(*algorithm, fields.where("AlgorithmSpecification"), draft, problems);
    draft.places["/fixed"] = fields.where("StaticHyperParameters");
    if (const Json* fixed = fields.get("StaticHyperParameters"))
        read_static(*fixed, fields.where("StaticHyperParameters"), draft, problems);
    read_channels(fields, draft, problems);
    read_instances(fields, draft, problems);
    read_stopping(fields, draft, problems);
    for (const auto& [key, instead] : kOfTheCloud) fields.leave(key, instead);
    fields.leave("Environment", draft.trains ? "Object2Vec reads no variables"
                                             : "the command has o2v-tune's environment: export them before");
    for (const char* key : {"DefinitionName", "TuningObjective", "HyperParameterRanges"}) fields.get(key);
    fields.finish();
}

}  // namespace o2v::orchestrator::sagemaker
