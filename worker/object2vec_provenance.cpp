#include "worker/object2vec_provenance.hpp"

#include "worker/build_info.hpp"

namespace o2v::worker {

namespace fs = std::filesystem;

const model::FileFingerprint& ProvenanceRecorder::fingerprint(const std::string& path) {
    std::error_code none;  // a missing file is fingerprint_file's to report
    const std::uintmax_t size = fs::file_size(path, none);
    const fs::file_time_type time = fs::last_write_time(path, none);
    const auto found = known_.find(path);
    if (found != known_.end() && found->second.size == size && found->second.time == time)
        return found->second.fingerprint;
    return known_.insert_or_assign(path, Known{size, time, model::fingerprint_file(path)})
        .first->second.fingerprint;
}

model::Provenance ProvenanceRecorder::of(const protocol::StartTrial& trial) {
    model::Provenance p;
    p.version = hello_.version;
    p.commit = build_commit();
    p.torch_version = hello_.torch_version;
    p.blas = hello_.blas;
    p.device = hello_.device;
    p.device_name = hello_.device_name;
    p.threads = hello_.threads;
    p.seed = trial.seed;
    const protocol::DataPaths& data = trial.data;
    for (const auto& [name, path] :
         {std::pair{"train", &data.train}, std::pair{"validation", &data.validation},
          std::pair{"test", &data.test}, std::pair{"vocabulary0", &data.vocabulary0},
          std::pair{"vocabulary1", &data.vocabulary1}, std::pair{"labels", &data.labels}})
        if (!path->empty()) p.data.emplace(name, fingerprint(*path));
    p.data_licence = model::licence_line(fs::path(data.train).parent_path().string());
    return p;
}

}  // namespace o2v::worker
