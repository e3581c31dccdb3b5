#include "orchestrator/container.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "model/data/durable_file.hpp"
#include "orchestrator/cut_text.hpp"
#include "orchestrator/json_fields.hpp"
#include "orchestrator/local_executor.hpp"
#include "orchestrator/programs.hpp"
#include "orchestrator/run_folder.hpp"
#include "orchestrator/sagemaker_parts.hpp"
#include "orchestrator/slots.hpp"

namespace o2v::orchestrator {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr const char* kChannels[] = {"train", "validation", "test", "auxiliary"};
constexpr std::size_t kLongestReason = 1024;
constexpr const char* kName = "object2vec";

void make_folder(const std::string& path) {
    std::error_code error;
    fs::create_directories(path, error);
    if (error) throw storage_error(path, "cannot be created", error.value());
}

Json read_settings(const ContainerPaths& paths, std::vector<Problem>& problems) {
    Json fixed = Json::object();
    const std::string file = paths.hyperparameters();
    if (!fs::exists(file)) {
        problems.push_back(
            {file, "", "is missing: the hyperparameters, {\"enc0_vocab_size\": \"944\", ...}"});
        return fixed;
    }
    const Json json = read_json_file(file);
    if (!json.is_object()) {
        problems.push_back({file, "", "must be an object {\"name\": \"value\"}"});
        return fixed;
    }
    for (const auto& [name, value] : json.items())
        if (const auto read = read_param(value, file + ": /" + name, problems))
            fixed[name] = sagemaker::typed(model::find_hyperparameter(name), *read);
    return fixed;
}

void check_hosts(const ContainerPaths& paths, std::vector<Problem>& problems) {
    if (!fs::exists(paths.hosts())) return;
    const Json json = read_json_file(paths.hosts());
    const Json hosts = json.is_object() ? json.value("hosts", Json()) : Json();
    if (hosts.is_array() && hosts.size() > 1)
        problems.push_back({paths.hosts() + ": /hosts", hosts.dump(),
                            "one training runs on one machine: ask for one instance"});
}

// The names of the channels; the fields that say how they are to be read are checked.
std::vector<std::string> channel_names(const ContainerPaths& paths, std::vector<Problem>& problems) {
    std::vector<std::string> names;
    if (!fs::exists(paths.channels())) {
        std::error_code none;
        for (const auto& entry : fs::directory_iterator(paths.root + "/input/data", none))
            if (entry.is_directory()) names.push_back(entry.path().filename().string());
        std::sort(names.begin(), names.end());
        return names;
    }
    const Json json = read_json_file(paths.channels());
    if (!json.is_object()) {
        problems.push_back({paths.channels(), "", "must be an object {\"train\": {...}}"});
        return names;
    }
    for (const auto& [name, channel] : json.items()) {
        names.push_back(name);
        if (!channel.is_object()) continue;
        const auto is = [&](const char* key, const std::vector<std::string>& allowed, const char* message) {
            const Json value = channel.value(key, Json());
            if (value.is_string() &&
                std::find(allowed.begin(), allowed.end(), value.get<std::string>()) == allowed.end())
                problems.push_back({paths.channels() + ": /" + name + "/" + key, value.dump(), message});
        };
        is("TrainingInputMode", {"File", "FastFile"}, "must be File or FastFile: Object2Vec reads files");
        is("RecordWrapperType", {"None"}, "must be None: Object2Vec reads JSON Lines as they are");
        if (name != "auxiliary")
            is("ContentType", {"application/jsonlines"},
               "must be application/jsonlines: nothing else is read");
    }
    return names;
}

std::vector<std::string> files_of(const std::string& folder) {
    std::vector<std::string> files;
    std::error_code error;
    for (auto entry = fs::recursive_directory_iterator(folder, error);
         !error && entry != fs::recursive_directory_iterator(); entry.increment(error))
        if (entry->is_regular_file() && !entry->path().filename().string().starts_with('.'))
            files.push_back(entry->path().string());
    if (error) throw storage_error(folder, "cannot be read", error.value());
    std::sort(files.begin(), files.end());
    return files;
}

// The files' lines in one file; a last line without an end gets one.
void join(const std::vector<std::string>& files, const std::string& path) {
    data::DurableFile joined(path);
    std::vector<char> block(1 << 20);
    for (const std::string& file : files) {
        std::ifstream in(file, std::ios::binary);
        if (!in) throw storage_error(file, "cannot be read", errno);
        char last = '\n';
        while (in.read(block.data(), static_cast<std::streamsize>(block.size())), in.gcount() > 0) {
            joined.write(block.data(), static_cast<std::size_t>(in.gcount()));
            last = block[static_cast<std::size_t>(in.gcount()) - 1];
        }
        if (in.bad()) throw storage_error(file, "cannot be read", errno);
        if (last != '\n') joined.write("\n", 1);
    }
    joined.commit();
}

// The file with a channel's pairs; "" and a problem when there are none.
std::string pairs_of(const std::string& channel, const ContainerPaths& paths,
                     std::vector<Problem>& problems) {
    const std::string folder = paths.channel(channel);
    const std::vector<std::string> files =
        fs::is_directory(folder) ? files_of(folder) : std::vector<std::string>{};
    if (files.empty()) {
        problems.push_back({folder, "", "holds no file: the channel's pairs, a JSON object a line"});
        return "";
    }
    if (files.size() == 1) return files.front();
    const std::string joined = paths.scratch() + "/" + channel + ".jsonl";
    join(files, joined);
    return joined;
}

Json read_data(const ContainerPaths& paths, std::vector<std::string>& notes, std::vector<Problem>& problems) {
    Json data = Json::object();
    const std::vector<std::string> names = channel_names(paths, problems);
    for (const std::string& name : names) {
        if (std::find(std::begin(kChannels), std::end(kChannels), name) == std::end(kChannels))
            notes.push_back("the channel " + name +
                            " is left out: Object2Vec has train, validation, test and auxiliary");
        else if (name == "auxiliary")
            data[name] = paths.channel(name);
        else if (const std::string file = pairs_of(name, paths, problems); !file.empty())
            data[name] = file;
    }
    if (std::find(names.begin(), names.end(), "train") == names.end())
        problems.push_back(
            {fs::exists(paths.channel("train")) ? paths.channels() + ": /train" : paths.channel("train"), "",
             "is missing: the channel with the training pairs"});
    return data;
}

// All GPUs train together; without any, all cores do.
Json whole_machine(Topology topology, std::optional<int> threads) {
    std::vector<std::string> unused;
    leave_gpus_alone(Resources{}, topology, unused);
    const int cores =
        std::max(1, std::min(static_cast<int>(topology.cores.size()), topology.quota.value_or(INT_MAX)));
    const int gpus = static_cast<int>(topology.gpus.size());
    if (gpus == 0) return {{"slots", 1}, {"threads", threads.value_or(cores)}};
    return {
        {"slots", 1}, {"threads", threads.value_or(std::max(1, cores / gpus))}, {"devices_per_trial", gpus}};
}

}  // namespace

ContainerPaths::ContainerPaths(std::string path) : root(fs::absolute(path).lexically_normal().string()) {
    if (root.size() > 1 && root.back() == '/') root.pop_back();
}

std::string ContainerPaths::study() const {
    return fs::is_directory(checkpoints()) ? checkpoints() + "/" + kName : scratch() + "/" + kName;
}

ContainerTraining prepare_container(const ContainerPaths& paths, Topology topology,
                                    std::optional<int> threads) {
    if (!fs::is_directory(paths.root + "/input"))
        throw InputError(paths.root + "/input", "", "is missing: a training container finds its work there");
    std::error_code ignored;
    fs::remove_all(paths.scratch(), ignored);
    make_folder(paths.scratch());
    ContainerTraining training;
    std::vector<Problem> problems;
    const Json fixed = read_settings(paths, problems);
    check_hosts(paths, problems);
    const Json data = read_data(paths, training.notes, problems);
    if (!problems.empty()) throw InputError(std::move(problems));
    const Json experiment{{"name", kName},
                          {"data", data},
                          {"fixed", fixed},
                          {"resources", whole_machine(std::move(topology), threads)}};
    training.request.file = paths.scratch() + "/experiment.json";
    data::write_durably(training.request.file, experiment.dump(2) + '\n');
    training.request.out = paths.study();
    training.request.as = kName;
    training.request.share = true;  // a container's limits are its own
    training.request.remedy = "empty " + paths.checkpoints() + " to train anew";
    return training;
}

InputError at_hyperparameters(const InputError& error, const ContainerPaths& paths) {
    const std::string fixed = paths.scratch() + "/experiment.json: /fixed";
    std::vector<Problem> problems = error.problems();
    for (Problem& problem : problems)
        if (problem.where.starts_with(fixed))
            problem.where =
                paths.hyperparameters() +
                (problem.where.size() > fixed.size() ? ": " + problem.where.substr(fixed.size()) : "");
    return InputError(std::move(problems));
}

void deliver_model(const std::string& folder, const ContainerPaths& paths) {
    make_folder(paths.model());
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (!entry.is_regular_file()) continue;
        const std::string target = paths.model() + "/" + entry.path().filename().string();
        data::copy_durably(entry.path().string(), target);
    }
}

bool deliver_checkpoint(const ContainerPaths& paths) {
    const std::string checkpoint = RunFolder(paths.study()).trial(0) + "/checkpoint.safetensors";
    const std::string model = paths.scratch() + "/model";
    if (!fs::exists(checkpoint)) return false;
    if (run_to_end({find_worker_program(), "keep", "--checkpoint", checkpoint, "--output", model}) != 0)
        throw StorageError(checkpoint + ": no model could be made of it; what is wrong stands above");
    deliver_model(model, paths);
    return true;
}

void report_failure(const std::string& why, const ContainerPaths& paths) noexcept {
    std::error_code ignored;
    fs::create_directories(fs::path(paths.failure()).parent_path(), ignored);
    std::ofstream(paths.failure(), std::ios::binary) << cut_text(why, kLongestReason);
}

}  // namespace o2v::orchestrator
