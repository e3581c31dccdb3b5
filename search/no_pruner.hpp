// The pruner that lets every trial go on to its end.
#pragma once

#include "search/pruner.hpp"

namespace o2v::search {

class NoPruner final : public Pruner {
  public:
    Verdict judge(const Trial&, const Study&) const override { return {Verdict::Kind::go_on, "no pruner"}; }
    bool decides(const Trial&, std::int64_t, const StudySpec&) const override { return false; }
};

}  // namespace o2v::search
