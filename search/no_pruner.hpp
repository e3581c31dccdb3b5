// The pruner that lets every trial go on to its end.
#pragma once

#include "search/pruner.hpp"

namespace o2v::search {

class NoPruner final : public Pruner {
  public:
    Verdict judge(const Trial&, const Study&) const override { return {}; }
};

}  // namespace o2v::search
