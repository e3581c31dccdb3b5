// Which cores a slot gets. Private to slots.
#pragma once

#include <cstddef>
#include <vector>

#include "orchestrator/topology.hpp"

namespace o2v::orchestrator {

class CorePool {
  public:
    // At most `quota` of the topology's cores are given away.
    explicit CorePool(const Topology& topology);

    std::size_t left() const;
    // `count` cores of one NUMA node: of `near` where they fit there, else of the node with most left, so
    // that slots spread; where they fit in none, of as few nodes as can be. In the topology's order. Throws
    // InputError naming the slot when there are too few.
    std::vector<Core> take(std::size_t count, int slot, int near = -1);
    // The core with this CPU. Throws InputError when it is not there or another slot's.
    Core take_named(int cpu, int slot);

  private:
    std::size_t free_in(int node) const;
    // The node with most cores left, the first such; `near` before all of as many.
    int roomiest(int near) const;
    void move_from(int node, std::size_t count, std::vector<Core>& to);

    std::vector<Core> all_, free_;
    std::size_t quota_;
    std::size_t given_ = 0;
};

}  // namespace o2v::orchestrator
