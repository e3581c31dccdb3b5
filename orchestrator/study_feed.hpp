// A study as its viewers follow it: what a newcomer gets, what all get when something has happened. One
// reader, whoever watches.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/paged_study.hpp"
#include "orchestrator/run_folder.hpp"
#include "reports/page.hpp"
#include "search/study/study.hpp"

namespace o2v::orchestrator {

// Shared by everybody that it is sent to.
using Bytes = std::shared_ptr<const std::string>;

class StudyFeed {
  public:
    using Clock = std::chrono::steady_clock;

    // `shown` is the study's folder as the page is to name it. Throws StorageError as PagedStudy does.
    StudyFeed(const RunFolder& folder, const std::string& shown);

    // Is the database that was opened still the one in the folder?
    bool is_there() const;
    // Takes over what has happened since the last call. Returns the message for those who follow, as a
    // server-sent event "study" with the trials that have changed; null when there is nothing to tell. Throws
    // StorageError.
    Bytes look(Clock::time_point now);
    // reports::page_document() of what has been looked at; made once for all that ask for it between two
    // changes.
    Bytes document();
    Bytes gzipped_document();
    // For one who begins to follow: what has changed since the event that `last` names (the id of its last
    // message); all trials when that is of another feed. Without it, as when the document has just been
    // asked for, what has changed within the last ten seconds.
    Bytes catch_up(const std::optional<std::string>& last, Clock::time_point now) const;

    const Study& study() const { return paged_.study(); }
    const RunFolder& folder() const { return paged_.folder(); }
    // Has something ended since the importance that it knows was computed?
    bool importance_is_old() const { return study().ended().size() != importance_of_; }
    // Told to those who follow with the next look. `ended`: of so many ended trials.
    void take_importance(std::vector<reports::PageImportance> importance, std::size_t ended);

  private:
    reports::PageExtras extras() const;
    std::string message(const std::vector<TrialId>& trials) const;
    std::string id() const { return epoch_ + '-' + std::to_string(number_); }

    struct Change {
        std::uint64_t number = 0;
        Clock::time_point at{};
    };

    PagedStudy paged_;
    std::uint64_t inode_ = 0;
    std::string epoch_;  // tells this feed's messages from those of others
    std::uint64_t number_ = 0;
    std::vector<Change> changes_;  // the last one of each trial
    bool running_ = false, head_changed_ = false;
    Clock::time_point asked_running_{};
    std::vector<reports::PageImportance> importance_;
    std::size_t importance_of_ = 0;
    Bytes document_, gzipped_;
};

}  // namespace o2v::orchestrator
