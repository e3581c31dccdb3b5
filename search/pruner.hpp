// A pruner: looks at a running trial's curve and says whether it goes on.
#pragma once

#include <optional>
#include <string>

#include "search/study/study.hpp"

namespace o2v::search {

struct Verdict {
    enum class Kind { go_on, pause, stop };
    Kind kind = Kind::go_on;
    std::string reason;  // a sentence for people; never empty for pause and stop
};

class Pruner {
  public:
    virtual ~Pruner() = default;

    // Called after each report of a running trial, which is part of `study`. A function of its arguments
    // alone.
    virtual Verdict judge(const Trial& trial, const Study& study) const = 0;
    // A paused trial that deserves a free slot now; nullopt when none does.
    virtual std::optional<TrialId> promote(const Study&) const { return std::nullopt; }
};

}  // namespace o2v::search
