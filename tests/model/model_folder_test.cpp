// What a model folder holds besides its weights, and how it takes an earlier one's place.
#include "model/model_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "model/data/durable_file.hpp"
#include "model/model_card.hpp"
#include "temporary_folder.hpp"

namespace o2v::model {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Options small() {
    return resolve({{"enc0_network", std::string("pooled_embedding")},
                    {"enc0_max_seq_len", std::int64_t{3}},
                    {"enc0_vocab_size", std::int64_t{10}},
                    {"enc_dim", std::int64_t{4}},
                    {"mlp_dim", std::int64_t{5}},
                    {"mlp_layers", std::int64_t{1}}});
}

Tensors parameters(const Options& options, float value) {
    const Object2Vec model(options);
    Tensors tensors = parameters_of(model);
    for (auto& [name, tensor] : tensors) tensor = torch::full_like(tensor, value);
    return tensors;
}

Provenance a_provenance() {
    Provenance p;
    p.version = "0.1.0";
    p.commit = "0123abc+changes";
    p.torch_version = "1.13.0";
    p.blas = "/usr/lib/libopenblas.so";
    p.device = "cuda:0";
    p.device_name = "A GPU";
    p.threads = 2;
    p.seed = 18446744073709551615U;
    p.data["train"] = {"/data/train.jsonl", 12, "00112233445566778899aabbccddeeff"};
    p.data_licence = "README.txt: Copyright of nobody";
    return p;
}

TEST(ModelFolder, HoldsItsProvenanceAndACard) {
    const TemporaryFolder folder;
    const Options options = small();
    save_model(folder.file("m"), options, parameters(options, 1), {{"validation:accuracy", 0.75}}, 3, {},
               a_provenance());
    const auto p = nlohmann::json::parse(folder.read("m/provenance.json"));
    EXPECT_EQ(p.at("program").at("commit"), "0123abc+changes");
    EXPECT_EQ(p.at("seed").get<std::uint64_t>(), 18446744073709551615U);
    EXPECT_EQ(p.at("data").at("train").at("xxh3_128"), "00112233445566778899aabbccddeeff");
    EXPECT_THAT(
        folder.read("m/README.md"),
        AllOf(HasSubstr("# Object2Vec model"), HasSubstr("probabilities of 2 classes"),
              HasSubstr("| validation:accuracy | 0.75 |"), HasSubstr("from safetensors.torch import"),
              HasSubstr("o2v-tune predict"), HasSubstr("`train.jsonl` | 12 | `00112233"),
              HasSubstr("README.txt: Copyright of nobody"), HasSubstr("| `embed_0.weight` | 10 x 4 |"),
              HasSubstr("A GPU"), HasSubstr("## Intended use and limits")));
}

TEST(ModelCard, DescribesEncodersAndLeavesOutWhatIsNotKnown) {
    Options options = small();
    options.enc[1].network = Network::hcnn;
    options.enc[1].pretrained_embedding_file = "glove.txt";
    options.output_layer = OutputLayer::mean_squared_error;
    options.early_stopping_patience = 0;
    const std::string card = model_card(options, {}, {}, 0, {});
    EXPECT_THAT(card,
                AllOf(HasSubstr("gives one number"), HasSubstr("filters 3 wide"),
                      HasSubstr("embeddings begin as glove.txt, frozen"), Not(HasSubstr("early stopping")),
                      Not(HasSubstr("Trained by")), HasSubstr("Not recorded.")));
}

TEST(Provenance, FindsWhoseTheDataIs) {
    const TemporaryFolder folder;
    EXPECT_EQ(licence_line(folder.file("")), "");
    folder.write("README.txt", "Pairs.\nThe licence follows.\n  Copyright 2006 by X.\r\n");
    EXPECT_EQ(licence_line(folder.file("")), "README.txt: Copyright 2006 by X.");
    folder.write("README.txt", "The copyright notice follows.\n  Copyright 2006 by X.\r\n");
    EXPECT_EQ(licence_line(folder.file("")), "README.txt: Copyright 2006 by X.");
    folder.write("LICENSE", "MIT License\n");
    EXPECT_EQ(licence_line(folder.file("")), "README.txt: Copyright 2006 by X.");
    folder.write("README.txt", "Pairs.\n");
    EXPECT_EQ(licence_line(folder.file("")), "LICENSE: MIT License");
}

// Somebody who opens the folder again and again finds either model, whole.
TEST(ModelFolder, IsReplacedWhileItIsRead) {
    const TemporaryFolder folder;
    const Options options = small();
    const std::string path = folder.file("m");
    save_model(path, options, parameters(options, 0), {}, 0, {});
    std::atomic<bool> done{false};
    std::atomic<int> reads{0}, failures{0};
    std::thread reader([&] {
        while (!done) {
            failures += fs::is_regular_file(path + "/weights.safetensors") ? 0 : 1;
            ++reads;
        }
    });
    for (int i = 1; i <= 20; ++i)
        save_model(path, options, parameters(options, static_cast<float>(i)), {}, i, {});
    done = true;
    reader.join();
    EXPECT_EQ(failures, 0) << "of " << reads;
    EXPECT_EQ(parameters_of(*load_model(path)).at("output.bias")[0].item<float>(), 20);
    EXPECT_FALSE(fs::exists(path + ".tmp"));
}

TEST(ModelFolder, LeftoversOfACrashAreRemoved) {
    const TemporaryFolder folder;
    fs::create_directories(folder.file("m.tmp"));
    folder.write("m.tmp/half", "");
    const Options options = small();
    save_model(folder.file("m"), options, parameters(options, 2), {}, 0, {});
    EXPECT_FALSE(fs::exists(folder.file("m.tmp")));
    EXPECT_FALSE(fs::exists(folder.file("m/half")));
}

TEST(ReplaceFolder, WorksWithoutAnExchangeToo) {
    const TemporaryFolder folder;
    const std::string aside = folder.file("aside"), target = folder.file("target");
    for (const char* content : {"first", "second"}) {
        for (const std::string& made : {aside, target + ".former"}) fs::create_directories(made);
        folder.write("aside/file", content);
        folder.write("target.former/left", "by a crash");
        data::replace_folder_in_steps(aside, target);
        EXPECT_EQ(folder.read("target/file"), content);
        EXPECT_FALSE(fs::exists(aside));
        EXPECT_FALSE(fs::exists(target + ".former"));
    }
}

}  // namespace
}  // namespace o2v::model
