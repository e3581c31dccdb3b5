#include "orchestrator/instances.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <algorithm>

#include "search/study/errors.hpp"
#include "tests/orchestrator/temporary_folder.hpp"

namespace o2v::orchestrator {
namespace {

using testing::HasSubstr;

template <class Work>
std::string error_of(const Work& work) {
    try {
        work();
    } catch (const InputError& e) {
        return e.what();
    }
    return "no error";
}

TEST(Instances, TheBuiltInCatalogHasTheFamiliesAndLabelsItsPrices) {
    const InstanceCatalog catalog = load_instances();
    EXPECT_EQ(catalog.currency, "USD");
    const Instance& m5 = catalog.find("ml.m5.2xlarge");
    EXPECT_EQ(m5.vcpu, 8);
    EXPECT_EQ(m5.memory_gib, 32);
    EXPECT_EQ(m5.price->per_hour, 0.461);
    for (const char* family : {"ml.p2.", "ml.p3.", "ml.g4dn.", "ml.g5."}) {
        const bool there =
            std::any_of(catalog.instances.begin(), catalog.instances.end(), [&](const Instance& one) {
                return one.name.starts_with(family) && one.gpus && one.gpus->count > 0;
            });
        EXPECT_TRUE(there) << family;
    }
    for (const Instance& instance : catalog.instances) {
        if (!instance.price) continue;
        EXPECT_TRUE(instance.price->secondary) << instance.name;
        EXPECT_FALSE(instance.price->source.empty() || instance.price->as_of.empty()) << instance.name;
    }
    EXPECT_EQ(catalog.find("ml.p2.8xlarge").price, std::nullopt);
    EXPECT_THAT(to_text(catalog), HasSubstr("ml.g5.xlarge"));
}

TEST(Instances, AMisspeltNameIsToldTheNearest) {
    EXPECT_THAT(error_of([] { load_instances().find("ml.m5.2xlarg"); }),
                HasSubstr("did you mean ml.m5.2xlarge?"));
}

TEST(Instances, ACatalogOfOnesOwnIsCheckedWholly) {
    const TemporaryFolder folder;
    const std::string good =
        folder.write("mine.json", R"json({"currency": "EUR", "instances": [  // comments are fine
            {"name": "desk", "vcpu": 16, "memory_gib": 64, "gpus": {"model": "L4", "count": 1, "memory_gib": 24},
             "price": {"per_hour": 0.4, "as_of": "2026-01-01", "source": "my bill"}}]})json");
    const InstanceCatalog mine = load_instances(good);
    EXPECT_EQ(mine.find("desk").gpus->model, "L4");
    EXPECT_FALSE(mine.find("desk").price->secondary);

    const std::string bad = folder.write("bad.json", R"json({"currency": "EUR", "instances": [
        {"name": "a", "vcpu": 0, "memory_gib": -1, "prize": 3},
        {"name": "a", "vcpu": 2, "memory_gib": 1, "price": {"per_hour": "0.4", "as_of": "x", "source": "y"}},
        {"vcpu": 1.5, "memory_gib": 1, "gpus": {"model": "L4"}}]})json");
    const std::string text = error_of([&] { load_instances(bad); });
    for (const char* part :
         {"/instances/0/vcpu = 0", "/instances/0/memory_gib = -1", "/instances/0/prize", "/instances/1/name",
          "stands twice", "/instances/1/price/per_hour", "/instances/2/name: is required",
          "/instances/2/vcpu = 1.5", "/instances/2/gpus/count: is required"})
        EXPECT_THAT(text, HasSubstr(part));
    EXPECT_THAT(
        error_of([&] { load_instances(folder.write("e.json", R"({"currency": "EUR", "instances": []})")); }),
        HasSubstr("at least one instance"));
    EXPECT_THAT(error_of([&] { load_instances(folder.write("n.json", "[]")); }),
                HasSubstr("must be an object"));
    EXPECT_THAT(error_of([&] { load_instances(folder.file("missing.json")); }), HasSubstr("missing.json"));
}

TEST(Instances, ALabelLargerThanTheMachineIsToldPartByPart) {
    const InstanceCatalog catalog = load_instances();
    EXPECT_TRUE(shortcomings(catalog.find("ml.m5.xlarge"), 4, 15.3, 0).empty());
    EXPECT_EQ(shortcomings(catalog.find("ml.g5.12xlarge"), 2, 23, 1).size(), 3U);
    EXPECT_THAT(shortcomings(catalog.find("ml.m5.2xlarge"), 2, 64, 0).front(),
                HasSubstr("ml.m5.2xlarge has 8 vCPU, and 2 are used here"));
}

}  // namespace
}  // namespace o2v::orchestrator
