#include "orchestrator/topology.hpp"

#include <hwloc.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <stdexcept>

#include "orchestrator/control_group.hpp"

namespace o2v::orchestrator {
namespace {

using Bitmap = std::unique_ptr<hwloc_bitmap_s, decltype(&hwloc_bitmap_free)>;
using Handle = std::unique_ptr<hwloc_topology, decltype(&hwloc_topology_destroy)>;

Handle make_handle() {
    hwloc_topology_t topology = nullptr;
    if (hwloc_topology_init(&topology) != 0) throw std::runtime_error("hwloc cannot be used");
    return {topology, hwloc_topology_destroy};
}

int node_of(hwloc_const_bitmap_t nodeset) {
    return nodeset ? std::max(hwloc_bitmap_first(nodeset), 0) : 0;
}

// `allowed`: the CPUs that may be used.
std::vector<Core> cores_of(hwloc_topology_t topology, hwloc_const_bitmap_t allowed) {
    std::vector<Core> cores;
    const Bitmap of_core(hwloc_bitmap_alloc(), hwloc_bitmap_free);
    hwloc_obj_t core = nullptr;
    while ((core = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_CORE, core)) != nullptr) {
        hwloc_bitmap_and(of_core.get(), core->cpuset, allowed);
        if (const int cpu = hwloc_bitmap_first(of_core.get()); cpu >= 0)
            cores.push_back({cpu, node_of(core->nodeset), hwloc_bitmap_first(core->complete_cpuset)});
    }
    if (!cores.empty()) return cores;
    hwloc_obj_t pu = nullptr;
    while ((pu = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_PU, pu)) != nullptr) {
        const int cpu = static_cast<int>(pu->os_index);
        if (hwloc_bitmap_isset(allowed, pu->os_index)) cores.push_back({cpu, node_of(pu->nodeset), cpu});
    }
    return cores;
}

// The node that a PCI device is attached to; -1 when hwloc does not know it or it is near all of several.
int node_near(hwloc_topology_t topology, const std::string& bus) {
    unsigned domain = 0, number = 0, device = 0, function = 0;
    if (std::sscanf(bus.c_str(), "%x:%x:%x.%x", &domain, &number, &device, &function) != 4) return -1;
    const hwloc_obj_t found = hwloc_get_pcidev_by_busid(topology, domain, number, device, function);
    if (!found) return -1;
    const hwloc_obj_t place = hwloc_get_non_io_ancestor_obj(topology, found);
    const int nodes = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_NUMANODE);
    const bool everywhere = nodes > 1 && hwloc_bitmap_weight(place->nodeset) >= nodes;
    return everywhere ? -1 : node_of(place->nodeset);
}

}  // namespace

bool Topology::has_nodes() const {
    return std::any_of(cores.begin(), cores.end(),
                       [this](const Core& core) { return core.node != cores.front().node; });
}

Topology read_topology() {
    const Handle handle = make_handle();
    Topology found;
    found.gpus = gpus();
    if (!found.gpus.empty())
        hwloc_topology_set_io_types_filter(handle.get(), HWLOC_TYPE_FILTER_KEEP_IMPORTANT);
    if (hwloc_topology_load(handle.get()) != 0) throw std::runtime_error("hwloc cannot read this machine");
    const Bitmap allowed(hwloc_bitmap_alloc(), hwloc_bitmap_free);
    if (hwloc_get_cpubind(handle.get(), allowed.get(), HWLOC_CPUBIND_PROCESS) != 0)
        hwloc_bitmap_copy(allowed.get(), hwloc_topology_get_allowed_cpuset(handle.get()));
    found.cores = cores_of(handle.get(), allowed.get());
    for (Gpu& gpu : found.gpus) gpu.node = node_near(handle.get(), gpu.bus);
    if (const std::optional<double> quota = ControlGroup::own().cpus())
        found.quota = std::max(1, static_cast<int>(std::floor(*quota)));
    return found;
}

Topology synthetic_topology(const std::string& description) {
    const Handle handle = make_handle();
    if (hwloc_topology_set_synthetic(handle.get(), description.c_str()) != 0 ||
        hwloc_topology_load(handle.get()) != 0)
        throw std::invalid_argument(description + ": is no synthetic topology of hwloc");
    return {cores_of(handle.get(), hwloc_topology_get_topology_cpuset(handle.get())), {}, {}};
}

}  // namespace o2v::orchestrator
