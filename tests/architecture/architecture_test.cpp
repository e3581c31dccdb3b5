// Each line of code knows what it may touch: the include lines of every room against the table in rooms.cpp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "tests/architecture/rooms.hpp"

namespace o2v::architecture {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::set<std::string> kSources = {".cmake", ".cpp", ".css", ".hpp", ".inc",
                                        ".js",    ".lua", ".mjs", ".py",  ".sh"};

std::string read(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

TEST(Architecture, IncludesGoWhereTheTableSays) {
    const fs::path root = O2V_SOURCE_DIR;
    const std::vector<std::string> files = source_files(root);
    ASSERT_FALSE(files.empty());
    for (const std::string& file : files) {
        for (const std::string& fault : faults(root, file, read(root / file))) ADD_FAILURE() << fault;
    }
}

// A file that is longer holds two things. Programs and scripts of every language that is written here.
TEST(Architecture, NoSourceIsLongerThan400Lines) {
    const fs::path root = O2V_SOURCE_DIR;
    int seen = 0;
    for (const char* folder :
         {"cmake", "experiments", "model", "orchestrator", "reports", "search", "tests", "worker"}) {
        for (fs::recursive_directory_iterator at(root / folder), end; at != end; ++at) {
            if (at->path().filename() == "node_modules") at.disable_recursion_pending();
            const std::string kind = at->path().extension().string();
            if (!at->is_regular_file() || !kSources.contains(kind)) continue;
            const std::string text = read(at->path());
            EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 400) << at->path().lexically_relative(root);
            ++seen;
        }
    }
    EXPECT_GT(seen, 500);
}

TEST(Architecture, TheTableHasNoCycle) {
    std::set<std::string> folders;
    for (const Room& room : rooms())
        EXPECT_TRUE(folders.insert(room.folder).second) << room.folder << " twice";
    for (const Room& room : rooms()) {
        for (const std::string& other : room.rooms) {
            const auto found = std::find_if(rooms().begin(), rooms().end(),
                                            [&](const Room& r) { return r.folder == other; });
            ASSERT_NE(found, rooms().end()) << room.folder << " names " << other;
            EXPECT_LT(found->level, room.level) << room.folder << " -> " << other;
        }
    }
}

TEST(Architecture, LibTorchBoostAndSqliteStayInTheirRooms) {
    const auto who_may = [](const std::string& package) {
        std::vector<std::string> folders;
        for (const Room& room : rooms()) {
            if (std::count(room.packages.begin(), room.packages.end(), package) > 0)
                folders.push_back(room.folder);
        }
        return folders;
    };
    EXPECT_THAT(who_may("torch"), ElementsAre("model", "model/bench", "worker/answers/bench"));
    EXPECT_THAT(who_may("faiss"), ElementsAre("model/neighbors"));
    EXPECT_THAT(who_may("boost"), ElementsAre("worker/host", "worker/pilot/wire", "worker/pilot", "worker",
                                              "worker/serve", "orchestrator", "orchestrator/cli"));
    EXPECT_THAT(who_may("openssl"), ElementsAre("worker/pilot/wire"));
    EXPECT_THAT(who_may("sqlite"), ElementsAre("orchestrator"));
    // What o2v-tune is made of sees neither LibTorch nor a room that does.
    for (const Room& room : rooms()) {
        if (room.folder.starts_with("orchestrator")) {
            EXPECT_THAT(room.rooms, testing::Not(testing::Contains("model"))) << room.folder;
        }
    }
}

TEST(Includes, AreFoundWithTheirLines) {
    const auto found =
        includes_of("#pragma once\n#include <vector>\n  #  include \"a/b.hpp\"  // why\n// #include <no>\n");
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].line, 2);
    EXPECT_FALSE(found[0].quoted);
    EXPECT_EQ(found[0].header, "vector");
    EXPECT_EQ(found[1].line, 3);
    EXPECT_TRUE(found[1].quoted);
    EXPECT_EQ(found[1].header, "a/b.hpp");
}

TEST(Packages, OfHeaders) {
    EXPECT_EQ(package_of("vector"), "std");
    EXPECT_EQ(package_of("filesystem"), "io");
    EXPECT_EQ(package_of("unistd.h"), "system");
    EXPECT_EQ(package_of("ATen/Parallel.h"), "torch");
    EXPECT_EQ(package_of("boost/asio.hpp"), "boost");
    EXPECT_EQ(package_of("nlohmann/json_fwd.hpp"), "json_fwd");
    EXPECT_EQ(package_of("nlohmann/json.hpp"), "json");
    EXPECT_EQ(package_of("somebody/else.h"), "");
}

// What the check must catch, on made-up sources in the real tree.
TEST(Faults, AreNamedWithFileAndLine) {
    const fs::path root = O2V_SOURCE_DIR;
    EXPECT_THAT(faults(root, "search/new.cpp", "#include \"search/study/errors.hpp\"\n#include <vector>\n"),
                IsEmpty());
    const auto fault = [&](const std::string& file, const std::string& source) {
        const auto found = faults(root, file, source);
        return found.size() == 1 ? found.front() : std::to_string(found.size()) + " faults";
    };
    EXPECT_THAT(fault("search/new.cpp", "\n#include <torch/torch.h>\n"),
                HasSubstr("search/new.cpp:2: <torch/torch.h>"));
    EXPECT_THAT(fault("search/new.cpp", "#include <fstream>"), HasSubstr("(io) is not for search"));
    EXPECT_THAT(fault("search/study/new.hpp", "#include <nlohmann/json.hpp>"),
                HasSubstr("not for search/study"));
    EXPECT_THAT(fault("reports/new.cpp", "#include <SQLiteCpp/Database.h>"), HasSubstr("not for reports"));
    EXPECT_THAT(fault("worker/new.cpp", "#include <sqlite3.h>"), HasSubstr("not for worker"));
    EXPECT_THAT(fault("model/new.cpp", "#include <boost/asio.hpp>"), HasSubstr("not for model"));
    EXPECT_THAT(fault("search/study/new.cpp", "#include \"search/searcher.hpp\""),
                HasSubstr("may not include search"));
    EXPECT_THAT(fault("orchestrator/new.cpp", "#include \"worker/objective.hpp\""),
                HasSubstr("may not include worker"));
    EXPECT_THAT(fault("search/new.cpp", "#include \"errors.hpp\""), HasSubstr("not a path from the top"));
    EXPECT_THAT(fault("attic/new.cpp", ""), HasSubstr("lies in no room"));
    EXPECT_THAT(fault("search/new.cpp", "#include <unheard/of.hpp>"), HasSubstr("no package"));
}

TEST(Faults, OnlySomeFilesOfTheWorkerMayMeetLibTorch) {
    const fs::path root = O2V_SOURCE_DIR;
    EXPECT_THAT(faults(root, "worker/object2vec_new.cpp", "#include <torch/torch.h>"), IsEmpty());
    EXPECT_THAT(faults(root, "worker/torch_new.cpp", "#include <ATen/Parallel.h>"), IsEmpty());
    EXPECT_EQ(faults(root, "worker/session_new.cpp", "#include <torch/torch.h>").size(), 1u);
}

}  // namespace
}  // namespace o2v::architecture
