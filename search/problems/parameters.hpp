// Reading a problem's parameters. Private to the room.
#pragma once

#include <string>
#include <vector>

#include "search/study/assignment.hpp"

namespace o2v::problems {

// All throw InputError, naming the parameter, when it is missing or not what is asked for.

double number(const Assignment& params, const std::string& name);
// A number greater than 0.
double positive(const Assignment& params, const std::string& name);
// A text's index among `allowed`.
std::size_t choice(const Assignment& params, const std::string& name,
                   const std::vector<std::string>& allowed);
// "x3" for 3: the name of a vector's coordinate.
std::string coordinate(std::size_t i);
// The values of coordinate(0) ... coordinate(n-1).
std::vector<double> vector_of(const Assignment& params, std::size_t n);

}  // namespace o2v::problems
