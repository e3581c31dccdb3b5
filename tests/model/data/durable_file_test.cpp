// Files that are there whole or not at all, and texts that tell whether they are whole.
#include "model/data/durable_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "search/study/errors.hpp"
#include "tests/orchestrator/temporary_folder.hpp"

namespace o2v::data {
namespace {

using testing::HasSubstr;

std::string refused(const std::string& path) {
    try {
        read_sealed(path);
    } catch (const StorageError& error) {
        EXPECT_THAT(error.what(), testing::StartsWith(path));
        return error.what();
    }
    return "";
}

TEST(SealedFile, AnyOtherLengthAndAnyFlippedByteIsFound) {
    const TemporaryFolder folder;
    const std::string path = folder.file("a");
    for (const std::string content : {"", "epochs 3\n", "no line's end", "xxh3_128 in the text\n"}) {
        write_sealed(path, content);
        EXPECT_EQ(read_sealed(path), content);
        const std::string good = read_whole(path);
        for (std::size_t i = 0; i < good.size(); ++i) {
            std::string bad = good;
            bad[i] = static_cast<char>(bad[i] ^ 1);
            folder.write("a", bad);
            EXPECT_THAT(refused(path), HasSubstr("damaged")) << content << ", byte " << i;
            folder.write("a", good.substr(0, i));
            EXPECT_THAT(refused(path), HasSubstr("damaged")) << content << ", " << i << " bytes";
        }
        folder.write("a", good + '\n');
        EXPECT_NE(refused(path), "");
    }
    EXPECT_THAT(refused(folder.file("missing")), HasSubstr("cannot open"));
}

TEST(DurableFile, KeepsTheOneBeforeWhereAskedTo) {
    const TemporaryFolder folder;
    const std::string path = folder.file("a");
    write_durably(path, "1", Former::kept);
    EXPECT_FALSE(std::filesystem::exists(previous_of(path)));
    write_durably(path, "2", Former::kept);
    write_durably(path, "3", Former::kept);
    EXPECT_EQ(read_whole(path), "3");
    EXPECT_EQ(read_whole(previous_of(path)), "2");
    write_durably(path, "4");
    EXPECT_EQ(read_whole(path), "4");
    EXPECT_EQ(read_whole(previous_of(path)), "2");
}

TEST(DurableFile, TakesNeitherAPipesPlaceNorALinks) {
    const TemporaryFolder folder;
    const std::string pipe = folder.file("pipe"), link = folder.file("link"),
                      file = folder.write("a", "before");
    ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
    const int reader = open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
    ASSERT_GE(reader, 0);
    write_durably(pipe, "abc");
    char got[8] = {};
    EXPECT_EQ(read(reader, got, sizeof got), 3);
    EXPECT_STREQ(got, "abc");
    close(reader);
    EXPECT_TRUE(std::filesystem::is_fifo(pipe));
    std::filesystem::create_symlink("a", link);
    write_durably(link, "after");
    EXPECT_TRUE(std::filesystem::is_symlink(link));
    EXPECT_EQ(read_whole(file), "after");
}

TEST(DurableFile, WithoutACommitNothingChangesAndNothingIsLeft) {
    const TemporaryFolder folder;
    const std::string path = folder.write("a", "before");
    {
        DurableFile file(path);
        file.write("after", 5);
        EXPECT_EQ(read_whole(path), "before");
    }
    EXPECT_EQ(read_whole(path), "before");
    EXPECT_FALSE(std::filesystem::exists(path + ".tmp"));
}

TEST(DurableFile, CopiesWhatIsLongerThanOneBlock) {
    const TemporaryFolder folder;
    const std::string content(3'000'001, 'x');
    copy_durably(folder.write("a", content), folder.file("b"));
    EXPECT_EQ(read_whole(folder.file("b")), content);
    EXPECT_THROW(copy_durably(folder.file("none"), folder.file("c")), StorageError);
    EXPECT_FALSE(std::filesystem::exists(folder.file("c")));
    EXPECT_THROW(copy_durably(folder.file("a"), folder.file("no/such")), StorageError);
}

TEST(StorageErrors, NameThePlaceTheReasonAndAWayOut) {
    EXPECT_THAT(storage_error("/x", "cannot write", ENOSPC).what(),
                testing::AllOf(HasSubstr("/x: cannot write: No space left"), HasSubstr("make room")));
    EXPECT_THAT(storage_error("/x", "cannot write", EROFS).what(), HasSubstr("must be writable"));
    EXPECT_STREQ(storage_error("/x", "cannot read", EIO).what(), "/x: cannot read: Input/output error");
}

}  // namespace
}  // namespace o2v::data
