#include "orchestrator/pilot_orders.hpp"

namespace o2v::orchestrator {

protocol::PilotOrders orders_for(const PilotExecutorOptions& options, const PilotKeys& keys) {
    protocol::PilotOrders orders;
    orders.addresses = own_addresses(keys.port, options.address);
    orders.secret = keys.secret;
    if (options.tls) orders.certificate = keys.fingerprint;
    orders.worker = options.worker_program;
    orders.threads = options.threads;
    orders.devices = options.devices;
    orders.folder = options.folder;
    orders.beacon = keys.beacon;
    return orders;
}

}  // namespace o2v::orchestrator
