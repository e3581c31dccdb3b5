#include "model/early_stopping.hpp"

#include <algorithm>

namespace o2v::model {

bool EarlyStopping::add(double loss) {
    const auto epoch = static_cast<std::int64_t>(losses_.size());
    if (patience_ > 0 && epoch >= patience_) {
        const double reference = *std::min_element(losses_.end() - patience_, losses_.end());
        bad_ = reference - loss > tolerance_ ? 0 : bad_ + 1;
    }
    losses_.push_back(loss);
    return stopped();
}

}  // namespace o2v::model
