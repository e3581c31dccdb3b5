#include "worker/doctor.hpp"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

#ifdef O2V_WITH_TORCH
#include "worker/torch_doctor.hpp"
#endif

namespace o2v::worker {

int doctor_main([[maybe_unused]] int threads) {
    nlohmann::json json{{"version", O2V_VERSION}, {"torch_version", ""}};
#ifdef O2V_WITH_TORCH
    const TorchHealth health = examine_torch(threads);
    json["torch_version"] = health.environment.torch_version;
    json["blas"] = health.environment.blas;
    json["reference_blas"] = health.environment.reference_blas;
    json["threads"] = health.environment.threads;
    json["built_with_cuda"] = health.built_with_cuda;
    json["gpus"] = health.gpus;
    json["gpu_error"] = health.gpu_error;
    json["gflops"] = health.gflops;
    json["products"] = nlohmann::json::array();
    for (const ProductCheck& check : health.products)
        json["products"].push_back(
            {{"shape", check.shape}, {"layout", check.layout}, {"error", check.error}});
#endif
    const std::string line = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
    return std::fputs(line.c_str(), stdout) < 0 ? 1 : 0;
}

}  // namespace o2v::worker
