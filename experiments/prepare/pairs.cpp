#include "experiments/prepare/pairs.hpp"

#include <fmt/format.h>

namespace o2v::prepare {

std::string pair_record(double label, const std::vector<std::int32_t>& in0,
                        const std::vector<std::int32_t>& in1) {
    return fmt::format(R"({{"label":{},"in0":[{}],"in1":[{}]}})", label, fmt::join(in0, ","),
                       fmt::join(in1, ","));
}

}  // namespace o2v::prepare
