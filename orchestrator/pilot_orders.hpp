// What a pilot is told with its job. Private to the pilot executor.
#pragma once

#include "orchestrator/pilot_executor.hpp"
#include "orchestrator/pilot_port.hpp"

namespace o2v::orchestrator {

// REQUIRES: keys.port is the one that is listened on.
protocol::PilotOrders orders_for(const PilotExecutorOptions& options, const PilotKeys& keys);

}  // namespace o2v::orchestrator
