#include <torch/torch.h>

#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "search/study/errors.hpp"
#include "worker/object2vec_data.hpp"
#include "worker/object2vec_provenance.hpp"
#include "worker/object2vec_trial.hpp"
#include "worker/objective.hpp"

namespace o2v::worker {
namespace {

// LibTorch's versions tell of too little memory by different types and by text: the GPU's "CUDA out of
// memory", the CPU's "can't allocate memory" and "not enough memory".
bool tells_of_memory(const std::string& text) {
    for (const char* const part :
         {"out of memory", "can't allocate memory", "not enough memory", "CUBLAS_STATUS_ALLOC_FAILED"}) {
        if (text.find(part) != std::string::npos) return true;
    }
    return false;
}

std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

class Object2VecObjective final : public Objective {
  public:
    Object2VecObjective(const protocol::Hello& hello, int devices) : provenance_(hello) {
        const torch::Device first(hello.device);
        for (int i = 0; i < devices; ++i) {
            devices_.push_back(
                first.is_cpu() ? first : torch::Device(first.type(), static_cast<torch::DeviceIndex>(i)));
        }
    }

    Outcome run(const protocol::StartTrial& trial, TrialLink& link) override {
        try {
            return Object2VecTrial(trial, link, cache_, provenance_.of(trial), devices_).run();
        } catch (const InputError& e) {
            return Failure{FailureKind::bad_config, e.what()};
        } catch (const std::bad_alloc&) {
            return Failure{FailureKind::out_of_memory, "out of memory"};
        } catch (const c10::Error& e) {
            const std::string message = e.what_without_backtrace();
            if (!tells_of_memory(message)) throw;
            return Failure{FailureKind::out_of_memory, first_line(message)};
        }
    }

  private:
    std::vector<torch::Device> devices_;
    DatasetCache cache_;
    ProvenanceRecorder provenance_;
};

}  // namespace

std::unique_ptr<Objective> make_object2vec_objective(const protocol::Hello& hello, int devices) {
    return std::make_unique<Object2VecObjective>(hello, devices);
}

}  // namespace o2v::worker
