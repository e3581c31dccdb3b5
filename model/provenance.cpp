#include "model/provenance.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <vector>

#include "model/data/dataset.hpp"
#include "search/study/errors.hpp"

namespace o2v::model {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

std::string trimmed(const std::string& line) {
    const std::size_t first = line.find_first_not_of(" \t\r");
    return first == std::string::npos ? "" : line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
}

// Files named LICENSE and the like come before READMEs.
std::vector<fs::path> files_about_rights(const std::string& folder) {
    std::vector<fs::path> files;
    for (const char* name : {"LICENSE", "LICENCE", "COPYING", "README"})
        for (const char* ending : {"", ".txt", ".md"})
            if (const fs::path path = fs::path(folder) / (std::string(name) + ending);
                fs::is_regular_file(path))
                files.push_back(path);
    return files;
}

}  // namespace

FileFingerprint fingerprint_file(const std::string& path) {
    std::error_code error;
    const auto bytes = fs::file_size(path, error);
    if (error) throw StorageError(path + ": cannot be read (" + error.message() + ")");
    return {path, static_cast<std::int64_t>(bytes), data::file_hash(path)};
}

std::string licence_line(const std::string& folder) {
    constexpr std::size_t kMostLines = 200;
    const auto has = [](const std::string& line, const char* word) {
        return line.find(word) != std::string::npos;
    };
    // Best is whose it is and since when; a line with "licence" may only lead to it.
    const std::vector<std::function<bool(const std::string&)>> wanted{
        [&](const std::string& line) {
            return has(line, "copyright") && line.find_first_of("0123456789") != std::string::npos;
        },
        [&](const std::string& line) { return has(line, "copyright"); },
        [&](const std::string& line) {
            return has(line, "licence") || has(line, "license") || has(line, "belongs to");
        }};
    for (const auto& is_wanted : wanted)
        for (const fs::path& path : files_about_rights(folder)) {
            std::ifstream file(path);
            std::size_t count = 0;
            for (std::string line; count < kMostLines && std::getline(file, line); ++count)
                if (is_wanted(lower(line))) return path.filename().string() + ": " + trimmed(line);
        }
    return "";
}

json to_json(const Provenance& p) {
    json files = json::object();
    for (const auto& [name, file] : p.data)
        files[name] = {{"path", file.path}, {"bytes", file.bytes}, {"xxh3_128", file.xxh3_128}};
    return {{"program", {{"name", "o2v"}, {"version", p.version}, {"commit", p.commit}}},
            {"libtorch", p.torch_version},
            {"blas", p.blas},
            {"device", p.device},
            {"device_name", p.device_name},
            {"threads", p.threads},
            {"seed", p.seed},
            {"data", std::move(files)},
            {"data_licence", p.data_licence}};
}

}  // namespace o2v::model
