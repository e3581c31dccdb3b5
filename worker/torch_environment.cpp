#include "worker/torch_environment.hpp"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <link.h>
#include <torch/torch.h>
#include <torch/version.h>

#include <array>
#include <filesystem>
#include <vector>

#include "model/gpu_arithmetic.hpp"
#include "model/memory.hpp"

namespace o2v::worker {
namespace {

std::string real_path(const std::string& path) {
    std::error_code error;
    const auto resolved = std::filesystem::canonical(path, error);
    return error ? path : resolved.string();
}

// Real paths of the shared objects in this process.
std::vector<std::string> loaded_objects() {
    std::vector<std::string> paths;
    const auto collect = [](dl_phdr_info* info, std::size_t, void* into) {
        if (info->dlpi_name != nullptr && *info->dlpi_name != '\0') {
            static_cast<std::vector<std::string>*>(into)->push_back(real_path(info->dlpi_name));
        }
        return 0;
    };
    dl_iterate_phdr(collect, &paths);
    return paths;
}

bool optimised_name(const std::string& path) {
    for (const char* const part : {"openblas", "mkl", "blis", "atlas", "armpl", "flexiblas", "nvpl"}) {
        if (path.find(part) != std::string::npos) return true;
    }
    return false;
}

// Netlib's libblas, under whatever folder: Debian has it as blas/libblas.so.3, and optimised ones under the
// same name in folders of their own.
bool reference_name(const std::string& path) {
    return std::filesystem::path(path).filename().string().starts_with("libblas.so") && !optimised_name(path);
}

// The library that LibTorch's matrix products run in: the one whose sgemm_ the process resolves; in an
// official LibTorch it is linked into libtorch_cpu and not to be seen.
std::string find_blas() {
    if (void* const sgemm = dlsym(RTLD_DEFAULT, "sgemm_")) {
        Dl_info info{};
        if (dladdr(sgemm, &info) != 0 && info.dli_fname != nullptr) return real_path(info.dli_fname);
    }
    for (const std::string& path : loaded_objects()) {
        const std::string file = std::filesystem::path(path).filename().string();
        if (file.starts_with("libblas") || (file.starts_with("lib") && optimised_name(file))) return path;
    }
    return at::hasMKL() ? "MKL in LibTorch" : "";
}

void set_openblas_threads(int threads) {
    if (void* const found = dlsym(RTLD_DEFAULT, "openblas_set_num_threads")) {
        reinterpret_cast<void (*)(int)>(found)(threads);
    }
}

std::string uuid_text(const std::array<unsigned char, 16>& bytes) {
    constexpr const char* kDigits = "0123456789abcdef";
    std::string text = "GPU-";
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
        text += kDigits[bytes[i] >> 4];
        text += kDigits[bytes[i] & 15];
    }
    return text;
}

// What the driver that LibTorch has loaded says of its GPUs: no CUDA headers are needed for it, so that one
// source serves a LibTorch with CUDA and one without.
void describe_gpus(TorchEnvironment& environment) {
    void* const driver = dlopen("libcuda.so.1", RTLD_LAZY);
    if (driver == nullptr) return;
    const auto initialise = reinterpret_cast<int (*)(unsigned)>(dlsym(driver, "cuInit"));
    const auto get_count = reinterpret_cast<int (*)(int*)>(dlsym(driver, "cuDeviceGetCount"));
    const auto get_device = reinterpret_cast<int (*)(int*, int)>(dlsym(driver, "cuDeviceGet"));
    const auto get_name = reinterpret_cast<int (*)(char*, int, int)>(dlsym(driver, "cuDeviceGetName"));
    const auto get_uuid =
        reinterpret_cast<int (*)(std::array<unsigned char, 16>*, int)>(dlsym(driver, "cuDeviceGetUuid"));
    int count = 0;
    if (!initialise || !get_count || !get_device || !get_name || !get_uuid || initialise(0) != 0 ||
        get_count(&count) != 0)
        return;
    for (int i = 0; i < count; ++i) {
        int device = 0;
        std::array<char, 256> name{};
        std::array<unsigned char, 16> uuid{};
        if (get_device(&device, i) != 0 ||
            get_name(name.data(), static_cast<int>(name.size()) - 1, device) != 0 ||
            get_uuid(&uuid, device) != 0)
            return;
        if (i == 0) environment.device_name = name.data();
        environment.gpus.push_back(uuid_text(uuid));
    }
}

}  // namespace

TorchEnvironment torch_environment(int threads) {
    TorchEnvironment environment;
    at::set_num_threads(threads);
    set_openblas_threads(threads);
    model::keep_freed_memory();
    model::same_bits_on_gpus();
    environment.threads = at::get_num_threads();
    environment.torch_version = TORCH_VERSION;
    environment.blas = find_blas();
    environment.reference_blas = reference_name(environment.blas);
    environment.device = "cpu";
    try {
        if (torch::cuda::is_available() && torch::cuda::device_count() > 0) {
            environment.device = "cuda:0";
            describe_gpus(environment);
        }
    } catch (const c10::Error&) {  // a driver too old or a GPU in a bad state: the CPU it is
    }
    return environment;
}

}  // namespace o2v::worker
