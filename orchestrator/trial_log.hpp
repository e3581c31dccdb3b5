// What a trial has printed: output.log in its folder, where it has one, else its part of its worker's log.
#pragma once

#include <cstdint>
#include <string>

#include "orchestrator/run_folder.hpp"
#include "orchestrator/study_summary.hpp"

namespace o2v::orchestrator {

class TrialLog {
  public:
    // Of a file longer than `most` bytes only the last of them are ever looked at.
    TrialLog(const RunFolder& folder, TrialId trial, std::int64_t most = INT64_MAX)
        : folder_(folder), trial_(trial), most_(most) {}

    // What has been printed since the last call in the attempt that `standing` names, of a new attempt from
    // its beginning; "" when there is nothing. A file that cannot be read holds nothing.
    std::string next(const TrialStanding& standing);
    // The file it was read from last; "" for none.
    const std::string& file() const { return file_; }

  private:
    std::string from_worker_log(const TrialStanding& standing);
    // From offset_ on, which moves on when the file is too long.
    std::string read();

    RunFolder folder_;
    TrialId trial_;
    std::int64_t most_;
    std::string file_;
    int attempt_ = 0;
    std::int64_t offset_ = 0;
    bool begun_ = false,
         over_ = false;  // in the worker's log: this attempt's beginning is found, its end as well
};

}  // namespace o2v::orchestrator
