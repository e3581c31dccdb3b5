#include "worker/host/environment.hpp"

#include <unistd.h>

#include <algorithm>

namespace o2v::worker {
namespace {

// OpenMP; OpenBLAS and its former name; MKL; BLIS.
constexpr const char* kCounts[] = {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS",
                                   "MKL_NUM_THREADS", "BLIS_NUM_THREADS"};
constexpr const char* kCleared[] = {
    "OMP_PROC_BIND",         "OMP_PLACES",   "OMP_DYNAMIC",   "OMP_THREAD_LIMIT",
    "GOMP_CPU_AFFINITY",     "KMP_AFFINITY", "KMP_HW_SUBSET", "MKL_DOMAIN_NUM_THREADS",
    "OMP_TEAMS_THREAD_LIMIT"};

}  // namespace

std::vector<std::string> own_environment() {
    std::vector<std::string> entries;
    for (char** entry = environ; *entry; ++entry) entries.emplace_back(*entry);
    return entries;
}

const std::vector<std::string>& thread_variables() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all(std::begin(kCounts), std::end(kCounts));
        all.insert(all.end(), std::begin(kCleared), std::end(kCleared));
        return all;
    }();
    return names;
}

std::vector<std::string> with_threads(std::vector<std::string> environment, int threads) {
    std::erase_if(environment, [](const std::string& entry) {
        const std::vector<std::string>& own = thread_variables();
        return std::find(own.begin(), own.end(), entry.substr(0, entry.find('='))) != own.end();
    });
    for (const char* name : kCounts) environment.push_back(std::string(name) + '=' + std::to_string(threads));
    return environment;
}

}  // namespace o2v::worker
