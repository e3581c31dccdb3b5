#include <fmt/format.h>

#include <cmath>
#include <map>

#include "orchestrator/doctor.hpp"

namespace o2v::orchestrator {
namespace {

constexpr double kMiB = 1 << 20, kGiB = 1 << 30;
// A good BLAS reaches 60 to 90 % of what clock and instructions suggest; a shared or throttled core less.
constexpr double kSlowShare = 0.2;
constexpr double kSlowFsyncMs = 10;
constexpr double kLeastFree = 100 * kMiB, kLittleFree = 2 * kGiB;
constexpr double kLeastMemory = 0.5 * kGiB, kLittleMemory = 1.5 * kGiB;  // a worker, free

constexpr const char* kTorchWithCuda =
    "make build CMAKE_PREFIX_PATH=/path/to/libtorch, with a LibTorch for CUDA from pytorch.org";

std::string size_text(double bytes) {
    return bytes >= kGiB ? fmt::format("{:.1f} GiB", bytes / kGiB) : fmt::format("{:.0f} MiB", bytes / kMiB);
}

std::string cores_text(std::size_t count) {
    return fmt::format("{} core{}", count, count == 1 ? "" : "s");
}

template <class Range>
std::string listed(const Range& items) {
    return fmt::format("{}", fmt::join(items, ", "));
}

Finding judge_products(const WorkerFacts& facts) {
    const bool wrong = !(facts.worst_error <= 1);
    if (wrong)
        return {Severity::problem, "BLAS",
                fmt::format("{} computes wrongly: a product of {} is off by {} what rounding explains",
                            facts.blas, facts.worst_product,
                            std::isfinite(facts.worst_error) ? fmt::format("{:.3g} times", facts.worst_error)
                                                             : std::string("infinitely more than")),
                "use another BLAS (update-alternatives --config libblas.so.3-$(gcc -print-multiarch)) or "
                "another of OpenBLAS's kernels (OPENBLAS_CORETYPE=Haswell); do not trust earlier results"};
    return {
        Severity::ok, "BLAS",
        fmt::format("{} matrix products agree with double precision (worst: {:.2g} of what rounding allows)",
                    facts.products, facts.worst_error),
        ""};
}

Finding judge_speed(const WorkerFacts& facts) {
    const std::string speed = fmt::format("{:.1f} GFLOP/s a core", facts.gflops);
    if (facts.reference_blas)
        return {Severity::warning, "BLAS",
                fmt::format("{} is the reference BLAS, about 50 times slower than others ({})", facts.blas,
                            speed),
                "apt-get install libopenblas0-pthread"};
    const std::string name = facts.blas.empty() ? "a BLAS that cannot be named" : facts.blas;
    if (facts.possible_gflops > 0 && facts.gflops < kSlowShare * facts.possible_gflops)
        return {
            Severity::warning, "BLAS",
            fmt::format("{}: {}, where the processor suggests {:.0f}", name, speed, facts.possible_gflops),
            "look for a busy machine, a throttled clock, or OPENBLAS_CORETYPE set to an older processor"};
    return {
        Severity::ok, "BLAS",
        fmt::format("{}: {}{}", name, speed,
                    facts.possible_gflops > facts.gflops
                        ? fmt::format(" of about {:.0f} that the processor suggests", facts.possible_gflops)
                        : ""),
        ""};
}

}  // namespace

Findings judge(const WorkerFacts& facts) {
    if (!facts.trouble.empty())
        return {{Severity::problem, "o2v-worker", facts.trouble,
                 "build it (make build), or name it in O2V_WORKER"}};
    if (facts.torch_version.empty())
        return {
            {Severity::warning, "LibTorch", "o2v-worker is built without it: only synthetic objectives run",
             "apt-get install libtorch-dev libopenblas0-pthread, and build without -DO2V_WITH_TORCH=OFF"}};
    return {
        {Severity::ok, "LibTorch",
         fmt::format("{}, {}", facts.torch_version, facts.built_with_cuda ? "with CUDA" : "for CPUs only"),
         ""},
        judge_speed(facts),
        judge_products(facts)};
}

Findings judge(const CoreFacts& facts) {
    Findings findings;
    std::string text =
        fmt::format("{} ({} logical){}", cores_text(static_cast<std::size_t>(facts.physical)), facts.allowed,
                    facts.nodes > 1 ? fmt::format(", {} NUMA nodes", facts.nodes) : "");
    if (facts.allowed < facts.logical)
        findings.push_back(
            {Severity::note, "cores",
             fmt::format("{}; the machine has {} logical ones, of which this process may run on {}", text,
                         facts.logical, facts.allowed),
             "taskset or a container's cpuset says so; nothing to do when it is meant"});
    else
        findings.push_back({Severity::ok, "cores", text, ""});
    if (facts.quota && *facts.quota < facts.physical)
        findings.push_back(
            {Severity::note, "cores",
             fmt::format("the control group allows the time of {:.3g}: that many slots are used",
                         *facts.quota),
             "raise the limit (docker --cpus, systemd CPUQuota) to use them all"});
    if (facts.not_pinned.empty())
        findings.push_back({Severity::ok, "pinning", "threads stay on the cores that they are bound to", ""});
    else
        findings.push_back({Severity::problem, "pinning",
                            fmt::format("threads cannot be bound to core{} {}",
                                        facts.not_pinned.size() == 1 ? "" : "s", listed(facts.not_pinned)),
                            "a container or sandbox forbids sched_setaffinity: allow it there, or name other "
                            "cores in resources.slots"});
    return findings;
}

Findings judge(const GpuFacts& facts, const WorkerFacts& worker) {
    if (facts.gpus.empty() && facts.nvidia_devices > 0 && facts.driver.empty())
        return {{Severity::warning, "GPU",
                 fmt::format("{} of NVIDIA on the bus, but no driver", facts.nvidia_devices),
                 "apt-get install nvidia-driver (Debian's non-free), restart, and see nvidia-smi"}};
    if (facts.gpus.empty())
        return {{facts.restricted && !facts.driver.empty() ? Severity::note : Severity::ok, "GPU",
                 facts.restricted && !facts.driver.empty() ? "CUDA_VISIBLE_DEVICES hides all of them"
                                                           : "none: trials run on cores",
                 ""}};
    std::vector<std::string> names;
    for (const Gpu& gpu : facts.gpus)
        names.push_back(fmt::format("cuda:{} {}, {}{}", gpu.index, gpu.name,
                                    size_text(static_cast<double>(gpu.memory_bytes)),
                                    gpu.node >= 0 ? fmt::format(", node {}", gpu.node) : ""));
    const std::string text = fmt::format("{} (driver {})", fmt::join(names, "; "),
                                         facts.driver.empty() ? "unknown" : facts.driver);
    if (worker.trouble.empty() && !worker.torch_version.empty() && !worker.built_with_cuda)
        return {{Severity::warning, "GPU", text + ": idle, since LibTorch is built without CUDA",
                 kTorchWithCuda}};
    if (worker.built_with_cuda && worker.gpus < static_cast<int>(facts.gpus.size()))
        return {{Severity::problem, "GPU",
                 fmt::format("{}: LibTorch can use {} of {}{}", text, worker.gpus, facts.gpus.size(),
                             worker.gpu_error.empty() ? "" : " (" + worker.gpu_error + ")"),
                 "the driver must be at least as new as LibTorch's CUDA: see nvidia-smi; update either"}};
    return {{Severity::ok, "GPU", text, ""}};
}

Findings judge(const MemoryFacts& facts) {
    Findings findings;
    const double most = static_cast<double>(facts.limit ? std::min(*facts.limit, facts.total) : facts.total);
    const double available = std::min(static_cast<double>(facts.available), most);
    const double each = available / std::max(facts.cores, 1);
    const std::string text = fmt::format("{} available of {}{}, {} for each of {}", size_text(available),
                                         size_text(static_cast<double>(facts.total)),
                                         facts.limit && *facts.limit < facts.total
                                             ? " (the control group allows " + size_text(most) + ")"
                                             : "",
                                         size_text(each), cores_text(static_cast<std::size_t>(facts.cores)));
    if (each < kLeastMemory)
        findings.push_back(
            {Severity::warning, "memory", text,
             "a training takes 0.3 to 1 GiB beside its data: fewer slots, or end other programs"});
    else
        findings.push_back({each < kLittleMemory ? Severity::note : Severity::ok, "memory", text, ""});
    const auto used = static_cast<double>(facts.swap - facts.swap_free);
    if (facts.swap > 0 && used > 0.25 * static_cast<double>(facts.swap))
        findings.push_back({Severity::warning, "swap",
                            fmt::format("{} of {} is in use: trials that are swapped out crawl",
                                        size_text(used), size_text(static_cast<double>(facts.swap))),
                            "fewer slots, or more memory"});
    else
        findings.push_back({Severity::ok, "swap",
                            facts.swap == 0 ? "none: what does not fit in memory is ended, and recorded so"
                                            : size_text(static_cast<double>(facts.swap)) + ", hardly used",
                            ""});
    return findings;
}

Findings judge(const FolderFacts& facts) {
    const std::string kind = facts.file_system.empty() ? "" : " (" + facts.file_system + ")";
    if (!facts.trouble.empty())
        return {{Severity::problem, "disk", facts.path + kind + ": " + facts.trouble,
                 "name another folder with --out, or free or unlock this one"}};
    Findings findings;
    const auto free = static_cast<double>(facts.free);
    const std::string space = fmt::format("{}{}: {} free", facts.path, kind, size_text(free));
    if (free < kLittleFree)
        findings.push_back(
            {free < kLeastFree ? Severity::problem : Severity::warning, "disk", space,
             "models and checkpoints of a study take some 100 MiB: make room, or use another --out"});
    else
        findings.push_back({Severity::ok, "disk", space, ""});
    if (facts.network)
        findings.push_back(
            {Severity::warning, "disk",
             facts.file_system + " is a network file system: SQLite's log of changes needs a local one",
             "keep studies on a local disk (--out)"});
    if (facts.in_memory)
        findings.push_back({Severity::note, "disk", "the folder lies in memory: a restart loses it",
                            "use another --out for studies to keep"});
    const std::string fsync = fmt::format("fsync takes {:.2g} ms", facts.fsync_ms);
    if (facts.fsync_ms > kSlowFsyncMs)
        findings.push_back({Severity::warning, "disk",
                            fsync + ": every change that is made safe waits for it",
                            "keep studies on a faster disk (--out)"});
    else
        findings.push_back({Severity::ok, "disk", fsync, ""});
    if (!facts.sqlite_trouble.empty())
        findings.push_back({Severity::problem, "SQLite",
                            facts.sqlite + " in " + facts.path + ": " + facts.sqlite_trouble,
                            "keep studies on a local disk (--out)"});
    else
        findings.push_back(
            {Severity::ok, "SQLite", facts.sqlite + ", writes and reads a database there", ""});
    return findings;
}

Findings judge(const EnvironmentFacts& facts) {
    Findings findings;
    if (!facts.overridden.empty())
        findings.push_back({Severity::note, "environment",
                            listed(facts.overridden) + ": workers have their own",
                            "nothing: \"resources\" of the experiment decides"});
    for (const auto& [entry, meaning] : facts.effective)
        findings.push_back(
            {Severity::note, "environment", entry + ": " + meaning, "unset it when it is not meant"});
    if (findings.empty())
        findings.push_back({Severity::ok, "environment", "sets no threads, cores or devices", ""});
    return findings;
}

Findings judge(const EnergyFacts& facts) {
    std::string text = facts.counters.empty() ? "the machine tells nothing of it: trials have no figure"
                                              : "counted by " + listed(facts.counters);
    if (facts.refused.empty()) return {{Severity::ok, "energy", std::move(text), ""}};
    if (facts.counters.empty()) text = "the machine counts it, and tells this user nothing";
    return {{Severity::note, "energy", text + "; not to be read are " + listed(facts.refused),
             "as root, until the next start: chmod a+r " + fmt::format("{}", fmt::join(facts.refused, " "))}};
}

Findings judge(const LimitFacts& facts) {
    const auto limit_text = [](std::int64_t limit) {
        return limit == INT64_MAX ? std::string("any number of") : std::to_string(limit);
    };
    const std::int64_t files = 64 + 4 * facts.cores, processes = 64 + 16 * facts.cores;
    const std::string text =
        limit_text(facts.files) + " open files, " + limit_text(facts.processes) + " processes";
    if (facts.files < files)
        return {{Severity::warning, "limits", text,
                 fmt::format("ulimit -n {}", std::max<std::int64_t>(files, 1024))}};
    if (facts.processes < processes)
        return {{Severity::warning, "limits", text, fmt::format("ulimit -u {}", processes)}};
    return {{Severity::ok, "limits", text, ""}};
}

Findings judge(const Holders& others) {
    std::map<std::string, std::vector<std::string>> by_holder;
    for (const auto& [lock, holder] : others) by_holder[holder.to_string()].push_back(lock);
    if (by_holder.empty()) return {{Severity::ok, "other runs", "none holds a core or GPU", ""}};
    Findings findings;
    for (const auto& [holder, locks] : by_holder)
        findings.push_back({Severity::note, "other runs", holder + " holds " + listed(locks),
                            "\"slots\": \"auto\" takes what is left"});
    return findings;
}

}  // namespace o2v::orchestrator
