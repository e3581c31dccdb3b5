#include "orchestrator/reproduce.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "model/data/dataset.hpp"
#include "model/data/durable_file.hpp"
#include "orchestrator/data_check.hpp"
#include "orchestrator/local_executor.hpp"
#include "orchestrator/machine.hpp"
#include "orchestrator/tuner.hpp"
#include "search/study/errors.hpp"
#include "worker/protocol/figures.hpp"

namespace o2v::orchestrator {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::chrono::milliseconds kTick{200};
constexpr double kNever = 1e9;
constexpr const char* kWeights = "/weights.safetensors";

// Locked while it is in use; what a killed process left is removed by the next one.
class FolderBeside {
  public:
    explicit FolderBeside(const std::string& study) : path_(study + kSuffix + "XXXXXX") {
        remove_abandoned(study + kSuffix);
        if (!mkdtemp(path_.data())) throw storage_error(path_, "cannot be created", errno);
        lock_ = lock(path_, O_CREAT);
    }
    ~FolderBeside() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
        if (lock_ >= 0) ::close(lock_);
    }
    FolderBeside(const FolderBeside&) = delete;
    FolderBeside& operator=(const FolderBeside&) = delete;
    const std::string& path() const { return path_; }

  private:
    static constexpr const char* kSuffix = ".reproduce-";

    // -1 when another process holds it, or there is none.
    static int lock(const std::string& folder, int flags) {
        const int file = ::open((folder + "/lock").c_str(), O_RDWR | O_CLOEXEC | flags, 0644);
        if (file < 0 || flock(file, LOCK_EX | LOCK_NB) == 0) return file;
        ::close(file);
        return -1;
    }
    static void remove_abandoned(const std::string& prefix) {
        std::error_code error;
        for (const auto& entry : fs::directory_iterator(fs::path(prefix).parent_path(), error)) {
            if (!entry.path().string().starts_with(prefix)) continue;
            const int file = lock(entry.path().string(), 0);
            if (file < 0) continue;
            fs::remove_all(entry.path(), error);
            ::close(file);
        }
    }

    std::string path_;
    int lock_ = -1;
};

std::string name_of(const Trial& trial) {
    return "trial " + std::to_string(trial.id);
}

const Trial& checked(const StoredStudy& stored, TrialId id) {
    const auto count = std::ssize(stored.study.trials());
    if (id < 0 || id >= count)
        throw InputError(
            "trial " + std::to_string(id), "",
            "there is no such trial: " + stored.study.spec().name + " has " + std::to_string(count));
    const Trial& trial = stored.study.trial(id);
    if (stored.experiment.is_asked())
        throw InputError(name_of(trial), "", "was run by another program, which alone can repeat it");
    const std::int64_t from = trial.fork ? trial.fork->epoch + 1 : 0;
    if (std::ssize(trial.curve) <= from || trial.attempts.empty())
        throw InputError(name_of(trial), "",
                         "has no epoch of its own on record, so that nothing can be compared");
    return trial;
}

// The checkpoint that a forked trial went on from.
std::string parents_checkpoint(const StoredStudy& stored, const Trial& trial) {
    const std::string kept = stored.folder.trial(trial.id) + "/parent";
    for (const std::string& path : {kept, data::previous_of(kept)})
        if (fs::exists(path)) return path;
    throw InputError(name_of(trial), "",
                     "went on from the checkpoint of trial " + std::to_string(trial.fork->parent) +
                         " after epoch " + std::to_string(trial.fork->epoch) + ", which is kept only until " +
                         name_of(trial) + " ends; it cannot be reproduced without it");
}

WorkerRecord recorded_worker(const StoredStudy& stored, const AttemptStarted& attempt) {
    WorkerRecord found{attempt.worker,
                       0,
                       attempt.host,
                       attempt.device,
                       "",
                       attempt.cores,
                       static_cast<int>(std::max<std::size_t>(attempt.cores.size(), 1)),
                       "",
                       ""};
    for (const WorkerRecord& worker :
         open_sqlite_storage(stored.folder.database(), OpenMode::read_only)->workers())
        if (worker.name == attempt.worker) found = worker;
    return found;
}

// A slot like the one it was trained in, on the cores that a run over the study leases last.
Slot slot_like(const StoredStudy& stored, const WorkerRecord& worker) {
    const Resources& asked = stored.experiment.resources;
    const Resources resources =
        one_slot(asked, worker.device, std::max(worker.threads / asked.devices_per_trial, 1));
    Topology topology = read_topology();
    std::reverse(topology.cores.begin(), topology.cores.end());
    return lease_slots(resources, topology).slots.front();
}

void note_changes(const std::string& what, const Json& before, const Json& after,
                  std::vector<std::string>& changes) {
    for (const auto& [name, value] : before.items())
        if (!after.contains(name) || after.at(name) != value)
            changes.push_back(what + ' ' + name + ": " + value.dump() + " then, " +
                              (after.contains(name) ? after.at(name).dump() : "nothing") + " now");
}

std::vector<std::string> changes_since(const StoredStudy& stored, const Json& hashes,
                                       const WorkerRecord& before, const WorkerRecord& now) {
    std::vector<std::string> changes;
    const Json then = Json::parse(stored.record.data_hashes);
    for (const auto& [name, file] : then.items())
        if (!hashes.contains(name) || hashes.at(name).at("xxh3") != file.at("xxh3"))
            changes.push_back("data " + name + ": another content than then");
    note_changes("machine", Json::parse(stored.record.machine), machine_fingerprint(), changes);
    note_changes("version", Json::parse(stored.record.versions), library_versions(), changes);
    const auto worker = [](const WorkerRecord& w) {
        return Json{{"host", w.host},       {"device", w.device},          {"device_name", w.device_name},
                    {"threads", w.threads}, {"LibTorch", w.torch_version}, {"BLAS", w.blas}};
    };
    note_changes("worker", worker(before), worker(now), changes);
    return changes;
}

struct Rerun {
    WorkerRecord worker;
    std::vector<Measurement> curve;
    std::optional<Ending> ending;  // nullopt: it was stopped where the record ends
};

// Completed and diverged trials end by themselves; others end where their record does.
bool ends_by_itself(const Trial& trial) {
    if (!trial.ending) return false;
    const auto* pruned = std::get_if<Pruned>(&*trial.ending);
    return std::holds_alternative<Completed>(*trial.ending) || (pruned && pruned->diverged);
}

// nullopt when interrupted.
std::optional<Rerun> train(const Trial& trial, const protocol::StartTrial& order, Executor& executor,
                           const std::function<void(const Measurement&)>& progress) {
    Rerun rerun;
    const auto recorded = std::ssize(trial.curve);
    for (;;) {
        for (const Happening& happening : executor.wait(std::chrono::steady_clock::now() + kTick)) {
            if (std::holds_alternative<InterruptRequested>(happening)) return std::nullopt;
            if (const auto* ready = std::get_if<WorkerReady>(&happening)) {
                rerun.worker = ready->worker;
                executor.start(ready->slot, order, std::nullopt);
            } else if (const auto* lost = std::get_if<TrialLost>(&happening)) {
                rerun.ending = Failure{lost->kind, lost->message};
                return rerun;
            }
            const auto* said = std::get_if<TrialMessage>(&happening);
            if (!said) continue;
            if (const auto* epoch = std::get_if<protocol::EpochEnded>(&said->message)) {
                rerun.curve.push_back(epoch->measurement);
                progress(epoch->measurement);
                const std::int64_t done = epoch->measurement.epoch + 1;
                if (done >= recorded + (ends_by_itself(trial) ? 1 : 0))
                    executor.stop(trial.id, false);
                else
                    executor.proceed(trial.id);
            } else if (const auto* done = std::get_if<protocol::TrialCompleted>(&said->message)) {
                rerun.ending = Completed{done->metrics, done->best_epoch, done->model_path};
                return rerun;
            } else if (const auto* diverged = std::get_if<protocol::TrialDiverged>(&said->message)) {
                rerun.ending = Pruned{diverged->message, true};
                return rerun;
            } else if (const auto* failed = std::get_if<protocol::TrialFailed>(&said->message)) {
                if (failed->medium) throw StorageError(failed->message);
                rerun.ending = Failure{failed->kind, failed->message};
                return rerun;
            } else if (std::holds_alternative<protocol::TrialStopped>(said->message)) {
                return rerun;
            }
        }
    }
}

std::string ending_text(const std::optional<Ending>& ending) {
    if (!ending) return "went on";
    if (const auto* pruned = std::get_if<Pruned>(&*ending)) return "diverged (" + pruned->reason + ")";
    if (const auto* failure = std::get_if<Failure>(&*ending))
        return "failed (" + std::string(to_text(failure->kind)) + ": " + failure->message + ")";
    return "completed with epoch " + std::to_string(std::get<Completed>(*ending).best_epoch) + " kept";
}

// A measured time is never the same twice; all else of a training is.
Metrics without_times(const StoredStudy& stored, Metrics metrics) {
    if (!stored.experiment.trains()) return metrics;
    std::erase_if(metrics, [](const auto& metric) {
        const auto figure = protocol::figure_of(metric.first);
        return figure && figure->info->kind == protocol::FigureKind::latency;
    });
    return metrics;
}

void compare_endings(const StoredStudy& stored, const Trial& trial, const Rerun& rerun, Reproduction& found) {
    if (!ends_by_itself(trial)) {
        if (rerun.ending) found.ending = "it " + ending_text(rerun.ending) + " before the record's end";
        return;
    }
    const auto* recorded = std::get_if<Completed>(&*trial.ending);
    const auto* again = rerun.ending ? std::get_if<Completed>(&*rerun.ending) : nullptr;
    const bool diverged = rerun.ending && std::holds_alternative<Pruned>(*rerun.ending);
    if (recorded ? !again || again->best_epoch != recorded->best_epoch : !diverged)
        found.ending = "it " + ending_text(trial.ending) + " then, and " + ending_text(rerun.ending) + " now";
    if (!recorded || !again) return;
    const auto more = compare(without_times(stored, recorded->metrics), without_times(stored, again->metrics),
                              std::nullopt);
    found.metrics.insert(found.metrics.end(), more.begin(), more.end());
    const std::string kept = stored.folder.path() + '/' + recorded->model_path + kWeights;
    if (recorded->model_path.empty() || again->model_path.empty() || !fs::exists(kept)) return;
    found.weights_recorded = data::file_hash(kept);
    found.weights_again = data::file_hash(again->model_path + kWeights);
}

}  // namespace

std::optional<Reproduction> reproduce(const StoredStudy& stored, TrialId id,
                                      const std::function<void(const Measurement&)>& progress) {
    const Trial& trial = checked(stored, id);
    const WorkerRecord before = recorded_worker(stored, trial.attempts.back().started);
    const Slot slot = slot_like(stored, before);
    Json hashes = Json::object();
    if (stored.experiment.trains()) hashes = data_hashes(stored.experiment, check_data(stored.experiment));
    const std::string worker_program = find_worker_program(stored.experiment);

    const FolderBeside folder(stored.folder.path());
    protocol::StartTrial order = order_of(stored.experiment, trial, folder.path() + "/trial");
    order.checkpoint_seconds = kNever;
    if (trial.fork) {
        order.fork_from = folder.path() + "/parent";
        data::copy_durably(parents_checkpoint(stored, trial), order.fork_from);
    }
    const auto executor = make_local_executor(
        {{slot}, worker_program, folder.path(), stored.experiment.limits, stored.experiment.trains()});
    const std::optional<Rerun> rerun = train(trial, order, *executor, progress);
    executor->shut_down();
    if (!rerun) return std::nullopt;

    Reproduction found;
    found.trial = id;
    const std::int64_t from = trial.fork ? trial.fork->epoch + 1 : 0;
    found.epochs = std::ssize(trial.curve) - from;
    found.metrics = compare(trial.curve, rerun->curve, from);
    compare_endings(stored, trial, *rerun, found);
    found.changes = changes_since(stored, hashes, before, rerun->worker);
    return found;
}

}  // namespace o2v::orchestrator
