// libnvidia-ml.so.1 of a machine with one GPU that takes 100 W.
#include <cstdio>
#include <cstring>
#include <ctime>

extern "C" {

int nvmlInit_v2() {
    return 0;
}
int nvmlShutdown() {
    return 0;
}
int nvmlDeviceGetCount_v2(unsigned* count) {
    *count = 1;
    return 0;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned, void** device) {
    static int the_one;
    *device = &the_one;
    return 0;
}
int nvmlDeviceGetName(void*, char* name, unsigned size) {
    std::snprintf(name, size, "Fake");
    return 0;
}
int nvmlDeviceGetUUID(void*, char* uuid, unsigned size) {
    std::snprintf(uuid, size, "GPU-fake");
    return 0;
}
int nvmlDeviceGetMemoryInfo(void*, void* memory) {
    const unsigned long long sizes[] = {8ULL << 30, 8ULL << 30, 0};
    std::memcpy(memory, sizes, sizeof sizes);
    return 0;
}
// Millijoules since some moment.
int nvmlDeviceGetTotalEnergyConsumption(void*, unsigned long long* energy) {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    *energy = static_cast<unsigned long long>(now.tv_sec) * 100'000 +
              static_cast<unsigned long long>(now.tv_nsec) / 10'000;
    return 0;
}
}
