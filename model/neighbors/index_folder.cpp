#include "model/neighbors/index_folder.hpp"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "model/data/dataset.hpp"
#include "model/data/durable_file.hpp"
#include "search/study/errors.hpp"

namespace o2v::model {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kFormat = "o2v-index/1";
constexpr const char* kDescription = "index.json";
constexpr const char* kVectors = "vectors.index";
constexpr const char* kItems = "items.jsonl";

void require_hash(const std::string& path, const json& files, const char* name) {
    if (data::file_hash(path) != files.at(name).get<std::string>())
        throw StorageError(path +
                           ": damaged: its checksum is not the one in index.json; build the index anew");
}

void write_items(const std::string& path, const IndexedItems& items) {
    data::DurableFile file(path);
    for (std::size_t row = 0; row < items.names.size(); ++row) {
        const json line{{"name", items.names[row]}, {"ids", items.tokens[static_cast<std::int64_t>(row)]}};
        const std::string text = line.dump(-1, ' ', false, json::error_handler_t::replace) + '\n';
        file.write(text.data(), text.size());
    }
    file.commit();
}

void read_items(const std::string& path, IndexedItems& items) {
    std::ifstream file(path);
    for (std::string text; std::getline(file, text);) {
        const json line = json::parse(text);
        items.names.push_back(line.at("name").get<std::string>());
        items.tokens.append(line.at("ids").get<std::vector<std::int32_t>>());
    }
}

}  // namespace

std::string fingerprint_of_model(const std::string& folder) {
    return data::file_hash(folder + "/weights.safetensors");
}

bool holds_something_else(const std::string& folder) {
    const fs::file_status status = fs::status(folder);
    if (!fs::exists(status)) return false;
    if (!fs::is_directory(status)) return true;
    if (fs::is_empty(folder)) return false;
    const std::string path = folder + '/' + kDescription;
    if (!fs::is_regular_file(path)) return true;
    const json description = json::parse(data::read_whole(path), nullptr, /*allow_exceptions=*/false);
    return !description.is_object() || description.value("format", json()) != kFormat;
}

void write_index(const std::string& folder, const NeighborIndex& index, const IndexedItems& items) {
    if (holds_something_else(folder))
        throw InputError(folder, "", "is there already and is no index: give another folder");
    fs::path target = folder;
    if (!target.has_filename()) target = target.parent_path();
    const std::string aside = target.string() + ".tmp";
    std::error_code error;
    fs::remove_all(aside, error);
    fs::create_directories(aside, error);
    if (error) throw storage_error(aside, "cannot create", error.value());
    index.write(aside + '/' + kVectors);
    write_items(aside + '/' + kItems, items);
    json files;
    for (const char* const name : {kVectors, kItems}) files[name] = data::file_hash(aside + '/' + name);
    const json description{{"format", kFormat},      {"kind", name_of(index.kind())},
                           {"dim", index.dim()},     {"metric", name_of(index.metric())},
                           {"count", index.count()}, {"side", items.side},
                           {"model", items.model},   {"files", files}};
    data::write_durably(aside + '/' + kDescription, description.dump(2) + '\n');
    data::replace_folder(aside, target.string());
}

ItemIndex read_index(const std::string& folder) {
    const std::string path = folder + '/' + kDescription;
    const std::string text = data::read_whole(path);
    try {
        const json description = json::parse(text);
        if (description.at("format") != kFormat) throw StorageError(path + ": is no " + kFormat);
        IndexedItems items{
            description.at("side").get<int>(), description.at("model").get<std::string>(), {}, {}};
        const json& files = description.at("files");
        require_hash(folder + '/' + kItems, files, kItems);
        require_hash(folder + '/' + kVectors, files, kVectors);
        read_items(folder + '/' + kItems, items);
        NeighborIndex index(folder + '/' + kVectors);
        const bool fits = description.at("metric") == name_of(index.metric()) &&
                          description.at("dim") == index.dim() && description.at("count") == index.count() &&
                          static_cast<std::int64_t>(items.names.size()) == index.count() &&
                          (items.side == 0 || items.side == 1);
        if (!fits) throw StorageError(path + ": damaged: does not describe the files beside it");
        return {std::move(index), std::move(items)};
    } catch (const json::exception& error) {
        throw StorageError(path + ": damaged: " + error.what());
    }
}

}  // namespace o2v::model
