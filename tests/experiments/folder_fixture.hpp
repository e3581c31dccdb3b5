// A test with a folder of its own, removed afterwards, and words to fill and read it.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

namespace o2v::prepare {

class FolderTest : public testing::Test {
  protected:
    FolderTest() {
        std::string name = (std::filesystem::temp_directory_path() / "o2v-prepare-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
        folder_ = name;
    }
    ~FolderTest() override { std::filesystem::remove_all(folder_); }

    // Relative to the test's folder.
    std::string path(const std::string& name) const { return (folder_ / name).string(); }
    void write(const std::string& name, const std::string& text) const {
        std::filesystem::create_directories((folder_ / name).parent_path());
        std::ofstream(folder_ / name, std::ios::binary) << text;
    }
    std::string read(const std::string& name) const {
        std::ifstream in(folder_ / name, std::ios::binary);
        if (!in) throw std::runtime_error("cannot read " + name);
        std::ostringstream text;
        text << in.rdbuf();
        return text.str();
    }
    std::vector<nlohmann::json> records(const std::string& name) const {
        std::istringstream lines(read(name));
        std::vector<nlohmann::json> result;
        for (std::string line; std::getline(lines, line);) result.push_back(nlohmann::json::parse(line));
        return result;
    }
    // File name -> content, of all files below.
    std::map<std::string, std::string> contents(const std::string& name) const {
        std::map<std::string, std::string> result;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_ / name)) {
            const std::string inner = std::filesystem::relative(entry.path(), folder_ / name).string();
            if (entry.is_regular_file()) result[inner] = read(name + "/" + inner);
        }
        return result;
    }

    std::filesystem::path folder_;
};

}  // namespace o2v::prepare
