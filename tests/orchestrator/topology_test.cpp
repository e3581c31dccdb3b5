#include "orchestrator/topology.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "orchestrator/control_group.hpp"
#include "tests/orchestrator/temporary_folder.hpp"

namespace o2v::orchestrator {
namespace {

TEST(Topology, HasTheCoresThatThisProcessMayRunOn) {
    cpu_set_t set;
    CPU_ZERO(&set);
    ASSERT_EQ(sched_getaffinity(0, sizeof set, &set), 0);
    const Topology here = read_topology();
    ASSERT_FALSE(here.cores.empty());
    for (const Core& core : here.cores) {
        EXPECT_TRUE(CPU_ISSET(static_cast<std::size_t>(core.cpu), &set)) << core.cpu;
        EXPECT_LE(core.first, core.cpu);
    }
    EXPECT_LE(here.cores.size(), static_cast<std::size_t>(CPU_COUNT(&set)));
}

TEST(Topology, OfADescriptionHasOneCpuACoreAndItsNode) {
    const Topology machine = synthetic_topology("node:2 core:2 pu:2");
    EXPECT_THAT(machine.cores,
                testing::ElementsAre(Core{0, 0, 0}, Core{2, 0, 2}, Core{4, 1, 4}, Core{6, 1, 6}));
    EXPECT_TRUE(machine.has_nodes());
    EXPECT_FALSE(synthetic_topology("core:4 pu:1").has_nodes());
    EXPECT_THROW(synthetic_topology("nonsense"), std::invalid_argument);
}

class ControlGroupTest : public testing::Test {
  protected:
    void put(const std::string& path, const std::string& text) {
        const std::filesystem::path file = folder_.file(path);
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file) << text << '\n';
    }
    TemporaryFolder folder_;
};

TEST_F(ControlGroupTest, VersionTwoTheTightestOfNestedGroupsCounts) {
    put("a/cpu.max", "400000 100000");
    put("a/b/cpu.max", "max 100000");
    put("cpu.max", "250000 100000");
    put("a/b/memory.max", "2000000");
    put("a/memory.max", "max");
    const ControlGroup group("0::/a/b\n", folder_.path());
    EXPECT_EQ(group.cpus(), 2.5);
    EXPECT_EQ(group.memory(), 2000000);
}

TEST_F(ControlGroupTest, VersionOne) {
    put("cpu/x/cpu.cfs_quota_us", "150000");
    put("cpu/x/cpu.cfs_period_us", "100000");
    put("cpu/cpu.cfs_quota_us", "-1");
    put("cpu/cpu.cfs_period_us", "100000");
    put("memory/memory.limit_in_bytes", "9223372036854771712");
    put("memory/x/memory.limit_in_bytes", "1000000");
    const ControlGroup group("4:memory:/x\n3:cpuacct,cpu:/x\n2:cpuset:/y\n", folder_.path());
    EXPECT_EQ(group.cpus(), 1.5);
    EXPECT_EQ(group.memory(), 1000000);
}

TEST_F(ControlGroupTest, NoLimitIsNone) {
    put("memory/memory.limit_in_bytes", "9223372036854771712");
    for (const char* membership : {"0::/\n", "4:memory:/\n1:cpu:/gone\n", "", "nonsense\n", "0::/../..\n"}) {
        const ControlGroup group(membership, folder_.path());
        EXPECT_EQ(group.cpus(), std::nullopt) << membership;
        EXPECT_EQ(group.memory(), std::nullopt) << membership;
    }
}

}  // namespace
}  // namespace o2v::orchestrator
