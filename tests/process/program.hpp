// Running the real programs as a person would, in a folder of their own.
#pragma once

#include <sys/types.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace o2v {

struct Finished {
    int exit_code = -1;  // 128 + signal when killed by one
    std::string out, err;
};

// For a child that becomes a program. Its binary forms go to `folder`/cache, only programs started in
// `folder` know of the cores it holds, and the energy that its machine tells of is what `folder`/powercap
// says.
void move_into(const std::string& folder);

// A program that has been started in `folder`, where its output goes to files.
class Program {
  public:
    Program(const std::string& folder, const std::vector<std::string>& arguments);
    ~Program();  // kills what still runs
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    void signal(int number) const;
    bool running();
    Finished wait();  // at most two minutes, then it is killed
    std::string output() const;
    // Waits until `text` stands in the output; false when the program ends or half a minute passes first.
    bool wait_for(const std::string& text);
    pid_t pid() const { return pid_; }

  private:
    bool collect(int options);

    std::string out_, err_;
    pid_t pid_ = -1;
    int status_ = 0;
    bool done_ = false;
};

// o2v-tune with these arguments, in `folder`.
Finished run_tune(const std::string& folder, std::vector<std::string> arguments);
std::vector<std::string> tune(std::vector<std::string> arguments);

// A leaderboard's trials without what a machine's speed and power decide.
nlohmann::json without_measured(nlohmann::json trials);

// The processes whose parent is `pid`.
std::vector<pid_t> children_of(pid_t pid);
bool exists(pid_t pid);

}  // namespace o2v
