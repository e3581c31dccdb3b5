// Counters of energy: a machine's, as its kernel shows them, and how trials share what they tell.
#include "orchestrator/energy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/orchestrator/temporary_folder.hpp"

namespace o2v::orchestrator {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::uint64_t kJoule = 1'000'000;

class PowercapTest : public testing::Test {
  protected:
    void zone(const std::string& zone, const std::string& name, const std::string& energy,
              const std::string& largest = "262143328850") {
        folder_.write(zone + "/name", name + '\n');
        folder_.write(zone + "/energy_uj", energy + '\n');
        folder_.write(zone + "/max_energy_range_uj", largest + '\n');
    }
    void shows(const std::string& zone, std::uint64_t microjoules) {
        folder_.write(zone + "/energy_uj", std::to_string(microjoules) + '\n');
    }
    EnergyMeter meter() { return EnergyMeter(processor_energy(folder_.path()).counters); }

    TemporaryFolder folder_;
};

TEST_F(PowercapTest, PackagesAndTheirMemoryAreCountedOnce) {
    fs::create_directories(folder_.file("intel-rapl"));
    fs::create_directories(folder_.file("dtpm"));
    zone("intel-rapl:0", "package-0", "1");
    zone("intel-rapl:0:0", "core", "1");
    zone("intel-rapl:0:1", "dram", "1");
    zone("intel-rapl:1", "package-1-die-0", "1");
    zone("intel-rapl:2", "psys", "1");
    zone("intel-rapl-mmio:0", "package-0", "1");
    EXPECT_THAT(meter().names(), ElementsAre("package-0", "dram of package-0", "package-1-die-0"));
    EXPECT_THAT(processor_energy(folder_.path()).refused, IsEmpty());
}

TEST_F(PowercapTest, AMachineThatTellsNothingHasNoCounter) {
    EXPECT_FALSE(meter().tells());
    EXPECT_FALSE(EnergyMeter(processor_energy(folder_.file("nowhere")).counters).tells());
    zone("intel-rapl:0", "package-0", "nonsense");
    zone("intel-rapl:1", "package-1", "-5");
    zone("intel-rapl:2", "package-2", "");
    fs::create_directories(folder_.file("intel-rapl:3"));
    fs::create_directories(folder_.file("intel-rapl:"));
    EXPECT_FALSE(meter().tells());
    EXPECT_EQ(meter().since_last(), 0);
}

TEST_F(PowercapTest, JoulesAreThoseSinceTheLastReading) {
    zone("intel-rapl:0", "package-0", "5000000");
    zone("intel-rapl:1", "package-1", "0");
    EnergyMeter meter = this->meter();
    EXPECT_EQ(meter.since_last(), 0);
    shows("intel-rapl:0", 7 * kJoule);
    shows("intel-rapl:1", kJoule / 2);
    EXPECT_DOUBLE_EQ(meter.since_last(), 2.5);
    EXPECT_EQ(meter.since_last(), 0);
}

TEST_F(PowercapTest, ACounterBeginsAgainAtZero) {
    zone("intel-rapl:0", "package-0", "95000000", "100000000");
    EnergyMeter meter = this->meter();
    shows("intel-rapl:0", 3 * kJoule);
    EXPECT_DOUBLE_EQ(meter.since_last(), 8);
    shows("intel-rapl:0", 4 * kJoule);
    EXPECT_DOUBLE_EQ(meter.since_last(), 1);
}

TEST_F(PowercapTest, WithoutItsRangeACounterThatFellTellsNothing) {
    zone("intel-rapl:0", "package-0", "95000000", "");
    EnergyMeter meter = this->meter();
    shows("intel-rapl:0", 3 * kJoule);
    EXPECT_EQ(meter.since_last(), 0);
    shows("intel-rapl:0", 4 * kJoule);
    EXPECT_DOUBLE_EQ(meter.since_last(), 1);
}

TEST_F(PowercapTest, WhatCouldNotBeReadComesLater) {
    zone("intel-rapl:0", "package-0", "1000000");
    EnergyMeter meter = this->meter();
    fs::remove(folder_.file("intel-rapl:0/energy_uj"));
    EXPECT_EQ(meter.since_last(), 0);
    shows("intel-rapl:0", 4 * kJoule);
    EXPECT_DOUBLE_EQ(meter.since_last(), 3);
}

class SharesTest : public testing::Test {
  protected:
    void charge(std::uint64_t joules, const std::map<TrialId, int>& held) {
        counted_ += joules * kJoule;
        shares_.charge(held);
    }

    std::uint64_t counted_ = 10;
    EnergyShares shares_{EnergyMeter({{"one", [this] { return std::optional(counted_); }, 0}})};
};

TEST_F(SharesTest, AreEqualOfWhatIsUsedMeanwhile) {
    charge(6, {{0, 0}, {1, 1}});
    charge(2, {{1, 1}});
    EXPECT_DOUBLE_EQ(shares_.claim(0), 3);
    EXPECT_DOUBLE_EQ(shares_.claim(1), 5);
    EXPECT_EQ(shares_.claim(1), 0);
    EXPECT_EQ(shares_.claim(7), 0);
    EXPECT_DOUBLE_EQ(shares_.joules(), 8);
}

TEST_F(SharesTest, WhatNobodyHasUsedIsSharedNext) {
    charge(4, {});
    charge(2, {{0, 0}, {1, 1}});
    EXPECT_DOUBLE_EQ(shares_.claim(0), 3);
    charge(2, {{1, 1}});
    shares_.leave(1);  // with 5
    EXPECT_EQ(shares_.claim(1), 0);
    charge(1, {{2, 1}});
    EXPECT_DOUBLE_EQ(shares_.claim(2), 6);
    shares_.leave(9);
    EXPECT_DOUBLE_EQ(shares_.joules(), 9);
}

}  // namespace
}  // namespace o2v::orchestrator
