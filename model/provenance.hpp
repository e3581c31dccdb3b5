// What a trained model came from: program, libraries, machine, data.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace o2v::model {

struct FileFingerprint {
    std::string path;
    std::int64_t bytes = 0;
    std::string xxh3_128;  // 32 hexadecimal digits
};

// Empty and 0 where something is not known. There is no time in it: the same training gives the same bytes.
struct Provenance {
    std::string version, commit;  // of o2v; the commit with "+changes" when the sources had any besides it
    std::string torch_version, blas;
    std::string device, device_name;
    int threads = 0;
    std::uint64_t seed = 0;
    std::map<std::string, FileFingerprint> data;  // "train", "validation", "test", "vocabulary0", ...
    std::string data_licence;  // a line about whose the data is, out of the README or licence beside it
};

// Throws StorageError when the file cannot be read.
FileFingerprint fingerprint_file(const std::string& path);

// The line that says best whose the data is and on what terms (a copyright, a licence) in a README, LICENSE,
// LICENCE or COPYING (with .txt or .md) of `folder`, with the file's name: `README.txt: WordNet 3.0 Copyright
// 2006 ...`; "" when there is none.
std::string licence_line(const std::string& folder);

nlohmann::json to_json(const Provenance& provenance);

}  // namespace o2v::model
