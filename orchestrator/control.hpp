// What another terminal wants of a study that runs: one file a request in the folder control/ of the study.
#pragma once

#include <chrono>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "orchestrator/run_folder.hpp"
#include "search/study/assignment.hpp"

namespace o2v::orchestrator {

// Start no more trials. Those that run finish, or with `now` save and leave.
struct StopRequest {
    bool now = false;
    bool operator==(const StopRequest&) const = default;
};
// Start no trials and let the running ones wait after their epoch, until ResumeRequest.
struct PauseRequest {
    bool operator==(const PauseRequest&) const = default;
};
struct ResumeRequest {
    bool operator==(const ResumeRequest&) const = default;
};
// Try this next. Complete and in the space of the study as it was when the request was made.
struct EnqueueRequest {
    Assignment params;
    bool operator==(const EnqueueRequest&) const = default;
};
using ControlRequest = std::variant<StopRequest, PauseRequest, ResumeRequest, EnqueueRequest>;

// A request and where it lies.
struct Arrived {
    ControlRequest request;
    std::string file;
};

struct Inbox {
    std::vector<Arrived> requests;   // in the order they were sent
    std::vector<std::string> notes;  // a sentence for each file that could not be read
};

// The end of the process that runs the study.
class ControlInbox {
  public:
    // REQUIRES: this process holds the study's RunLock.
    explicit ControlInbox(const RunFolder& folder);

    // What has come since the last call; with the first one also what an earlier run had taken and not done.
    // What was meant for an earlier run alone (all but EnqueueRequest) is thrown away, a file that cannot be
    // read is moved aside. Never throws: a folder that cannot be read holds nothing.
    Inbox take();
    // The request has been met and is forgotten; until then the next run takes it again.
    void done(const Arrived& arrived);

  private:
    std::string folder_, address_;
    std::set<std::string> taken_;  // by this object
};

// The other end. Leaves the request for the process that runs the study now (an EnqueueRequest: or will run
// it next) and returns its file. Throws StorageError when it cannot be written.
std::string send(const RunFolder& folder, const ControlRequest& request);
// Has a run taken the file that send() returned? Waits for it until then.
bool wait_until_taken(const std::string& file, std::chrono::milliseconds at_most);

// Has the process that runs the study taken a PauseRequest that is not done?
bool is_paused(const RunFolder& folder);

}  // namespace o2v::orchestrator
