#include "orchestrator/doctor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>

#include "tests/orchestrator/temporary_folder.hpp"

namespace o2v::orchestrator {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::Field;
using testing::HasSubstr;

constexpr std::int64_t kMiB = 1 << 20, kGiB = 1 << 30;

auto severity(Severity s) {
    return Field("severity", &Finding::severity, s);
}
auto found(const std::string& text) {
    return Field("found", &Finding::found, HasSubstr(text));
}
auto advice(const std::string& text) {
    return Field("advice", &Finding::advice, HasSubstr(text));
}
auto fine() {
    return Each(severity(Severity::ok));
}

WorkerFacts good_worker() {
    WorkerFacts facts;
    facts.torch_version = "2.6.0";
    facts.blas = "/usr/lib/libopenblas.so.0";
    facts.products = 48;
    facts.worst_product = "1x1x1 nn";
    facts.worst_error = 0.4;
    facts.gflops = 60;
    facts.possible_gflops = 96;
    return facts;
}

TEST(DoctorOnBlas, AGoodOneIsFine) {
    EXPECT_THAT(judge(good_worker()), fine());
    EXPECT_THAT(judge(good_worker()), Contains(found("48 matrix products agree")));
    WorkerFacts unknown = good_worker();
    unknown.possible_gflops = 0;
    unknown.blas = "";
    EXPECT_THAT(judge(unknown), fine());
}

TEST(DoctorOnBlas, AWrongResultIsAProblemHoweverFast) {
    WorkerFacts facts = good_worker();
    facts.worst_product = "17x33x65 nt";
    for (const double error : {1.5, 1e6, std::numeric_limits<double>::infinity(), std::nan("")}) {
        facts.worst_error = error;
        EXPECT_THAT(judge(facts), Contains(AllOf(severity(Severity::problem), found("17x33x65 nt"),
                                                 advice("OPENBLAS_CORETYPE"))))
            << error;
    }
}

TEST(DoctorOnBlas, TheReferenceOneIsAWarningWithThePackage) {
    WorkerFacts facts = good_worker();
    facts.reference_blas = true;
    facts.gflops = 1.2;
    EXPECT_THAT(judge(facts), Contains(AllOf(severity(Severity::warning), found("reference BLAS"),
                                             advice("apt-get install libopenblas0-pthread"))));
}

TEST(DoctorOnBlas, ASlowOneIsAWarning) {
    WorkerFacts facts = good_worker();
    facts.gflops = 10;
    EXPECT_THAT(judge(facts), Contains(AllOf(severity(Severity::warning), found("10.0 GFLOP/s"))));
}

TEST(DoctorOnBlas, AMissingWorkerIsAProblemAndOneWithoutLibTorchAWarning) {
    WorkerFacts facts;
    facts.trouble = "/x/o2v-worker: is not there";
    EXPECT_THAT(judge(facts), Contains(AllOf(severity(Severity::problem), found("is not there"))));
    EXPECT_THAT(judge(WorkerFacts{}),
                Contains(AllOf(severity(Severity::warning), advice("apt-get install libtorch-dev"))));
}

TEST(DoctorOnBlas, AnAnswersWorstProductCounts) {
    const std::string answer = R"({"torch_version": "2.6.0", "blas": "b", "reference_blas": false,
        "gflops": 50.5, "built_with_cuda": true, "gpus": 2, "gpu_error": "", "products": [
        {"shape": "1x1x1", "layout": "nn", "error": 0.0}, {"shape": "3x5x7", "layout": "tn", "error": 0.5},
        {"shape": "2x2x2", "layout": "nn", "error": 0.25}]})";
    const WorkerFacts facts = worker_facts(answer);
    EXPECT_EQ(facts.trouble, "");
    EXPECT_EQ(facts.products, 3);
    EXPECT_EQ(facts.worst_product, "3x5x7 tn");
    EXPECT_EQ(facts.worst_error, 0.5);
    EXPECT_EQ(facts.gpus, 2);
    std::string infinite = answer;
    infinite.replace(infinite.find("0.25"), 4, "null");
    EXPECT_EQ(worker_facts(infinite).worst_product, "2x2x2 nn");
    EXPECT_TRUE(std::isinf(worker_facts(infinite).worst_error));
    EXPECT_EQ(worker_facts(R"({"torch_version": ""})").trouble, "");
    for (const char* bad : {"", "Segmentation fault", "{}", R"({"torch_version": "2"})", "[]"})
        EXPECT_THAT(worker_facts(bad).trouble, HasSubstr("cannot be read")) << bad;
}

TEST(DoctorOnBlas, TheProcessorsDescriptionSuggestsASpeed) {
    EXPECT_DOUBLE_EQ(possible_gflops("cpu MHz\t\t: 2000.0\nflags\t\t: fpu sse2 avx fma avx2\n"
                                     "cpu MHz\t\t: 3000.0\nflags\t\t: fpu sse2 avx fma avx2\n"),
                     96);
    EXPECT_DOUBLE_EQ(possible_gflops("cpu MHz : 1000.0\nflags : fpu sse2\n"), 8);
    EXPECT_EQ(possible_gflops("flags : avx2 fma\n"), 0) << "no clock";
    EXPECT_EQ(possible_gflops(""), 0);
}

TEST(DoctorOnCores, LimitsAreNotedAndPinningThatFailsIsAProblem) {
    CoreFacts facts{8, 8, 4, 1, {}, {}};
    EXPECT_THAT(judge(facts), fine());
    facts.allowed = 2;
    EXPECT_THAT(judge(facts), Contains(AllOf(severity(Severity::note), found("may run on 2"))));
    facts.quota = 1.5;
    EXPECT_THAT(judge(facts), Contains(AllOf(severity(Severity::note), found("the time of 1.5"))));
    facts.quota = 64;
    EXPECT_THAT(judge(facts), testing::Not(Contains(found("control group"))));
    facts.not_pinned = {3, 5};
    EXPECT_THAT(judge(facts), Contains(AllOf(severity(Severity::problem), found("cores 3, 5"))));
}

TEST(DoctorOnGpus, EachIsUsedOrItIsSaidWhatIsMissing) {
    const WorkerFacts cpu = good_worker();
    WorkerFacts cuda = cpu;
    cuda.built_with_cuda = true;
    cuda.gpus = 1;
    EXPECT_THAT(judge(GpuFacts{}, cpu), fine());
    GpuFacts facts;
    facts.nvidia_devices = 2;
    EXPECT_THAT(judge(facts, cpu), Contains(AllOf(severity(Severity::warning), advice("nvidia-driver"))));
    facts.driver = "550.1";
    facts.restricted = true;
    EXPECT_THAT(judge(facts, cpu), Contains(AllOf(severity(Severity::note), found("hides all"))));
    facts.gpus = {{0, "A100", "GPU-a", 40 * kGiB, "", 1}};
    EXPECT_THAT(judge(facts, cuda), fine());
    EXPECT_THAT(judge(facts, cuda), Contains(found("cuda:0 A100, 40.0 GiB, node 1 (driver 550.1)")));
    EXPECT_THAT(judge(facts, cpu),
                Contains(AllOf(severity(Severity::warning), found("without CUDA"), advice("pytorch.org"))));
    cuda.gpus = 0;
    cuda.gpu_error = "driver too old";
    EXPECT_THAT(judge(facts, cuda), Contains(AllOf(severity(Severity::problem), found("driver too old"))));
}

TEST(DoctorOnMemory, LittleForEachCoreAndSwapInUseAreWarnings) {
    MemoryFacts facts{16 * kGiB, 8 * kGiB, {}, 0, 0, 4};
    EXPECT_THAT(judge(facts), fine());
    facts.limit = kGiB;
    EXPECT_THAT(judge(facts), Contains(AllOf(severity(Severity::warning), found("256 MiB for each of 4"))));
    facts.limit = {};
    facts.available = 4 * kGiB;
    EXPECT_THAT(judge(facts), Contains(severity(Severity::note)));
    facts.swap = 4 * kGiB;
    facts.swap_free = kGiB;
    EXPECT_THAT(judge(facts), Contains(AllOf(severity(Severity::warning), found("3.0 GiB of 4.0 GiB"))));
    facts.swap_free = 4 * kGiB;
    EXPECT_THAT(judge(facts), testing::Not(Contains(severity(Severity::warning))));
}

FolderFacts good_folder() {
    FolderFacts facts;
    facts.path = "/x/runs";
    facts.file_system = "ext4";
    facts.free = 100 * kGiB;
    facts.fsync_ms = 1.5;
    facts.sqlite = "3.40.1";
    return facts;
}

TEST(DoctorOnFolders, AGoodOneIsFineAndEachFlawIsNamed) {
    EXPECT_THAT(judge(good_folder()), fine());
    FolderFacts facts = good_folder();
    facts.fsync_ms = 25;
    EXPECT_THAT(judge(facts), Contains(AllOf(severity(Severity::warning), found("fsync takes 25 ms"))));
    facts = good_folder();
    facts.free = kGiB;
    EXPECT_THAT(judge(facts), Contains(AllOf(severity(Severity::warning), found("1.0 GiB free"))));
    facts.free = 50 * kMiB;
    EXPECT_THAT(judge(facts), Contains(AllOf(severity(Severity::problem), found("50 MiB free"))));
    facts = good_folder();
    facts.file_system = "nfs";
    facts.network = true;
    EXPECT_THAT(judge(facts), Contains(AllOf(severity(Severity::warning), found("network file system"))));
    facts = good_folder();
    facts.in_memory = true;
    EXPECT_THAT(judge(facts), Contains(AllOf(severity(Severity::note), found("in memory"))));
    facts = good_folder();
    facts.sqlite_trouble = "disk I/O error";
    EXPECT_THAT(judge(facts), Contains(AllOf(severity(Severity::problem), found("disk I/O error"))));
    facts.trouble = "a folder cannot be created (Read-only file system)";
    EXPECT_THAT(judge(facts), testing::ElementsAre(AllOf(severity(Severity::problem), found("Read-only"))));
}

TEST(DoctorOnFolders, AFolderIsMeasuredAndLeftAsItWas) {
    const TemporaryFolder folder;
    const FolderFacts facts = measure_folder(folder.path());
    EXPECT_EQ(facts.trouble, "");
    EXPECT_EQ(facts.sqlite_trouble, "");
    EXPECT_EQ(facts.path, std::filesystem::path(folder.path()).string());
    EXPECT_GT(facts.free, 0);
    EXPECT_GT(facts.fsync_ms, 0);
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
    EXPECT_EQ(measure_folder(folder.file("not/there")).path, folder.path());
    EXPECT_TRUE(std::filesystem::is_empty(folder.path())) << "it is not created";
    EXPECT_THAT(measure_folder("/proc").trouble, HasSubstr("a folder cannot be created"));
}

TEST(DoctorOnEnergy, SaysWhetherTheMachineTells) {
    EXPECT_THAT(judge(EnergyFacts{}), AllOf(fine(), Contains(found("tells nothing"))));
    EXPECT_THAT(judge(EnergyFacts{{"package-0", "GPU-a"}, {}}),
                AllOf(fine(), Contains(found("counted by package-0, GPU-a"))));
    EXPECT_THAT(judge(EnergyFacts{{}, {"/sys/a/energy_uj", "/sys/b/energy_uj"}}),
                Contains(AllOf(severity(Severity::note), found("tells this user nothing"),
                               advice("chmod a+r /sys/a/energy_uj /sys/b/energy_uj"))));
    EXPECT_THAT(
        judge(EnergyFacts{{"GPU-a"}, {"/sys/a/energy_uj"}}),
        Contains(AllOf(severity(Severity::note), found("counted by GPU-a; not to be read are /sys/a"))));
}

TEST(DoctorOnTheEnvironment, TellsWhatWorkersOverrideFromWhatReachesThem) {
    const EnvironmentFacts facts = measure_environment(
        {"PATH=/bin", "OMP_NUM_THREADS=64", "CUDA_VISIBLE_DEVICES=1", "OPENBLAS_CORETYPE=Haswell"});
    EXPECT_THAT(facts.overridden, testing::ElementsAre("CUDA_VISIBLE_DEVICES=1", "OMP_NUM_THREADS=64"));
    ASSERT_EQ(facts.effective.size(), 1U);
    EXPECT_THAT(judge(facts), AllOf(Contains(found("OMP_NUM_THREADS=64: workers have their own")),
                                    Contains(found("OPENBLAS_CORETYPE=Haswell: OpenBLAS uses")),
                                    Each(severity(Severity::note))));
    EXPECT_THAT(judge(measure_environment({"PATH=/bin"})), fine());
}

TEST(DoctorOnLimits, TooFewFilesOrProcessesAreWarnings) {
    EXPECT_THAT(judge(LimitFacts{1024, 4096, 8}), fine());
    EXPECT_THAT(judge(LimitFacts{INT64_MAX, INT64_MAX, 256}), fine());
    EXPECT_THAT(judge(LimitFacts{64, 4096, 8}),
                Contains(AllOf(severity(Severity::warning), advice("ulimit -n"))));
    EXPECT_THAT(judge(LimitFacts{1024, 100, 8}),
                Contains(AllOf(severity(Severity::warning), advice("ulimit -u"))));
}

TEST(DoctorOnOtherRuns, NamesThem) {
    EXPECT_THAT(judge(Holders{}), fine());
    EXPECT_THAT(judge(Holders{{"core-0", {"12", "wordnet"}}, {"core-2", {"12", "wordnet"}}}),
                testing::ElementsAre(AllOf(severity(Severity::note),
                                           found("process 12 (study wordnet) holds core-0, core-2"))));
}

TEST(DoctorReport, IsTextAndJsonAndAsBadAsItsWorst) {
    const DoctorReport report{{{Severity::ok, "BLAS", "is fast", ""},
                               {Severity::warning, "disk", "is slow", "buy another"},
                               {Severity::note, "cores", "are few", ""}}};
    EXPECT_EQ(report.worst(), Severity::warning);
    EXPECT_EQ(report_text(report, false),
              "ok       BLAS   is fast\n"
              "warning  disk   is slow\n"
              "                -> buy another\n"
              "note     cores  are few\n"
              "fit for tuning; the warnings cost time or safety\n");
    EXPECT_THAT(report_text(report, true), HasSubstr("\033[33mwarning"));
    const nlohmann::json json = report_json(report);
    EXPECT_EQ(json.at("worst"), "warning");
    EXPECT_EQ(json.at("findings").at(1).at("advice"), "buy another");
    EXPECT_EQ(DoctorReport{}.worst(), Severity::ok);
}

}  // namespace
}  // namespace o2v::orchestrator
