// A model folder from anywhere: loaded, or refused with StorageError; never anything else.
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "model/initializers.hpp"
#include "model/model_folder.hpp"
#include "search/study/errors.hpp"
#include "tests/orchestrator/temporary_folder.hpp"

namespace {

std::string read(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

// A small model, of which one file is replaced at a time.
class Folder {
  public:
    Folder() {
        o2v::model::Options options;
        options.enc_dim = 4;
        options.mlp_dim = 4;
        for (auto& enc : options.enc) {
            enc.network = o2v::model::Network::pooled_embedding;
            enc.token_embedding_dim = 4;
            enc.vocab_size = 3;
        }
        o2v::model::Object2Vec model(options);
        o2v::model::initialize(model, 1);
        save_model(path(), options, o2v::model::parameters_of(model), {}, 0, {});
        for (const char* name : kNames) whole_.push_back(read(path() + '/' + name));
    }
    std::string path() const { return temporary_.file("model"); }
    void replace(std::size_t which, const std::string& content) {
        for (std::size_t i = 0; i < std::size(kNames); ++i)
            std::ofstream(path() + '/' + kNames[i], std::ios::binary) << (i == which ? content : whole_[i]);
    }
    static constexpr const char* kNames[] = {"weights.safetensors", "config.json"};

  private:
    o2v::TemporaryFolder temporary_;
    std::vector<std::string> whole_;
};

}  // namespace

// The first byte chooses the file that the rest becomes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Folder folder;
    if (size == 0) return 0;
    folder.replace(data[0] % 2, std::string(reinterpret_cast<const char*>(data) + 1, size - 1));
    try {
        o2v::model::load_model(folder.path());
    } catch (const o2v::StorageError&) {
    }
    return 0;
}
