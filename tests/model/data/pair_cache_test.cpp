#include "model/data/pair_cache.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "model/data/known_files.hpp"
#include "model/data/pair_table_file.hpp"
#include "search/study/assignment.hpp"
#include "search/study/errors.hpp"
#include "temporary_file.hpp"

namespace o2v::data {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

std::string random_pairs(int rows, std::uint64_t seed) {
    Rng rng(seed);
    std::string text;
    for (int i = 0; i < rows; ++i) {
        text += "{\"label\": " + std::to_string(uniform_index(rng, 3));
        for (const char* name : {"in0", "in1"}) {
            text += std::string(", \"") + name + "\": [" + std::to_string(uniform_index(rng, 100));
            for (std::uint64_t more = uniform_index(rng, 9); more > 0; --more)
                text += ", " + std::to_string(uniform_index(rng, 100000));
            text += ']';
        }
        text += "}\n";
    }
    return text;
}

void expect_equal(const Dataset& a, const Dataset& b) {
    ASSERT_EQ(a.size(), b.size());
    for (std::int64_t i = 0; i < a.size(); ++i) {
        for (int side = 0; side < 2; ++side)
            ASSERT_TRUE(std::ranges::equal(a.side[side][i], b.side[side][i])) << "row " << i;
        ASSERT_EQ(a.labels[static_cast<std::size_t>(i)], b.labels[static_cast<std::size_t>(i)]);
    }
}

class PairCacheTest : public testing::Test {
  protected:
    PairCacheTest() : folder_(testing::TempDir() + "o2v_cache_" + std::to_string(::getpid())) {
        fs::remove_all(folder_);
    }
    ~PairCacheTest() override { fs::remove_all(folder_); }

    PairCache cache() {
        return PairCache(folder_, [this](const std::string& warning) { warnings_.push_back(warning); });
    }
    std::vector<std::string> files(const std::string& extension) const {
        std::vector<std::string> found;
        if (!fs::exists(folder_)) return found;
        for (const auto& entry : fs::directory_iterator(folder_))
            if (entry.path().extension() == extension) found.push_back(entry.path().string());
        return found;
    }
    static ino_t inode(const std::string& path) {
        struct stat status {};
        EXPECT_EQ(::stat(path.c_str(), &status), 0);
        return status.st_ino;
    }

    std::string folder_;
    std::vector<std::string> warnings_;
};

TEST_F(PairCacheTest, GivesWhatReadJsonlGivesFirstBuiltThenMapped) {
    const TemporaryFile file(random_pairs(500, 1));
    Limits limits;
    limits.max_seq_len[0] = 4;
    limits.vocab_size[0] = 100000;
    limits.num_classes = 3;
    Statistics expected, built, mapped;
    const Dataset direct = read_jsonl(file.path(), limits, &expected);
    expect_equal(cache().open(file.path(), limits, &built), direct);
    ASSERT_EQ(files(".pairs").size(), 1u);
    const ino_t first = inode(files(".pairs")[0]);
    expect_equal(cache().open(file.path(), limits, &mapped), direct);
    EXPECT_EQ(inode(files(".pairs")[0]), first) << "nothing is built twice";
    EXPECT_EQ(built, expected);
    EXPECT_EQ(mapped, expected);
    EXPECT_THAT(warnings_, ElementsAre());
    struct stat status {};
    ASSERT_EQ(::stat(files(".pairs")[0].c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u) << "pairs may be private";
}

TEST_F(PairCacheTest, OneEntryPerContent) {
    const std::string content = random_pairs(20, 1);
    const TemporaryFile a(content), copy(content), other(random_pairs(20, 2));
    for (const TemporaryFile* file : {&a, &copy, &other}) cache().open(file->path(), {});
    EXPECT_EQ(files(".pairs").size(), 2u);
}

// The new content has the same size and is written at once after the old.
TEST_F(PairCacheTest, AChangedFileIsReadAnew) {
    const std::string line = "{\"label\": 1, \"in0\": [4], \"in1\": [5]}\n";
    const TemporaryFile file(line);
    for (char digit = '1'; digit <= '9'; ++digit) {
        std::string changed = line;
        changed[line.find('4')] = digit;
        std::ofstream(file.path(), std::ios::binary) << changed;
        EXPECT_EQ(cache().open(file.path(), {}).side[0][0][0], digit - '0');
    }
}

TEST_F(PairCacheTest, TheContentOfAnUnchangedFileIsRememberedOnceItIsOldEnough) {
    const TemporaryFile file(random_pairs(20, 1));
    cache().open(file.path(), {});
    EXPECT_TRUE(files(".known").empty()) << "too fresh to be trusted";
    std::this_thread::sleep_for(std::chrono::milliseconds(2100));
    cache().open(file.path(), {});
    ASSERT_EQ(files(".known").size(), 1u);
    EXPECT_EQ(recall(folder_, state_of(file.path())), file_hash(file.path()));
    FileState other = state_of(file.path());
    ++other.changed_ns;
    EXPECT_EQ(recall(folder_, other), std::nullopt);
    std::ofstream(files(".known")[0]) << "nonsense";
    EXPECT_EQ(recall(folder_, state_of(file.path())), std::nullopt);
    EXPECT_EQ(cache().open(file.path(), {}).size(), 20);
}

TEST_F(PairCacheTest, DamagedEntriesAreBuiltAnew) {
    const TemporaryFile file(random_pairs(300, 1));
    const Dataset direct = read_jsonl(file.path(), {});
    cache().open(file.path(), {});
    const std::string entry = files(".pairs")[0];
    const auto size = static_cast<std::int64_t>(fs::file_size(entry));
    // In the header: magic, format, sizes, figures; then in each part of the arrays.
    for (const std::int64_t at : {std::int64_t{0}, std::int64_t{16}, std::int64_t{60}, std::int64_t{200},
                                  std::int64_t{4096}, size / 2, size - 5000, size - 4097}) {
        std::fstream damaged(entry, std::ios::binary | std::ios::in | std::ios::out);
        damaged.seekg(at);
        const int byte = damaged.get();
        damaged.seekp(at);
        damaged.put(static_cast<char>(byte ^ 0x11));
        damaged.close();
        EXPECT_EQ(map_table(entry), std::nullopt) << at;
        expect_equal(cache().open(file.path(), {}), direct);
        EXPECT_NE(map_table(entry), std::nullopt) << at;
    }
    for (const std::int64_t length :
         {std::int64_t{0}, std::int64_t{100}, std::int64_t{4096}, size / 2, size - 1}) {
        fs::resize_file(entry, static_cast<std::uintmax_t>(length));
        EXPECT_EQ(map_table(entry), std::nullopt) << length;
        expect_equal(cache().open(file.path(), {}), direct);
    }
    EXPECT_THAT(warnings_, ElementsAre());
}

TEST_F(PairCacheTest, ManyBuildersAtOnceAreHarmless) {
    const TemporaryFile file(random_pairs(20000, 1));
    const Dataset direct = read_jsonl(file.path(), {});
    std::vector<pid_t> children;
    for (int i = 0; i < 6; ++i) {
        const pid_t child = ::fork();
        if (child == 0) {
            const Dataset opened = PairCache(folder_).open(file.path(), {});
            bool same = opened.size() == direct.size();
            for (std::int64_t row = 0; same && row < direct.size(); ++row)
                same = std::ranges::equal(opened.side[1][row], direct.side[1][row]);
            ::_exit(same ? 0 : 1);
        }
        children.push_back(child);
    }
    for (const pid_t child : children) {
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        EXPECT_EQ(status, 0);
    }
    EXPECT_EQ(files(".pairs").size(), 1u);
    EXPECT_TRUE(files(".tmp").empty());
    EXPECT_NE(map_table(files(".pairs")[0]), std::nullopt);
}

TEST_F(PairCacheTest, AMappedDatasetOutlivesItsEntry) {
    const TemporaryFile file(random_pairs(2000, 1));
    const Dataset direct = read_jsonl(file.path(), {});
    const Dataset opened = cache().open(file.path(), {});
    fs::remove_all(folder_);
    expect_equal(opened, direct);
}

TEST_F(PairCacheTest, WithoutAFolderToWriteItReadsIntoMemoryAndWarnsOnce) {
    const TemporaryFile file(random_pairs(50, 1)), in_the_way("");
    const Dataset direct = read_jsonl(file.path(), {});
    PairCache cache(in_the_way.path() + "/data",
                    [this](const std::string& warning) { warnings_.push_back(warning); });
    expect_equal(cache.open(file.path(), {}), direct);
    expect_equal(cache.open(file.path(), {}), direct);
    EXPECT_THAT(warnings_, ElementsAre(HasSubstr(in_the_way.path())));
    expect_equal(PairCache("").open(file.path(), {}), direct);
}

TEST_F(PairCacheTest, BadLinesAreNamedAsWithoutItAndLeaveNothingBehind) {
    const TemporaryFile file("{\"label\": 1, \"in0\": [4], \"in1\": [5]}\n{\"label\": 1}\noops\n");
    const auto message = [](auto action) {
        try {
            action();
        } catch (const InputError& error) {
            return std::string(error.what());
        }
        return std::string("no error");
    };
    EXPECT_EQ(message([&] { cache().open(file.path(), {}); }), message([&] { read_jsonl(file.path(), {}); }));
    EXPECT_TRUE(files(".pairs").empty());
    EXPECT_TRUE(files(".tmp").empty());
    EXPECT_THROW(cache().open("/nonexistent/pairs.jsonl", {}), StorageError);
}

// The entry is made without limits and serves all.
TEST_F(PairCacheTest, OneEntryServesEveryLimit) {
    const TemporaryFile file(
        "{\"label\": 1, \"in0\": [4], \"in1\": [5]}\noops\n{\"label\": 2, \"in0\": [40], \"in1\": [5]}\n"
        "{\"label\": 1, \"in0\": [6, 7], \"in1\": [5]}\n");
    Limits limits;
    limits.skip_bad_lines = 1;
    EXPECT_EQ(cache().open(file.path(), limits).size(), 3);
    ASSERT_EQ(files(".pairs").size(), 1u);
    const ino_t first = inode(files(".pairs")[0]);
    limits.skip_bad_lines = 2;
    limits.num_classes = 2;
    Statistics statistics, direct;
    expect_equal(cache().open(file.path(), limits, &statistics), read_jsonl(file.path(), limits, &direct));
    EXPECT_EQ(statistics, direct);
    EXPECT_EQ(statistics.bad_lines, 2);
    limits.skip_bad_lines = 1;
    EXPECT_THROW(cache().open(file.path(), limits), InputError);
    EXPECT_THROW(cache().open(file.path(), {}), InputError);
    EXPECT_EQ(inode(files(".pairs")[0]), first);
}

TEST_F(PairCacheTest, LeftoversOfKilledBuildsGoAfterAnHour) {
    fs::create_directories(folder_);
    const std::string old = folder_ + "/building.1.2.3.tmp", recent = folder_ + "/building.4.5.6.tmp";
    std::ofstream(old) << "x";
    std::ofstream(recent) << "x";
    fs::last_write_time(old, fs::file_time_type::clock::now() - std::chrono::minutes(61));
    const TemporaryFile file(random_pairs(5, 1));
    cache().open(file.path(), {});
    EXPECT_FALSE(fs::exists(old));
    EXPECT_TRUE(fs::exists(recent));
}

// Sparse files of 20 GiB take no space.
TEST_F(PairCacheTest, TheLeastRecentlyUsedEntriesGoWhenAllTakeTooMuch) {
    fs::create_directories(folder_);
    const auto entry = [this](const std::string& name, int hours) {
        const std::string path = folder_ + "/" + name + ".pairs";
        std::ofstream(path) << "x";
        fs::resize_file(path, std::uintmax_t{20} << 30);
        fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(hours));
        return path;
    };
    const std::string oldest = entry("1-a.v1", 50), older = entry("2-b.v1", 20);
    const TemporaryFile file(random_pairs(5, 1)), another(random_pairs(6, 2));
    cache().open(file.path(), {});
    EXPECT_FALSE(fs::exists(oldest));
    EXPECT_TRUE(fs::exists(older));
    const std::string in_use = entry("3-c.v1", 0);
    cache().open(another.path(), {});
    EXPECT_FALSE(fs::exists(older));
    EXPECT_TRUE(fs::exists(in_use));
    EXPECT_EQ(files(".pairs").size(), 3u);
}

TEST(PairCacheFolder, FollowsTheEnvironment) {
    const auto with = [](const char* own, const char* xdg, const char* home) {
        setenv("O2V_CACHE_DIR", own, 1);
        setenv("XDG_CACHE_HOME", xdg, 1);
        setenv("HOME", home, 1);
        return PairCache::default_folder();
    };
    const std::string home = getenv("HOME") ? getenv("HOME") : "";
    EXPECT_EQ(with("/own", "/xdg", "/home/a"), "/own/data");
    EXPECT_EQ(with("", "/xdg", "/home/a"), "/xdg/o2v-tune/data");
    EXPECT_EQ(with("", "relative", "/home/a"), "/home/a/.cache/o2v-tune/data");
    EXPECT_EQ(with("", "", ""), "");
    setenv("HOME", home.c_str(), 1);
    unsetenv("O2V_CACHE_DIR");
    unsetenv("XDG_CACHE_HOME");
}

}  // namespace
}  // namespace o2v::data
