// Files that go over a pilot's connection, one each way at a time. Private to the room.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "worker/pilot/wire/channel.hpp"
#include "worker/pilot/wire/file_transfer.hpp"
#include "worker/protocol/pilot_messages.hpp"

namespace o2v::orchestrator {

// Of one pilot. It gets what the trial that it runs names, and nothing else; what it offers is stored in that
// trial's folder, and nowhere else.
class PilotFiles {
  public:
    explicit PilotFiles(std::shared_ptr<pilot::Channel> channel) : channel_(std::move(channel)) {}
    PilotFiles(const PilotFiles&) = delete;
    PilotFiles& operator=(const PilotFiles&) = delete;

    void trial_started(const protocol::StartTrial& order);
    void trial_ended();
    void wanted(const protocol::FileWanted& file);
    void offered(const protocol::FileOffered& file);
    // False when it is part of nothing that was offered.
    bool chunk(const std::string& bytes);
    void drained() { sending_.push(*channel_); }

  private:
    void answer(const protocol::PilotDown& message);
    bool may_have(const std::string& path) const;
    void grant(const protocol::FileWanted& file);
    void stored(const std::string& failure);

    std::shared_ptr<pilot::Channel> channel_;
    std::vector<std::string> named_;  // files and folders
    std::string folder_;              // the trial's
    pilot::FileSender sending_;
    std::optional<protocol::FileOffered> offered_;
    std::unique_ptr<pilot::FileReceiver> receiving_;  // null: it is not stored
    std::uint64_t ignored_ = 0;                       // bytes still to come of one that is not
};

}  // namespace o2v::orchestrator
