#include "reports/csv.hpp"

#include <cmath>

namespace o2v::reports {
namespace {

std::string quoted(const std::string& field) {
    if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
    std::string text = "\"";
    for (const char c : field) text += c == '"' ? "\"\"" : std::string(1, c);
    return text + '"';
}

}  // namespace

std::string csv_line(const std::vector<std::string>& fields) {
    std::string line;
    for (const std::string& field : fields) {
        if (&field != fields.data()) line += ',';
        line += quoted(field);
    }
    return line += '\n';
}

std::string csv_field(const std::optional<double>& number) {
    // The sign of a NaN says nothing.
    return !number ? "" : std::isnan(*number) ? "nan" : to_text(ParamValue(*number));
}

std::string csv_field(const Assignment& params, const std::string& name) {
    const auto found = params.find(name);
    return found == params.end() ? "" : to_text(found->second);
}

}  // namespace o2v::reports
