#include "orchestrator/precompiled.hpp"

template class nlohmann::basic_json<>;
