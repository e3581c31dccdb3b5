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

TEST(Catalog, WhatIsEnqueuedMustLieInTheSpace) {
    StudySpec spec;
    spec.space = SearchSpace({{"kind", CategoricalDomain{{"a", "b"}}, {}},
                              {"rate", FloatDomain{0.1, 1}, {}},
                              {"layers", IntDomain{1, 3}, {{"kind", {"b"}}}}},
                             {{{"kind", {"b"}}, {"layers", {"3"}}}});
    spec.enqueued = {{{"kind", "a"}, {"rate", 0.5}},
                     {{"kind", "b"}, {"rate", 1.0}, {"layers", std::int64_t{2}}}};
    EXPECT_NO_THROW(make_searcher(spec));
    const std::int64_t one = 1, three = 3;
    spec.enqueued = {{{"kind", "a"}, {"rate", 0.5}, {"layers", one}, {"widht", one}},
                     {{"kind", "b"}, {"rate", 2.0}},
                     {{"kind", "a"}, {"rate", one}},
                     {{"kind", "b"}, {"rate", 0.5}, {"layers", three}}};
    std::vector<std::string> found;
    try {
        make_searcher(spec);
    } catch (const InputError& e) {
        for (const Problem& problem : e.problems()) found.push_back(problem.to_string());
    }
    EXPECT_EQ(found, (std::vector<std::string>{
                         "/search/enqueue/0/layers = 1: exists only under another's value",
                         "/search/enqueue/0/widht = 1: is not a parameter of the space",
                         "/search/enqueue/1/rate = 2: is not in the range or list",
                         "/search/enqueue/1/layers: is missing",
                         "/search/enqueue/2/rate = 1: is not in the range or list",
                         "/search/enqueue/3 = kind=b, layers=3, rate=0.5: is a forbidden combination"}));
}

}  // namespace
}  // namespace o2v::search
