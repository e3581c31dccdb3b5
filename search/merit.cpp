#include "search/merit.hpp"

namespace o2v::search {

Merit merit_of(const Observation& seen) {
    switch (seen.kind) {
        case Observation::Kind::completed:
            if (seen.violation > 0) return {Merit::Tier::infeasible, seen.violation, seen.loss};
            return {Merit::Tier::feasible, seen.loss, 0};
        case Observation::Kind::partial:
            return {Merit::Tier::partial, -static_cast<double>(seen.epochs), seen.loss};
        case Observation::Kind::failed:
            return {Merit::Tier::failed, 0, 0};
        case Observation::Kind::pending:
            break;
    }
    return {};
}

}  // namespace o2v::search
