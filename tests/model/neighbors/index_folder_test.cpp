#include "model/neighbors/index_folder.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "search/study/errors.hpp"
#include "tests/model/neighbors/vectors.hpp"
#include "tests/model/temporary_folder.hpp"

namespace o2v::model {
namespace {

struct IndexFolder : testing::Test {
    TemporaryFolder temporary;
    std::string folder = temporary.file("index-in1");
    Vectors vectors = clustered(50, 4, 5, 0.5f, 1);
    NeighborIndex index{vectors.rows(), {}};
    IndexedItems items{1, "0123", {}, {}};

    void SetUp() override {
        for (int i = 0; i < 50; ++i) {
            items.names.push_back("item " + std::to_string(i));
            items.tokens.append(std::vector<std::int32_t>(static_cast<std::size_t>(i % 3), i));
        }
    }
    std::string message() const {
        try {
            read_index(folder);
        } catch (const StorageError& error) {
            return error.what();
        }
        return "";
    }
};

TEST_F(IndexFolder, IsReadBackWithItsNames) {
    write_index(folder, index, items);
    const ItemIndex read = read_index(folder);
    EXPECT_EQ(read.items.names, items.names);
    EXPECT_EQ(read.items.tokens.tokens, items.tokens.tokens);
    EXPECT_EQ(read.items.tokens.offsets, items.tokens.offsets);
    EXPECT_EQ(read.items.model, "0123");
    EXPECT_EQ(read.items.side, 1);
    EXPECT_EQ(read.index.vector(7), index.vector(7));
    EXPECT_FALSE(std::filesystem::exists(folder + ".tmp"));
}

TEST_F(IndexFolder, MayBeGivenWithASlashAtTheEnd) {
    for (const char* const end : {"/", "//"}) {
        write_index(folder + end, index, items);
        items.side = 1 - items.side;
    }
    EXPECT_EQ(read_index(folder).items.side, 0);
    for (const char* const aside : {"/.tmp", "//.tmp", ".tmp"})
        EXPECT_FALSE(std::filesystem::exists(folder + aside)) << aside;
}

TEST_F(IndexFolder, TakesThePlaceOfAnEarlierIndexOnly) {
    write_index(folder, index, items);
    items.side = 0;
    write_index(folder, index, items);
    EXPECT_EQ(read_index(folder).items.side, 0);

    std::filesystem::create_directories(temporary.file("other"));
    temporary.write("other/precious", "text");
    EXPECT_THROW(write_index(temporary.file("other"), index, items), InputError);
    EXPECT_THROW(write_index(temporary.file("other/precious"), index, items), InputError);
    EXPECT_EQ(temporary.read("other/precious"), "text");
}

TEST_F(IndexFolder, NamesTheFileThatIsDamaged) {
    EXPECT_NE(message().find("index-in1/index.json"), std::string::npos);
    for (const std::string name : {"vectors.index", "items.jsonl", "index.json"}) {
        write_index(folder, index, items);
        std::string content = temporary.read("index-in1/" + name);
        content[content.size() / 2] = static_cast<char>(content[content.size() / 2] ^ 1);
        temporary.write("index-in1/" + name, content);
        EXPECT_NE(message().find("index-in1/"), std::string::npos) << name;
        if (name == "index.json") continue;
        EXPECT_NE(message().find(name + ": damaged"), std::string::npos);
    }
    temporary.write("index-in1/index.json", R"({"format": "other/1"})");
    EXPECT_NE(message().find("is no o2v-index/1"), std::string::npos);
    std::filesystem::remove(folder + "/vectors.index");
    EXPECT_FALSE(message().empty());
}

TEST_F(IndexFolder, MustFitItsDescription) {
    items.names.pop_back();
    write_index(folder, index, items);
    EXPECT_NE(message().find("does not describe"), std::string::npos);
}

TEST_F(IndexFolder, AModelIsKnownByItsWeights) {
    temporary.write("weights.safetensors", "abc");
    const std::string one = fingerprint_of_model(temporary.file("."));
    temporary.write("weights.safetensors", "abd");
    EXPECT_NE(fingerprint_of_model(temporary.file(".")), one);
    EXPECT_THROW(fingerprint_of_model(temporary.file("nowhere")), StorageError);
}

}  // namespace
}  // namespace o2v::model
