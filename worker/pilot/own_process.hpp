// This process and what surrounds it.
#pragma once

#include <string>

namespace o2v::pilot {

std::string variable(const char* name);  // of the environment; "" when it is not set
std::string host();
void log(const std::string& text);  // a line for whoever looks into the job's output

}  // namespace o2v::pilot
