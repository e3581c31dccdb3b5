// Clusters as a page: a picture of the first two principal axes, and who is in them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/neighbors/clusters.hpp"
#include "model/neighbors/principal_axes.hpp"

namespace o2v::answers {

struct ClusterPage {
    std::string title;
    std::string facts;  // a sentence below it
    const std::vector<std::string>& names;
    const model::Clustering& clustering;
    const model::Projection& projection;
    std::vector<std::vector<std::int64_t>> typical;  // rows, by cluster
};

// One HTML file that loads nothing. At most 5,000 points are drawn; it says so when there are more.
std::string to_html(const ClusterPage& page);

}  // namespace o2v::answers
