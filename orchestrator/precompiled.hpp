// What most sources of this room include, compiled once. Each of them includes what it uses all the same.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

// Compiled in precompiled.cpp alone.
extern template class nlohmann::basic_json<>;
