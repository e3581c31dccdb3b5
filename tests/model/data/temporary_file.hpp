// A file that lives as long as the test.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace o2v::data {

class TemporaryFile {
  public:
    explicit TemporaryFile(const std::string& content) {
        static int count = 0;
        path_ =
            testing::TempDir() + "o2v_" + std::to_string(::getpid()) + "_" + std::to_string(count++) + ".txt";
        std::ofstream(path_, std::ios::binary) << content;
    }
    ~TemporaryFile() { std::filesystem::remove(path_); }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;

    const std::string& path() const { return path_; }

  private:
    std::string path_;
};

}  // namespace o2v::data
