// Files that go over a pilot's connection, one each way at a time. Private to the room.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "model/data/durable_file.hpp"
#include "model/data/hash.hpp"
#include "worker/pilot/wire/channel.hpp"
#include "worker/protocol/pilot_messages.hpp"

namespace o2v::orchestrator {

// Of one pilot. It gets what the trial that it runs names, and nothing else; what it offers is stored in that
// trial's folder, and nowhere else.
class PilotFiles {
  public:
    explicit PilotFiles(std::shared_ptr<pilot::Channel> channel) : channel_(std::move(channel)) {}
    ~PilotFiles();
    PilotFiles(const PilotFiles&) = delete;
    PilotFiles& operator=(const PilotFiles&) = delete;

    void trial_started(const protocol::StartTrial& order);
    void trial_ended();
    void wanted(const protocol::FileWanted& file);
    void offered(const protocol::FileOffered& file);
    // False when it is part of nothing that was offered.
    bool chunk(const std::string& bytes);
    void drained();

  private:
    struct Incoming {
        std::unique_ptr<data::DurableFile> file;  // null: it is not stored, as `failure` says
        data::StreamHash hash;
        std::uint64_t left = 0;
        protocol::FileOffered offer;
        std::string failure;
    };

    void answer(const protocol::PilotDown& message);
    bool may_have(const std::string& path) const;
    void grant(const protocol::FileWanted& file);
    void push();
    void complete();

    std::shared_ptr<pilot::Channel> channel_;
    std::vector<std::string> named_;  // files and folders
    std::string folder_;              // the trial's
    int reading_ = -1;
    std::uint64_t unread_ = 0;
    std::unique_ptr<Incoming> incoming_;
};

}  // namespace o2v::orchestrator
