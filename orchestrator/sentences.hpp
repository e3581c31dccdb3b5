// Which sentences about its trials a person is told when a study is faster than anybody reads.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "search/study/study.hpp"

namespace o2v::orchestrator {

// A second's first 20 sentences, and as many of failures; of the others those about a new best. What is left
// out is counted: "... 1,834 more trials ended (12 failed)".
class Sentences {
  public:
    void happened(const Study& study, const TrialEvent& event);  // the study already contains it
    void say(std::string sentence) { waiting_.push_back(std::move(sentence)); }
    // What is to be told now, in order; the count when a second is over since the last one, or `all`.
    std::vector<std::string> take(std::chrono::milliseconds now, bool all = false);

  private:
    std::vector<std::string> waiting_;
    std::chrono::milliseconds since_{0};  // of the second that goes on
    std::size_t told_ = 0, failures_told_ = 0;
    std::int64_t ended_ = 0, failed_ = 0, other_ = 0;  // left out
};

}  // namespace o2v::orchestrator
