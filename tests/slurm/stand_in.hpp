// Tools in place of Slurm's, which do what a real controller cannot be made to do.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <string>

#include "tests/orchestrator/temporary_folder.hpp"

namespace o2v::orchestrator {

// The test's folder is the first on the PATH, and $HERE in the tools' scripts.
class StandIn : public testing::Test {
  protected:
    StandIn() : path_(getenv("PATH")) {
        setenv("PATH", (folder_.path() + ":" + path_).c_str(), 1);
        setenv("HERE", folder_.path().c_str(), 1);
    }
    ~StandIn() override {
        setenv("PATH", path_.c_str(), 1);
        unsetenv("HERE");
    }
    // A tool of that name with such a script.
    void tool(const std::string& name, const std::string& script) {
        std::filesystem::permissions(folder_.write(name, "#!/bin/sh\n" + script + "\n"),
                                     std::filesystem::perms::owner_all);
    }
    bool exists(const std::string& name) const { return std::filesystem::exists(folder_.file(name)); }

    TemporaryFolder folder_;
    std::string path_;
    boost::asio::io_context io_;
};

}  // namespace o2v::orchestrator
