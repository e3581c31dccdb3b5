// A test with a folder of gzip files of its own, removed afterwards.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>

#include "search/study/errors.hpp"

namespace o2v::bench_search {

class TableFolder : public testing::Test {
  protected:
    TableFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "o2v-search-bench-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
        folder_ = name;
    }
    ~TableFolder() override { std::filesystem::remove_all(folder_); }

    // Relative to the test's folder.
    std::string path(const std::string& name) const { return (folder_ / name).string(); }
    // Both give back the path.
    std::string gzip(const std::string& name, const std::string& text) const {
        std::filesystem::create_directories((folder_ / name).parent_path());
        gzFile file = gzopen(path(name).c_str(), "wb");
        if (file == nullptr) throw std::runtime_error("cannot write " + name);
        if (!text.empty()) gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
        gzclose(file);
        return path(name);
    }
    std::string plain(const std::string& name, const std::string& text) const {
        std::filesystem::create_directories((folder_ / name).parent_path());
        std::ofstream(folder_ / name, std::ios::binary) << text;
        return path(name);
    }

    std::filesystem::path folder_;
};

// What the InputError says; "" when there is none.
inline std::string refusal(const std::function<void()>& work) {
    try {
        work();
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

}  // namespace o2v::bench_search
