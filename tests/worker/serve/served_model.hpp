// A small model with chance weights, in a folder as promotion leaves it: models/m/1, models/m/current -> 1.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <future>
#include <string>
#include <vector>

#include "model/initializers.hpp"
#include "model/model_folder.hpp"
#include "tests/orchestrator/temporary_folder.hpp"
#include "worker/serve/batcher.hpp"

namespace o2v::serve {

class ServedModelTest : public testing::Test {
  protected:
    static constexpr std::int64_t kVocabulary = 20, kEncDim = 8, kClasses = 3;

    ServedModelTest() {
        save("1", 1);
        make_current("1");
    }
    void save(const std::string& version, std::uint64_t seed) const {
        model::Options options;
        options.enc_dim = kEncDim;
        for (model::EncoderOptions& enc : options.enc) {
            enc.network = model::Network::pooled_embedding;
            enc.token_embedding_dim = kEncDim;
            enc.max_seq_len = 4;
            enc.vocab_size = kVocabulary;
        }
        options.mlp_dim = 8;
        options.output_layer = model::OutputLayer::softmax;
        options.num_classes = kClasses;
        model::Object2Vec network(options);
        model::initialize(network, seed);
        const std::string words = folder_.write("words.json", R"({"<unk>": 1, "dog": 2})");
        const std::string labels = folder_.write("labels.json", R"(["a", "b", "c"])");
        save_model(version_folder(version), options, model::parameters_of(network), {}, 0,
                   {words, "", labels});
    }
    void make_current(const std::string& version) const {
        const std::filesystem::path aside = folder_.file("models/m/aside");
        std::filesystem::create_directory_symlink(version, aside);
        std::filesystem::rename(aside, current());
    }
    std::string version_folder(const std::string& version) const {
        return folder_.file("models/m/" + version);
    }
    std::string current() const { return folder_.file("models/m/current"); }

    std::shared_ptr<const LoadedModel> load(const std::string& version = "1") const {
        return std::make_shared<const LoadedModel>(
            LoadedModel{version_folder(version), version, model::Predictor(version_folder(version)), {}});
    }
    // Pair number i.
    static answers::Queries pair(int i) {
        const std::vector<std::int32_t> in0{1 + i % 19, 1 + i % 7}, in1{1 + i % 11};
        answers::Queries queries;
        queries.append(&in0, &in1);
        return queries;
    }
    static std::string pair_json(int i) {
        return "{\"in0\":[" + std::to_string(1 + i % 19) + "," + std::to_string(1 + i % 7) + "],\"in1\":[" +
               std::to_string(1 + i % 11) + "]}";
    }

    TemporaryFolder folder_;
};

}  // namespace o2v::serve
