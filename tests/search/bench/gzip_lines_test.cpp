#include "search/bench/gzip_lines.hpp"

#include "tests/search/bench/table_folder.hpp"

namespace o2v::bench_search {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class GzipLinesTest : public TableFolder {
  protected:
    static std::vector<std::string> lines_of(const std::string& file) {
        GzipLines lines(file);
        std::vector<std::string> all;
        for (std::string line; lines.next(line);) all.push_back(line);
        return all;
    }
};

TEST_F(GzipLinesTest, AreThoseOfTheFile) {
    EXPECT_THAT(lines_of(gzip("a.gz", "one\n\ntwo\r\nthree")), ElementsAre("one", "", "two", "three"));
    EXPECT_THAT(lines_of(gzip("b.gz", "one\ntwo\n")), ElementsAre("one", "two"));
    EXPECT_THAT(lines_of(gzip("c.gz", "")), ElementsAre());
}

// Longer than the reader's buffer, at lengths around its size.
TEST_F(GzipLinesTest, MayBeLong) {
    const std::vector<std::string> long_ones{std::string(65535, 'a'), std::string(65536, 'b'),
                                             std::string(200'000, 'c'), "d"};
    std::string text;
    for (const std::string& line : long_ones) text += line + "\n";
    EXPECT_EQ(lines_of(gzip("long.gz", text)), long_ones);
}

TEST_F(GzipLinesTest, KnowWhereTheyStand) {
    const std::string file = gzip("a.gz", "one\ntwo\n");
    GzipLines lines(file);
    std::string line;
    ASSERT_TRUE(lines.next(line));
    ASSERT_TRUE(lines.next(line));
    EXPECT_EQ(lines.where(), file + ":2");
}

// Lines of random letters, so that the file is large; torn in its middle, in its last bytes and in its head.
TEST_F(GzipLinesTest, OfATornFileAreRefused) {
    std::string text;
    for (std::uint64_t i = 0; i < 20'000; ++i) text += std::to_string(i * 0x9e3779b97f4a7c15u) + "\n";
    const std::string whole = gzip("whole.gz", text);
    const auto size = std::filesystem::file_size(whole);
    for (const auto kept : {size / 2, size - 1, size - 8, std::uintmax_t{12}}) {
        std::filesystem::copy_file(whole, path("torn.gz"), std::filesystem::copy_options::overwrite_existing);
        std::filesystem::resize_file(path("torn.gz"), kept);
        EXPECT_THAT(refusal([&] { lines_of(path("torn.gz")); }), HasSubstr("torn or damaged")) << kept;
    }
}

TEST_F(GzipLinesTest, OfADamagedFileAreRefused) {
    std::string text;
    for (std::uint64_t i = 0; i < 2'000; ++i) text += std::to_string(i * 0x9e3779b97f4a7c15u) + "\n";
    const std::string file = gzip("a.gz", text);
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(static_cast<std::streamoff>(std::filesystem::file_size(file) - 6));
    bytes.put('\x55').put('\x55');  // of the checksum
    bytes.close();
    EXPECT_THAT(refusal([&] { lines_of(file); }), HasSubstr("torn or damaged"));
}

TEST_F(GzipLinesTest, OfOtherFilesAreRefused) {
    EXPECT_THAT(refusal([&] { lines_of(plain("a.tsv", "one\ntwo\n")); }), HasSubstr("is not a gzip file"));
    EXPECT_THAT(refusal([&] { lines_of(path("none.gz")); }), HasSubstr("cannot be opened"));
    EXPECT_THAT(refusal([&] { lines_of(folder_.string()); }), testing::Not(""));
}

}  // namespace
}  // namespace o2v::bench_search
