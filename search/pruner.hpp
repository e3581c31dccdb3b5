// A pruner: looks at a running trial's curve and says whether it goes on, and which paused one goes on again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "search/study/study.hpp"

namespace o2v::search {

struct Verdict {
    enum class Kind { go_on, pause, stop };
    Kind kind = Kind::go_on;
    std::string reason;  // what it rests on, as a clause for people; a pruner never leaves it empty
};

class Pruner {
  public:
    virtual ~Pruner() = default;

    // Called after each report that lengthens the curve of a running trial, which is part of `study`. This
    // and what follows are functions of their arguments alone.
    virtual Verdict judge(const Trial& trial, const Study& study) const = 0;
    // May judge() give anything but go_on for this trial once its curve ends with `epoch` (counted from 0)? A
    // function of the trial's parameters, number and fork, of the spec and the epoch alone, so that nobody
    // need wait for a verdict that is known. REQUIRES: epoch >= 0, and a spec that the pruner was made for.
    virtual bool decides([[maybe_unused]] const Trial& trial, [[maybe_unused]] std::int64_t epoch,
                         [[maybe_unused]] const StudySpec& spec) const {
        return true;
    }
    // A paused trial that deserves a free slot now, before any new trial; nullopt when none does.
    virtual std::optional<TrialId> promote(const Study&) const { return std::nullopt; }
    // Asked when nothing runs and no new trial will ever come: a paused trial to go on with nevertheless.
    virtual std::optional<TrialId> promote_last(const Study&) const { return std::nullopt; }

    struct Retired {
        TrialId trial = 0;
        std::string reason;  // never empty
    };
    // A paused trial that will not be gone on with, and why: it is ended as pruned.
    virtual std::optional<Retired> retire(const Study&) const { return std::nullopt; }
};

}  // namespace o2v::search
