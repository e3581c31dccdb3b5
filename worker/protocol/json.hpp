// Values and events as JSON, the same in messages and in the database. Non-finite numbers are the strings
// "nan", "inf" and "-inf"; every finite double reads back equal.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "search/study/event.hpp"

namespace o2v::protocol {

nlohmann::json to_json(const ParamValue& value);
// Integers, floats and strings; booleans become the strings "true" and "false". Throws ProtocolError on
// anything else.
ParamValue param_from_json(const nlohmann::json& json);

nlohmann::json to_json(const Assignment& params);
Assignment assignment_from_json(const nlohmann::json& json);

nlohmann::json to_json(const Metrics& metrics);

// {"event":"reported", "trial":3, ...}
nlohmann::json to_json(const TrialEvent& event);
// Throws ProtocolError on an unknown event or a missing or ill-typed field.
TrialEvent event_from_json(const nlohmann::json& json);

}  // namespace o2v::protocol
