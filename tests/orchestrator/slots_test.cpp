#include "orchestrator/slots.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "search/study/errors.hpp"

namespace o2v::orchestrator {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<int> kFour{0, 2, 4, 6};
const std::vector<Gpu> kTwoGpus{{0, "A", "GPU-a", 1}, {1, "B", "GPU-b", 1}};

Resources with(SlotsRequest slots, int threads = 1) {
    return {std::move(slots), threads};
}

std::string error_of(const Resources& resources, const std::vector<int>& cores,
                     const std::vector<Gpu>& gpus = {}) {
    try {
        lease_slots(resources, cores, gpus);
    } catch (const InputError& e) {
        return e.what();
    }
    return "no error";
}

TEST(LeaseSlots, AutoTakesOnePerPhysicalCore) {
    const std::vector<Slot> slots = lease_slots(with(AutoSlots{}), kFour, {});
    ASSERT_EQ(slots.size(), 4U);
    EXPECT_EQ(slots[2], (Slot{2, "cpu", {4}, 1}));
    EXPECT_EQ(slots[2].to_string(), "slot 2: cpu, core 4");
}

TEST(LeaseSlots, AutoGivesEachSlotItsThreadsInDisjointCores) {
    const std::vector<Slot> slots = lease_slots(with(AutoSlots{}, 2), kFour, {});
    ASSERT_EQ(slots.size(), 2U);
    EXPECT_THAT(slots[0].cores, ElementsAre(0, 2));
    EXPECT_THAT(slots[1].cores, ElementsAre(4, 6));
    EXPECT_EQ(slots[1].threads, 2);
    EXPECT_EQ(lease_slots(with(AutoSlots{}, 3), kFour, {}).size(), 1U);
}

Resources with_devices(SlotsRequest slots, int devices, int threads = 1) {
    return {std::move(slots), threads, devices};
}

TEST(LeaseSlots, ATrialsDevicesShareASlot) {
    const std::vector<Slot> cpus = lease_slots(with_devices(AutoSlots{}, 2), kFour, {});
    ASSERT_EQ(cpus.size(), 2U);
    EXPECT_EQ(cpus[1], (Slot{1, "cpu", {4, 6}, 2, 2}));
    EXPECT_EQ(cpus[1].to_string(), "slot 1: cpu x 2, cores 4,6");
    const std::vector<Slot> gpus = lease_slots(with_devices(AutoSlots{}, 2), kFour, kTwoGpus);
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
    const std::vector<Slot> slots = lease_slots(with(AutoSlots{}), kFour, kTwoGpus);
    ASSERT_EQ(slots.size(), 2U);
    EXPECT_EQ(slots[1], (Slot{1, "cuda:1", {2}, 1}));
}

TEST(LeaseSlots, ANumberBeyondTheGpusUsesCores) {
    const std::vector<Slot> slots = lease_slots(with(3), kFour, kTwoGpus);
    EXPECT_EQ(slots[0].device, "cuda:0");
    EXPECT_EQ(slots[2].device, "cpu");
}

TEST(LeaseSlots, AListIsTakenAsWritten) {
    const std::vector<SlotRequest> list{{"cuda:1", {}}, {"cpu", {0, 2}}};
    const std::vector<Slot> slots = lease_slots(with(list), kFour, kTwoGpus);
    EXPECT_EQ(slots[0], (Slot{0, "cuda:1", {4}, 1})) << "named cores are taken first";
    EXPECT_EQ(slots[1], (Slot{1, "cpu", {0, 2}, 2}));
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

TEST(Machine, ShowsThisProcessAtLeastOneCore) {
    EXPECT_FALSE(physical_cores().empty());
}

}  // namespace
}  // namespace o2v::orchestrator
