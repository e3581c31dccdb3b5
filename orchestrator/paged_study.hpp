// A study as its page shows it, followed through its database while another process may run it.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "orchestrator/run_folder.hpp"
#include "orchestrator/study_tail.hpp"
#include "reports/page.hpp"
#include "search/study/study.hpp"

namespace o2v::orchestrator {

class PagedStudy {
  public:
    // `shown` is the study's folder as the page is to name it. Nothing has been read of its trials yet.
    // Throws StorageError when there is no database, it cannot be read, or holds no study.
    PagedStudy(const RunFolder& folder, const std::string& shown);

    // Takes over what has been recorded since the last call, all of it at first. Returns the trials that have
    // changed, by number. Throws StorageError.
    std::vector<TrialId> refresh();
    const RunFolder& folder() const { return folder_; }
    const Study& study() const { return study_; }
    // All but importance and logs, which cost more than the rest. `running`: does somebody run the study?
    reports::PageExtras extras(bool running) const;
    // Asks that now, which takes the run's lock for a moment.
    reports::PageExtras extras() const { return extras(is_running()); }
    bool is_running() const { return !RunLock::holder(folder_).empty(); }

  private:
    RunFolder folder_;
    std::string shown_;
    std::unique_ptr<StudyTail> tail_;
    Study study_;
    std::map<TrialId, std::vector<reports::TimeSpan>> attempts_;
};

// By PED-ANOVA and by fANOVA. Time grows with the trials: milliseconds for 100, up to a second for 10,000.
std::vector<reports::PageImportance> page_importance(const Study& study);
// The last lines, at most `bytes` of them, that a trial has printed in its latest attempt; "" for nothing.
std::string log_tail(const RunFolder& folder, const Study& study, TrialId trial, std::size_t bytes);
// Of the trials whose logs say most: the best, those that failed and those that run, at most `trials` of
// them.
std::map<TrialId, std::string> page_logs(const RunFolder& folder, const Study& study, std::size_t trials);
// The page's file of one study or of several.
std::string report_html(std::vector<PagedStudy>& studies);

}  // namespace o2v::orchestrator
