#include "model/safetensors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>

#include "search/study/errors.hpp"
#include "temporary_folder.hpp"

namespace o2v::model {
namespace {

using testing::HasSubstr;

std::string raw(const std::string& header, const std::string& data) {
    std::string bytes(8, '\0');
    const std::uint64_t length = header.size();
    std::memcpy(bytes.data(), &length, sizeof length);
    return bytes + header + data;
}

std::string refused(const std::string& path) {
    try {
        read_safetensors(path);
    } catch (const StorageError& error) {
        EXPECT_THAT(error.what(), testing::StartsWith(path));
        return error.what();
    }
    return "";
}

TEST(Safetensors, GoThereAndBack) {
    const TemporaryFolder folder;
    TensorFile content;
    content.tensors = {{"float", torch::arange(6, torch::kFloat32).view({2, 3})},
                       {"transposed", torch::arange(6, torch::kFloat32).view({2, 3}).t()},
                       {"double", torch::tensor({0.1, -2.5}, torch::kFloat64)},
                       {"long", torch::tensor({std::int64_t{1} << 40, std::int64_t{-3}}, torch::kInt64)},
                       {"int", torch::tensor({7, 8}, torch::kInt32)},
                       {"byte", torch::tensor({255, 0}, torch::kUInt8)},
                       {"scalar", torch::tensor(3.5f)},
                       {"empty", torch::empty({0, 4})}};
    content.metadata = {{"format", "test"}, {"text", "\"quoted\" \xc3\xa9"}};
    const std::string path = folder.file("a.safetensors");
    write_safetensors(path, content);
    const TensorFile back = read_safetensors(path);
    EXPECT_EQ(back.metadata, content.metadata);
    ASSERT_EQ(back.tensors.size(), content.tensors.size());
    for (const auto& [name, tensor] : content.tensors) {
        EXPECT_EQ(back.tensors.at(name).scalar_type(), tensor.scalar_type()) << name;
        EXPECT_TRUE(torch::equal(back.tensors.at(name), tensor)) << name;
    }
    EXPECT_FALSE(std::filesystem::exists(path + ".tmp"));
}

TEST(Safetensors, ReadWhatOthersWrote) {
    const TemporaryFolder folder;
    const float values[] = {1, 2};
    const std::string data(reinterpret_cast<const char*>(values), sizeof values);
    const auto path =
        folder.write("a", raw(R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}} )", data));
    EXPECT_TRUE(torch::equal(read_safetensors(path).tensors.at("x"), torch::tensor({1.0f, 2.0f})));
}

// Every byte takes part in the checksum, or its change shows in the header.
TEST(Safetensors, AnyFlippedByteIsFound) {
    const TemporaryFolder folder;
    const std::string path = folder.file("a");
    write_safetensors(path, {{{"x", torch::ones({3})}}, {{"key", "value"}}});
    const std::string good = folder.read("a");
    for (std::size_t i = 0; i < good.size(); ++i) {
        std::string bad = good;
        bad[i] = static_cast<char>(bad[i] ^ 1);
        folder.write("a", bad);
        const std::string message = refused(path);
        // A name within the checksum's own key is the one thing that can turn the check off.
        const bool key = good.find("xxh3_128") <= i && i < good.find("xxh3_128") + 8;
        EXPECT_TRUE(key || !message.empty()) << "byte " << i;
    }
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{7}, std::size_t{8}, std::size_t{40}, good.size() - 1}) {
        folder.write("a", good.substr(0, size));
        EXPECT_NE(refused(path), "") << size << " bytes";
    }
    folder.write("a", good + 'x');
    EXPECT_NE(refused(path), "");
}

TEST(Safetensors, RefuseHeadersThatDoNotFit) {
    const TemporaryFolder folder;
    const std::string eight(8, '\1');
    const auto message = [&](const std::string& header, const std::string& data) {
        return refused(folder.write("a", raw(header, data)));
    };
    EXPECT_THAT(message("[", ""), HasSubstr("damaged header"));
    EXPECT_THAT(message("[1]", ""), HasSubstr("damaged header"));
    EXPECT_THAT(message(R"({"x":{"dtype":"F32","shape":[2]}})", eight), HasSubstr("damaged header"));
    EXPECT_THAT(message(R"({"x":{"dtype":"F99","shape":[2],"data_offsets":[0,8]}})", eight),
                HasSubstr("unknown dtype"));
    EXPECT_THAT(message(R"({"x":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})", eight),
                HasSubstr("disagree"));
    EXPECT_THAT(message(R"({"x":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})", eight),
                HasSubstr("wrong shape"));
    EXPECT_THAT(
        message(R"({"x":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}})", eight),
        HasSubstr("wrong shape"));
    EXPECT_THAT(message(R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})", eight),
                HasSubstr("data_offsets"));
    EXPECT_THAT(message(R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", eight),
                HasSubstr("gap"));
    EXPECT_THAT(message(R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", eight),
                HasSubstr("length"));
    EXPECT_THAT(refused(folder.write("a", std::string(8, '\x7f'))), HasSubstr("header length"));
    EXPECT_THAT(refused(folder.file("missing")), HasSubstr("cannot open"));
}

TEST(Safetensors, AFolderThatIsMissingIsAStorageError) {
    EXPECT_THROW(write_safetensors("/nonexistent/a", {}), StorageError);
}

}  // namespace
}  // namespace o2v::model
