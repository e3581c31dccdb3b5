#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "orchestrator/observer.hpp"
#include "worker/protocol/json.hpp"

namespace o2v::orchestrator {
namespace {

using Json = nlohmann::json;

constexpr std::chrono::milliseconds kBetweenWrites{20};

class JsonLines final : public StudyObserver {
  public:
    void started(const Study& study, const RunHeader& header) override {
        print({{"event", "run_started"},
               {"study", study.spec().name},
               {"folder", header.folder},
               {"slots", header.slots},
               {"trials_before", header.trials_before}});
        std::fflush(stdout);
    }
    void worker_ready(const WorkerRecord& worker, bool reference_blas) override {
        print({{"event", "worker_ready"},
               {"worker", worker.name},
               {"pid", worker.pid},
               {"device", worker.device},
               {"cores", worker.cores},
               {"threads", worker.threads},
               {"blas", worker.blas},
               {"reference_blas", reference_blas}});
    }
    void happened(const Study&, const TrialEvent& event) override { print(protocol::to_json(event)); }
    void tick(const Study&, const RunStatus&) override {
        const auto now = std::chrono::steady_clock::now();
        if (now - flushed_ < kBetweenWrites) return;
        flushed_ = now;
        std::fflush(stdout);
    }
    void note(const std::string& sentence) override {
        print({{"event", "note"}, {"text", sentence}});
        std::fflush(stdout);
    }
    void finished(const Study& study, const std::string& why) override {
        Json json{
            {"event", "run_ended"}, {"why", why}, {"trials", study.trials().size()}, {"best_trial", nullptr}};
        if (const Trial* best = study.best()) json["best_trial"] = best->id;
        print(std::move(json));
        std::fflush(stdout);
    }

  private:
    static void print(Json json) {
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        json["time_ms"] = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
        const std::string line = json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
        std::fputs(line.c_str(), stdout);
    }

    std::chrono::steady_clock::time_point flushed_{};
};

}  // namespace

std::unique_ptr<StudyObserver> make_json_lines() {
    return std::make_unique<JsonLines>();
}

}  // namespace o2v::orchestrator
