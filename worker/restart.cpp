#include "worker/restart.hpp"

#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "model/data/durable_file.hpp"

namespace o2v::worker {
namespace {

// Was the checkpoint used? There may be none.
bool try_one(const protocol::StartTrial& trial, const std::string& path, bool of_other_trial,
             const UseCheckpoint& use) {
    if (!std::filesystem::exists(path)) return false;
    try {
        use(path, of_other_trial);
        return true;
    } catch (const std::runtime_error& e) {
        std::fprintf(stderr, "o2v-worker: trial %lld: a checkpoint cannot be used: %s\n",
                     static_cast<long long>(trial.trial), e.what());
        std::error_code ignored;
        if (!of_other_trial) std::filesystem::remove(path, ignored);
        return false;
    }
}

}  // namespace

void require_on_record(const protocol::StartTrial& trial, const std::string& path, std::int64_t epochs_done) {
    if (epochs_done > trial.epochs_recorded)
        throw std::runtime_error(path + ": holds " + std::to_string(epochs_done) + " epochs, of which " +
                                 std::to_string(trial.epochs_recorded) + " are on record");
}

bool restart(const protocol::StartTrial& trial, const UseCheckpoint& use) {
    bool any = false;
    for (const auto& [path, of_other_trial] :
         {std::pair(trial.resume_from, false), std::pair(trial.fork_from, true)}) {
        if (path.empty()) continue;
        any = true;
        for (const std::string& one : {path, data::previous_of(path)}) {
            if (!try_one(trial, one, of_other_trial, use)) continue;
            std::fprintf(stderr, "o2v-worker: trial %lld goes on from %s\n",
                         static_cast<long long>(trial.trial), one.c_str());
            return true;
        }
    }
    if (any)
        std::fprintf(stderr, "o2v-worker: trial %lld begins anew\n", static_cast<long long>(trial.trial));
    return false;
}

}  // namespace o2v::worker
