#include "search/catalog.hpp"

#include <gtest/gtest.h>

#include <set>

#include "search/study/errors.hpp"

namespace o2v::search {
namespace {

TEST(Catalog, NamesAreUniqueAndEachIsExplained) {
    for (const auto* table : {&searchers(), &pruners()}) {
        std::set<std::string> names;
        for (const CatalogEntry& entry : *table) {
            EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
            EXPECT_FALSE(entry.summary.empty()) << entry.name;
        }
    }
}

TEST(Catalog, TheDefaultsAreInIt) {
    EXPECT_NE(make_searcher(StudySpec{}), nullptr);
    EXPECT_NE(make_pruner(StudySpec{}), nullptr);
}

std::string complaint_on_searcher(const std::string& name) {
    StudySpec spec;
    spec.search.strategy = name;
    try {
        make_searcher(spec);
    } catch (const InputError& e) {
        return e.what();
    }
    return "none";
}

TEST(Catalog, AMisspeltNameGetsTheNearest) {
    const std::string searcher = complaint_on_searcher("sobel");
    EXPECT_EQ(searcher.find(
                  "/search/strategy = \"sobel\": is not a search strategy; did you mean \"sobol\"? (there "
                  "are: random, grid, "),
              0U)
        << searcher;
    EXPECT_EQ(complaint_on_searcher("quantum").find("did you mean"), std::string::npos);
    StudySpec spec;
    spec.pruner.type = "medain";
    try {
        make_pruner(spec);
        FAIL() << "not refused";
    } catch (const InputError& e) {
        EXPECT_EQ(std::string(e.what()).find(
                      "/pruner/type = \"medain\": is not a pruner; did you mean \"median\"?"),
                  0U)
            << e.what();
    }
}

}  // namespace
}  // namespace o2v::search
