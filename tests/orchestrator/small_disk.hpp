// A file system of a few pages, where the system lets tests mount one: as root, or in a user namespace.
#pragma once

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace o2v {

class SmallDisk {
  public:
    // At `folder`, which is made where need be. With size 0 as much as there is memory.
    SmallDisk(const std::string& folder, int kib) : folder_(folder) {
        std::filesystem::create_directories(folder);
        mounted_ = mount_here(kib) || (become_root() && mount_here(kib));
    }
    ~SmallDisk() {
        if (mounted_) umount2(folder_.c_str(), MNT_DETACH);
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;

    bool mounted() const { return mounted_; }
    void resize(int kib) const { remount(0, kib); }
    void set_read_only(bool on) const { remount(on ? MS_RDONLY : 0, 4096); }
    // Until nothing more goes into it; removing the file that this returns makes room again.
    std::string fill() const {
        const std::string path = folder_ + "/filler";
        std::ofstream file(path);
        const std::string page(4096, 'x');
        while (file.write(page.data(), static_cast<std::streamsize>(page.size())).flush()) {
        }
        return path;
    }

  private:
    bool mount_here(int kib) const {
        return mount("tmpfs", folder_.c_str(), "tmpfs", 0, options(kib).c_str()) == 0;
    }
    // In a user namespace of this process and those it starts, which needs no privilege where the system
    // allows such namespaces.
    static bool become_root() {
        const std::string user = "0 " + std::to_string(geteuid()) + " 1";
        if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
        return static_cast<bool>(std::ofstream("/proc/self/uid_map") << user << std::flush);
    }
    static std::string options(int kib) { return "size=" + std::to_string(kib) + "k"; }
    void remount(unsigned long flags, int kib) const {
        mount("tmpfs", folder_.c_str(), "tmpfs", MS_REMOUNT | flags, options(kib).c_str());
    }

    std::string folder_;
    bool mounted_ = false;
};

// Skips the test where the disk could not be mounted.
#define O2V_NEEDS_MOUNTED(disk) \
    if (!(disk).mounted())      \
    GTEST_SKIP() << "a file system can be mounted neither as this user nor in a user namespace"

}  // namespace o2v
