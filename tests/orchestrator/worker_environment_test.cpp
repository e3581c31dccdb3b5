#include "orchestrator/worker_environment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace o2v::orchestrator {
namespace {

using testing::Contains;
using testing::Each;
using testing::Not;
using testing::StartsWith;

TEST(WorkerEnvironment, HasTheSlotsThreadsForOpenMpAndEveryBlas) {
    const std::vector<std::string> found = worker_environment(
        {0, "cpu", {0, 2, 4}, 3}, {"PATH=/bin", "OMP_NUM_THREADS=64", "GOTO_NUM_THREADS=9"});
    for (const char* name : {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "MKL_NUM_THREADS",
                             "BLIS_NUM_THREADS"}) {
        EXPECT_THAT(found, Contains(std::string(name) + "=3"));
        EXPECT_THAT(found, Contains(StartsWith(std::string(name) + "=")).Times(1)) << "one of each";
    }
    EXPECT_THAT(found, Contains("PATH=/bin"));
}

TEST(WorkerEnvironment, ADevicesThreadsAreItsPartOfTheCores) {
    const std::vector<std::string> found = worker_environment({0, "cpu", {0, 1, 2, 3}, 4, 2}, {});
    EXPECT_THAT(found, Contains("OMP_NUM_THREADS=2"));
}

TEST(WorkerEnvironment, BindsNoThreadsElsewhere) {
    const std::vector<std::string> outer{"OMP_PROC_BIND=close",      "OMP_PLACES=cores",
                                         "GOMP_CPU_AFFINITY=0-7",    "KMP_AFFINITY=compact",
                                         "MKL_DOMAIN_NUM_THREADS=8", "OMP_PROC_BIND_NOT=kept"};
    const std::vector<std::string> found = worker_environment({0, "cpu", {0}, 1}, outer);
    for (const char* name :
         {"OMP_PROC_BIND=", "OMP_PLACES=", "GOMP_CPU_AFFINITY=", "KMP_AFFINITY=", "MKL_DOMAIN_NUM_THREADS="})
        EXPECT_THAT(found, Each(Not(StartsWith(name))));
    EXPECT_THAT(found, Contains("OMP_PROC_BIND_NOT=kept"));
}

TEST(WorkerEnvironment, SeesTheSlotsGpusAndNoOthers) {
    const std::vector<std::string> outer{"CUDA_VISIBLE_DEVICES=0,1,2,3", "CUDA_DEVICE_ORDER=FASTEST_FIRST"};
    EXPECT_THAT(worker_environment({0, "cpu", {0}, 1}, outer), Contains("CUDA_VISIBLE_DEVICES="));
    const std::vector<std::string> two = worker_environment({0, "cuda:1,cuda:3", {0, 1}, 2, 2}, outer);
    EXPECT_THAT(two, Contains("CUDA_VISIBLE_DEVICES=1,3"));
    EXPECT_THAT(two, Contains("CUDA_DEVICE_ORDER=PCI_BUS_ID"));
    EXPECT_THAT(two, Contains(StartsWith("CUDA_")).Times(2));
}

}  // namespace
}  // namespace o2v::orchestrator
