#include "model/format/config.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "search/study/errors.hpp"

namespace o2v::model {

using nlohmann::json;

std::string config_text(const Options& options) {
    const json config{{"format", kModelFormat}, {"hyperparameters", to_json(to_assignment(options))}};
    return config.dump(2) + '\n';
}

Options parse_config(std::string_view text) {
    try {
        const json config = json::parse(text);
        if (config.at("format").get<std::string>() != kModelFormat)
            throw std::runtime_error(std::string("is no ") + kModelFormat);
        return resolve(assignment_from_json(config.at("hyperparameters")));
    } catch (const json::exception& error) {
        throw std::runtime_error(std::string("damaged: ") + error.what());
    } catch (const InputError& error) {
        throw std::runtime_error(std::string("damaged: ") + error.what());
    }
}

json to_json(const Assignment& params) {
    json object = json::object();
    for (const auto& [name, value] : params) {
        std::visit([&, &key = name](const auto& v) { object[key] = v; }, value);
    }
    return object;
}

Assignment assignment_from_json(const json& object) {
    Assignment params;
    for (const auto& [name, value] : object.items()) {
        if (value.is_number_float()) {
            params[name] = value.get<double>();
        } else if (value.is_number_integer()) {
            params[name] = value.get<std::int64_t>();
        } else {
            params[name] = value.get<std::string>();
        }
    }
    return params;
}

}  // namespace o2v::model
