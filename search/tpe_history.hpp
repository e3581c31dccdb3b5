// What the tree-structured Parzen estimator remembers of a study between two suggestions. Private to it.
#pragma once

#include <cstdint>
#include <vector>

#include "search/merit.hpp"
#include "search/parzen_estimator.hpp"

namespace o2v::search {

class TpeHistory {
  public:
    struct Row {
        TrialId number = 0;          // of prior trials negative
        Merit merit;                 // with several goals, a feasible trial's is how many others dominate it
        std::vector<double> losses;  // with several goals, of a feasible trial, one a goal; else empty
        std::vector<float> point;    // a coordinate an axis; NaN for inactive parameters
    };

    // Prior trials of the kind `identical` that lie in the space count as completed ones, the oldest of all;
    // with several goals, of which they know only one, they do not count.
    // axes: one a parameter.
    TpeHistory(const StudySpec& spec, std::vector<ParzenAxis> axes);

    // All trials in the space, in order of number; valid until the next call. A function of the study, which
    // must be of the spec given above, whatever has been asked before.
    const std::vector<const Row*>& rows(const Study& study);

  private:
    std::vector<float> point_of(const Assignment& params, const SearchSpace& space) const;
    Row row_of(const Observation& seen, const Study& study) const;
    void add(Row row);
    void catch_up(const Study& study);

    std::vector<ParzenAxis> axes_;
    std::vector<Row> prior_;
    std::vector<Row> ended_;  // in order of number
    std::size_t count_ = 0;   // ended trials of the study seen
    std::uint64_t key_ = 0;   // Study::ended_key(count_)
    std::vector<Row> open_;   // the others of the last study asked about
    std::vector<const Row*> all_;
};

}  // namespace o2v::search
