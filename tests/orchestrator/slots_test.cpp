#include "orchestrator/slots.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "search/study/errors.hpp"

namespace o2v::orchestrator {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// One core a CPU named, all of one NUMA node.
Topology machine(const std::vector<int>& cpus, std::vector<Gpu> gpus = {}) {
    Topology topology{{}, std::move(gpus), {}};
    for (const int cpu : cpus) topology.cores.push_back({cpu, 0, cpu});
    return topology;
}

const std::vector<int> kFour{0, 2, 4, 6};
const std::vector<Gpu> kTwoGpus{{0, "A", "GPU-a", 1, "", -1}, {1, "B", "GPU-b", 1, "", -1}};

Resources with(SlotsRequest slots, int threads = 1) {
    return {std::move(slots), threads};
}

std::vector<Slot> lease(const Resources& resources, const std::vector<int>& cpus,
                        const std::vector<Gpu>& gpus = {}) {
    return lease_slots(resources, machine(cpus, gpus)).slots;
}

std::string error_of(const Resources& resources, const std::vector<int>& cpus,
                     const std::vector<Gpu>& gpus = {}) {
    try {
        lease(resources, cpus, gpus);
    } catch (const InputError& e) {
        return e.what();
    }
    return "no error";
}

TEST(LeaseSlots, AutoTakesOnePerPhysicalCore) {
    const std::vector<Slot> slots = lease(with(AutoSlots{}), kFour);
    ASSERT_EQ(slots.size(), 4U);
    EXPECT_EQ(slots[2], (Slot{2, "cpu", {4}, 1, 1, {}, 1, 1, {}, {"core-4"}}));
    EXPECT_EQ(slots[2].to_string(), "slot 2: cpu, core 4");
}

TEST(LeaseSlots, AutoGivesEachSlotItsThreadsInDisjointCores) {
    const std::vector<Slot> slots = lease(with(AutoSlots{}, 2), kFour);
    ASSERT_EQ(slots.size(), 2U);
    EXPECT_THAT(slots[0].cores, ElementsAre(0, 2));
    EXPECT_THAT(slots[1].cores, ElementsAre(4, 6));
    EXPECT_EQ(slots[1].threads, 2);
    EXPECT_EQ(lease(with(AutoSlots{}, 3), kFour).size(), 1U);
}

Resources with_devices(SlotsRequest slots, int devices, int threads = 1) {
    return {std::move(slots), threads, devices};
}

TEST(LeaseSlots, ATrialsDevicesShareASlot) {
    const std::vector<Slot> cpus = lease(with_devices(AutoSlots{}, 2), kFour);
    ASSERT_EQ(cpus.size(), 2U);
    EXPECT_EQ(cpus[1], (Slot{1, "cpu", {4, 6}, 2, 2, {}, 1, 1, {}, {"core-4", "core-6"}}));
    EXPECT_EQ(cpus[1].to_string(), "slot 1: cpu x 2, cores 4,6");
    const std::vector<Slot> gpus = lease(with_devices(AutoSlots{}, 2), kFour, kTwoGpus);
    ASSERT_EQ(gpus.size(), 1U);
    EXPECT_EQ(gpus[0].device, "cuda:0,cuda:1");
    EXPECT_EQ(gpus[0].devices, 2);
    EXPECT_THAT(error_of(with_devices(std::vector<SlotRequest>{{"cuda:0", {}}}, 2), kFour, kTwoGpus),
                HasSubstr("as many GPUs as devices_per_trial says: 2"));
    EXPECT_THAT(error_of(with_devices(std::vector<SlotRequest>{{"cuda:0,cuda:0", {}}}, 2), kFour, kTwoGpus),
                HasSubstr("cannot share a GPU"));
    EXPECT_THAT(error_of(with_devices(std::vector<SlotRequest>{{"cpu", {0}}}, 2), kFour),
                HasSubstr("1 cores for devices_per_trial = 2"));
}

TEST(LeaseSlots, AutoTakesOnePerGpu) {
    const std::vector<Slot> slots = lease(with(AutoSlots{}), kFour, kTwoGpus);
    ASSERT_EQ(slots.size(), 2U);
    EXPECT_EQ(slots[1], (Slot{1, "cuda:1", {2}, 1, 1, {"GPU-b"}, 1, 1, {}, {"gpu-GPU-b", "core-2"}}));
}

TEST(LeaseSlots, ANumberBeyondTheGpusUsesCores) {
    const std::vector<Slot> slots = lease(with(3), kFour, kTwoGpus);
    EXPECT_EQ(slots[0].device, "cuda:0");
    EXPECT_EQ(slots[2].device, "cpu");
}

TEST(LeaseSlots, AListIsTakenAsWritten) {
    const std::vector<SlotRequest> list{{"cuda:1", {}}, {"cpu", {0, 2}}};
    const std::vector<Slot> slots = lease(with(list), kFour, kTwoGpus);
    EXPECT_EQ(slots[0].device, "cuda:1");
    EXPECT_THAT(slots[0].cores, ElementsAre(4)) << "named cores are taken first";
    EXPECT_EQ(slots[1].device, "cpu");
    EXPECT_THAT(slots[1].cores, ElementsAre(0, 2));
    EXPECT_EQ(slots[1].threads, 2);
}

TEST(LeaseSlots, TooManyIsRefusedWithTheNumberThereIs) {
    EXPECT_THAT(error_of(with(5), kFour),
                HasSubstr("slot 4 needs 1 core, but of this machine's 4 usable physical cores 0 are left"));
    EXPECT_THAT(error_of(with(3, 2), kFour), HasSubstr("slot 2 needs 2 cores"));
    EXPECT_THAT(error_of(with(AutoSlots{}, 8), kFour), HasSubstr("needs 8 cores"));
}

TEST(LeaseSlots, NothingIsSharedOrInvented) {
    EXPECT_THAT(error_of(with(std::vector<SlotRequest>{{"cpu", {0}}, {"cpu", {0}}}), kFour),
                HasSubstr("another slot's"));
    EXPECT_THAT(error_of(with(std::vector<SlotRequest>{{"cpu", {1}}}), kFour), HasSubstr("does not exist"));
    EXPECT_THAT(error_of(with(std::vector<SlotRequest>{{"cuda:0", {}}}), kFour), HasSubstr("no such GPU"));
    EXPECT_THAT(error_of(with(std::vector<SlotRequest>{{"cuda:0", {}}, {"cuda:0", {}}}), kFour, kTwoGpus),
                HasSubstr("share a GPU"));
}

TEST(LeaseSlots, SmallTrialsShareAGpuButNoCore) {
    Resources shared = with(AutoSlots{});
    shared.trials_per_gpu = 2;
    const std::vector<Slot> slots = lease(shared, kFour, kTwoGpus);
    ASSERT_EQ(slots.size(), 4U);
    EXPECT_EQ(slots[0].to_string(), "slot 0: cuda:0 (1 of 2), core 0");
    EXPECT_EQ(slots[1].to_string(), "slot 1: cuda:1 (1 of 2), core 2") << "each GPU before any twice";
    EXPECT_EQ(slots[2].to_string(), "slot 2: cuda:0 (2 of 2), core 4");
    shared.slots = 3;
    EXPECT_EQ(lease(shared, kFour, kTwoGpus)[1].to_string(), "slot 1: cuda:1, core 2") << "it is alone";
    shared.slots = 6;
    EXPECT_EQ(lease(shared, {0, 1, 2, 3, 4, 5}, kTwoGpus)[4].device, "cpu");
    shared.slots = std::vector<SlotRequest>{{"cuda:0", {}}, {"cuda:0", {}}, {"cuda:0", {}}};
    EXPECT_THAT(error_of(shared, kFour, kTwoGpus), HasSubstr("3 slots would share a GPU; trials_per_gpu"));
}

TEST(LeaseSlots, AutoMakesNoMoreGpuSlotsThanThereAreCoresForAndSaysSo) {
    Resources shared = with(AutoSlots{}, 2);
    shared.trials_per_gpu = 3;
    const Lease lease = lease_slots(shared, machine(kFour, kTwoGpus));
    EXPECT_EQ(lease.slots.size(), 2U);
    EXPECT_THAT(lease.notes, ElementsAre("there are cores for 2 of the 6 slots that the GPUs would carry"));
}

// ---- NUMA nodes

TEST(LeaseSlots, ASlotsCoresAreOfOneNodeAndSlotsSpreadOverNodes) {
    const Topology two = synthetic_topology("node:2 core:3 pu:2");  // nodes {0 2 4}, {6 8 10}
    ASSERT_EQ(two.cores.size(), 6U);
    EXPECT_EQ(two.cores[4], (Core{8, 1, 8}));
    const std::vector<Slot> slots = lease_slots(with(2, 2), two).slots;
    EXPECT_EQ(slots[0].to_string(), "slot 0: cpu, cores 0,2, node 0");
    EXPECT_EQ(slots[1].to_string(), "slot 1: cpu, cores 6,8, node 1") << "not 4 and 6";
    const std::vector<Slot> all = lease_slots(with(AutoSlots{}, 2), two).slots;
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[2].to_string(), "slot 2: cpu, cores 4,10, nodes 0,1") << "it fits in no node";
    const std::vector<Slot> wide = lease_slots(with(1, 4), synthetic_topology("node:4 core:2 pu:1")).slots;
    EXPECT_EQ(wide[0].nodes.size(), 2U) << "of as few nodes as can be";
}

TEST(LeaseSlots, NoSlotStraddlesNodesWhereAllFit) {
    for (const int nodes : {2, 3, 4})
        for (const int cores : {2, 4, 6, 8})
            for (int threads = 1; threads <= cores; ++threads) {
                const Topology machine = synthetic_topology("node:" + std::to_string(nodes) +
                                                            " core:" + std::to_string(cores) + " pu:1");
                const int fitting = nodes * (cores / threads);
                for (const Slot& slot : lease_slots(with(fitting, threads), machine).slots)
                    EXPECT_EQ(slot.nodes.size(), 1U) << slot.to_string() << " of " << nodes << "x" << cores;
            }
}

TEST(LeaseSlots, AGpusCoresAreNearIt) {
    Topology two = synthetic_topology("node:2 core:2 pu:1");  // nodes {0 1}, {2 3}
    two.gpus = kTwoGpus;
    two.gpus[0].node = 1;
    two.gpus[1].node = 0;
    const std::vector<Slot> slots = lease_slots(with(AutoSlots{}), two).slots;
    EXPECT_THAT(slots[0].cores, ElementsAre(2));
    EXPECT_THAT(slots[1].cores, ElementsAre(0));
    const std::vector<SlotRequest> list{{"cpu", {}}, {"cpu", {}}, {"cuda:0", {}}, {"cuda:0", {}}};
    Resources shared = with(list);
    shared.trials_per_gpu = 2;
    const std::vector<Slot> mixed = lease_slots(shared, two).slots;
    EXPECT_THAT(mixed[2].cores, ElementsAre(2)) << "CPU slots leave what is near the GPU";
    EXPECT_THAT(mixed[3].cores, ElementsAre(3));
    EXPECT_THAT(mixed[0].nodes, ElementsAre(0));
    two.gpus[0].node = -1;
    EXPECT_EQ(lease_slots(with(1, 2), two).slots[0].nodes.size(), 1U);
}

TEST(LeaseSlots, TheControlGroupsTimeIsTheLimit) {
    Topology limited = machine(kFour);
    limited.quota = 2;
    const Lease lease = lease_slots(with(AutoSlots{}), limited);
    EXPECT_EQ(lease.slots.size(), 2U);
    EXPECT_THAT(lease.notes, ElementsAre("of 4 cores the control group allows the time of 2"));
    try {
        lease_slots(with(3), limited);
        FAIL();
    } catch (const InputError& e) {
        EXPECT_THAT(e.what(), HasSubstr("0 are left (the control group allows the time of 2)"));
    }
    limited.quota = 9;
    EXPECT_TRUE(lease_slots(with(AutoSlots{}), limited).notes.empty());
}

// ---- other runs

const Holders kWordnet{{"core-0", {"4711", "wordnet"}}, {"core-4", {"4711", "wordnet"}}};

std::string busy(const Resources& resources, const Topology& topology, const Holders& held) {
    try {
        lease_slots(resources, topology, held);
    } catch (const StorageError& e) {
        return e.what();
    }
    return "no error";
}

TEST(LeaseBesideOthers, AutoTakesWhatIsFreeAndSaysWhatItLeftToWhom) {
    const Lease lease = lease_slots(with(AutoSlots{}), machine(kFour), kWordnet);
    ASSERT_EQ(lease.slots.size(), 2U);
    EXPECT_THAT(lease.slots[0].cores, ElementsAre(2));
    EXPECT_THAT(lease.slots[1].cores, ElementsAre(6));
    EXPECT_THAT(lease.notes,
                ElementsAre("left to others: process 4711 (study wordnet) holds core 0, core 4"));
    EXPECT_TRUE(lease_slots(with(AutoSlots{}), machine({8, 9}), kWordnet).notes.empty()) << "not its cores";
}

TEST(LeaseBesideOthers, ANumberIsGivenOfWhatIsFreeOrRefused) {
    const Lease lease = lease_slots(with(2), machine(kFour), kWordnet);
    EXPECT_THAT(lease.slots[1].cores, ElementsAre(6));
    EXPECT_TRUE(lease.notes.empty()) << "it got what it asked for";
    const std::string refused = busy(with(3), machine(kFour), kWordnet);
    EXPECT_THAT(refused, HasSubstr("process 4711 (study wordnet) holds core 0, core 4"));
    EXPECT_THAT(refused, HasSubstr("--share"));
    EXPECT_THROW(lease_slots(with(5), machine(kFour), kWordnet), InputError) << "there never were as many";
}

TEST(LeaseBesideOthers, NamedCoresAndGpusThatAreHeldAreRefused) {
    EXPECT_THAT(busy(with(std::vector<SlotRequest>{{"cpu", {4}}}), machine(kFour), kWordnet),
                HasSubstr("core 4"));
    EXPECT_EQ(busy(with(std::vector<SlotRequest>{{"cpu", {2}}}), machine(kFour), kWordnet), "no error");
    const Holders gpu{{"gpu-GPU-a", {"12", ""}}};
    EXPECT_THAT(busy(with(std::vector<SlotRequest>{{"cuda:0", {}}}), machine(kFour, kTwoGpus), gpu),
                HasSubstr("process 12 holds cuda:0"));
    EXPECT_EQ(lease_slots(with(AutoSlots{}), machine(kFour, kTwoGpus), gpu).slots[0].device, "cuda:1");
    EXPECT_THAT(busy(with(2), machine(kFour, kTwoGpus), gpu), HasSubstr("cuda:0"))
        << "a core is no GPU's stand-in";
    EXPECT_THAT(busy(with(AutoSlots{}), machine(kFour, {kTwoGpus[0]}), gpu), HasSubstr("cuda:0"));
}

TEST(LeaseBesideOthers, ACoreIsHeldWholeWhicheverOfItsCpusARunMayUse) {
    Topology siblings = machine({1, 3});
    siblings.cores[0].first = 0;
    siblings.cores[1].first = 2;
    EXPECT_THAT(lease_slots(with(AutoSlots{}), siblings, kWordnet).slots[0].cores, ElementsAre(3));
}

TEST(LeaseBesideOthers, WhatTheyHoldCountsAgainstTheControlGroup) {
    Topology limited = machine(kFour);
    limited.quota = 3;
    EXPECT_EQ(lease_slots(with(AutoSlots{}), limited, kWordnet).slots.size(), 1U);
    limited.quota = 2;
    EXPECT_THAT(busy(with(AutoSlots{}), limited, kWordnet), HasSubstr("study wordnet"));
}

// ---- what workers report

protocol::Hello hello(std::vector<int> cores, std::string device = "cpu",
                      std::vector<std::string> gpus = {}) {
    protocol::Hello hello;
    hello.cores = std::move(cores);
    hello.device = std::move(device);
    hello.gpus = std::move(gpus);
    return hello;
}

TEST(Breach, OtherCoresOrAnotherGpuThanLeased) {
    const Slot cpu{1, "cpu", {2, 4}, 2};
    EXPECT_EQ(breach_of(cpu, hello({4, 2}), true), "");
    EXPECT_THAT(breach_of(cpu, hello({0, 1, 2, 4}), true),
                HasSubstr("slot 1: its worker may run on cores 0,1,2,4 where 2,4 were leased"));
    EXPECT_THAT(breach_of(cpu, hello({2}), false), HasSubstr("cores 2 where 2,4"));
    EXPECT_THAT(breach_of(cpu, hello({2, 4}, "cuda:0"), true), HasSubstr("uses cuda:0 where cpu was leased"));
    const Slot gpu{0, "cuda:3", {0}, 1, 1, {"GPU-d"}};
    EXPECT_EQ(breach_of(gpu, hello({0}, "cuda:0", {"GPU-d"}), true), "");
    EXPECT_EQ(breach_of(gpu, hello({0}, "cuda:0"), true), "") << "the driver is silent";
    EXPECT_THAT(breach_of(gpu, hello({0}, "cuda:0", {"GPU-a"}), true),
                HasSubstr("uses GPU GPU-a where GPU-d (cuda:3) was leased"));
    EXPECT_THAT(breach_of(gpu, hello({0}, "cuda:0", {"GPU-d", "GPU-a"}), true), HasSubstr("was leased"));
    EXPECT_THAT(breach_of(gpu, hello({0}), true), HasSubstr("sees no GPU where cuda:3 was leased"));
    EXPECT_EQ(breach_of(gpu, hello({0}), false), "") << "it does not train with LibTorch";
}

}  // namespace
}  // namespace o2v::orchestrator
