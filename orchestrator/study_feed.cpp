#include "orchestrator/study_feed.hpp"

#include <sys/stat.h>

#include <charconv>

#include "orchestrator/gzip.hpp"

namespace o2v::orchestrator {
namespace {

using std::chrono::seconds;

// Whoever asks for the document begins to follow within this time.
constexpr seconds kJustNow{10};
// Asking who holds the run's lock takes it for a moment.
constexpr seconds kAskRunning{1};

std::uint64_t inode_of(const std::string& file) {
    struct stat status {};
    return stat(file.c_str(), &status) == 0 ? status.st_ino : 0;
}

std::string unique_text() {
    static std::uint64_t made = 0;
    const auto now = std::chrono::system_clock::now().time_since_epoch().count();
    return std::to_string(now) + '.' + std::to_string(++made);
}

}  // namespace

StudyFeed::StudyFeed(const RunFolder& folder, const std::string& shown)
    : paged_(folder, shown), inode_(inode_of(folder.database())), epoch_(unique_text()) {}

bool StudyFeed::is_there() const {
    return inode_of(folder().database()) == inode_;
}

Bytes StudyFeed::look(Clock::time_point now) {
    const std::vector<TrialId> changed = paged_.refresh();
    if (now - asked_running_ >= kAskRunning) {
        const bool running = paged_.is_running();
        head_changed_ = head_changed_ || running != running_;
        running_ = running;
        asked_running_ = now;
    }
    if (changed.empty() && !head_changed_) return nullptr;
    head_changed_ = false;
    ++number_;
    changes_.resize(study().trials().size());
    // What was there at first is in every document.
    const Clock::time_point at = number_ == 1 ? now - kJustNow : now;
    for (const TrialId trial : changed) changes_[static_cast<std::size_t>(trial)] = {number_, at};
    document_ = gzipped_ = nullptr;
    return std::make_shared<const std::string>(message(changed));
}

Bytes StudyFeed::document() {
    if (!document_)
        document_ = std::make_shared<const std::string>(reports::page_document(study(), extras()));
    return document_;
}

Bytes StudyFeed::gzipped_document() {
    if (!gzipped_) gzipped_ = std::make_shared<const std::string>(gzipped(*document()));
    return gzipped_;
}

Bytes StudyFeed::catch_up(const std::optional<std::string>& last, Clock::time_point now) const {
    std::uint64_t seen = 0;
    const bool ours = last && last->starts_with(epoch_ + '-');
    if (ours) {
        const char* const digits = last->data() + epoch_.size() + 1;
        std::from_chars(digits, last->data() + last->size(), seen);
    }
    std::vector<TrialId> trials;
    for (std::size_t i = 0; i < changes_.size(); ++i)
        if (last ? changes_[i].number > seen : now - changes_[i].at < kJustNow)
            trials.push_back(static_cast<TrialId>(i));
    return std::make_shared<const std::string>(message(trials));
}

void StudyFeed::take_importance(std::vector<reports::PageImportance> importance, std::size_t ended) {
    importance_ = std::move(importance);
    importance_of_ = ended;
    head_changed_ = true;
}

reports::PageExtras StudyFeed::extras() const {
    reports::PageExtras extras = paged_.extras(running_);
    extras.importance = importance_;
    return extras;
}

std::string StudyFeed::message(const std::vector<TrialId>& trials) const {
    return "id: " + id() + "\nevent: study\ndata: " + reports::page_update(study(), trials, extras()) +
           "\n\n";
}

}  // namespace o2v::orchestrator
