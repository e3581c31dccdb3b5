// A file system of a few pages, where the system lets tests mount one.
#pragma once

#include <sys/mount.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace o2v {

class SmallDisk {
  public:
    // At `folder`, which is made where need be. With size 0 as much as there is memory.
    SmallDisk(const std::string& folder, int kib) : folder_(folder) {
        std::filesystem::create_directories(folder);
        mounted_ = mount("tmpfs", folder.c_str(), "tmpfs", 0, options(kib).c_str()) == 0;
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
    static std::string options(int kib) { return "size=" + std::to_string(kib) + "k"; }
    void remount(unsigned long flags, int kib) const {
        mount("tmpfs", folder_.c_str(), "tmpfs", MS_REMOUNT | flags, options(kib).c_str());
    }

    std::string folder_;
    bool mounted_ = false;
};

// Skips the test where the disk could not be mounted.
#define O2V_NEEDS_MOUNTED(disk) \
    if (!(disk).mounted()) GTEST_SKIP() << "this user may not mount a file system"

}  // namespace o2v
