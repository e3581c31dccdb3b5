// What a tuning request searches.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "model/hyperparameters/hyperparameters.hpp"
#include "orchestrator/sagemaker_parts.hpp"

namespace o2v::orchestrator::sagemaker {
namespace {

// From this ratio of its ends on a range with ScalingType Auto is searched on a logarithmic scale.
constexpr double kWideRange = 10;
constexpr std::int64_t kMostCombinations = 1'000'000;

template <class Number>
std::optional<Number> number_of(const std::string& text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

// An end of a range. The API has texts; SDKs make them of numbers.
template <class Number>
std::optional<Number> read_end(Fields& fields, const std::string& key) {
    fields.require(key);
    const Json* json = fields.get(key);
    if (!json) return std::nullopt;
    if (json->is_string() || json->is_number())
        if (const auto number =
                number_of<Number>(json->is_string() ? json->get<std::string>() : json->dump());
            number && std::isfinite(static_cast<double>(*number)))
            return number;
    fields.report(key, std::is_integral_v<Number> ? "must be an integer as a text, as in \"16\""
                                                  : "must be a number as a text, as in \"0.001\"");
    return std::nullopt;
}

// "linear", "log" or "reverse_log"; "" and a problem when the scale does not go with the range.
template <class Number>
std::string read_scale(Fields& fields, Number min, Number max) {
    const auto scale = fields.choice("ScalingType", {"Auto", "Linear", "Logarithmic", "ReverseLogarithmic"});
    if (fields.has("ScalingType") && !scale) return "";
    if (scale == "Linear") return "linear";
    if (scale == "Logarithmic") {
        if (min > 0) return "log";
        fields.report("ScalingType", "needs a MinValue above 0");
        return "";
    }
    if (scale == "ReverseLogarithmic") {
        if (std::is_integral_v<Number>)
            fields.report("ScalingType", "goes with continuous ranges alone");
        else if (!(static_cast<double>(min) >= 0 && static_cast<double>(max) < 1))
            fields.report("ScalingType", "needs values from 0 to below 1");
        else
            return "reverse_log";
        return "";
    }
    const bool wide = min > 0 && static_cast<double>(max) > kWideRange * static_cast<double>(min);
    fields.note(
        "ScalingType",
        wide ? "Auto: log is taken, as the ends are more than a factor of 10 apart; name a scale to have "
               "another"
             : "Auto: linear is taken; name a scale to have another");
    return wide ? "log" : "linear";
}

// A range's name; "" when it has none.
std::string read_name(Fields& fields, Draft& draft) {
    fields.require("Name");
    const std::string name = fields.text("Name").value_or("");
    if (name.empty()) {
        if (fields.has("Name")) fields.report("Name", "must not be empty");
        return "";
    }
    if (draft.document["search"]["space"].contains(name)) {
        fields.report("Name", "has a range already");
        return "";
    }
    draft.places["/search/space/" + name] = fields.where("Name");
    return name;
}

template <class Number>
void read_range(const Json& json, const std::string& where, Draft& draft, std::vector<Problem>& problems) {
    Fields fields(json, where, draft, problems);
    const std::string name = read_name(fields, draft);
    const auto min = read_end<Number>(fields, "MinValue"), max = read_end<Number>(fields, "MaxValue");
    if (min && max && *min > *max) fields.report("MinValue", "must not be above MaxValue");
    const std::string scale = read_scale(fields, min.value_or(0), max.value_or(0));
    fields.finish();
    if (name.empty() || !min || !max || scale.empty()) return;
    draft.document["search"]["space"][name] = {{"type", std::is_integral_v<Number> ? "int" : "float"},
                                               {"min", *min},
                                               {"max", *max},
                                               {"scale", scale}};
    draft.places["/search/space/" + name + "/min"] = fields.where("MinValue");
    draft.places["/search/space/" + name + "/max"] = fields.where("MaxValue");
}

// How many values there are; 0 = it is wrong.
std::int64_t read_list(const Json& json, const std::string& where, Draft& draft,
                       std::vector<Problem>& problems) {
    Fields fields(json, where, draft, problems);
    const std::string name = read_name(fields, draft);
    fields.require("Values");
    const std::vector<Json> values = fields.list("Values");
    if (fields.has("Values") && values.empty())
        fields.report("Values", "must be a list of at least one text");
    fields.finish();
    Json read = Json::array();
    const auto* info = draft.trains ? model::find_hyperparameter(name) : nullptr;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const std::string at = fields.where("Values/" + std::to_string(i));
        if (!name.empty()) draft.places["/search/space/" + name + "/values/" + std::to_string(i)] = at;
        if (const auto value = read_param(values[i], at, problems)) read.push_back(typed(info, *value));
    }
    if (name.empty() || read.size() != values.size() || read.empty()) return 0;
    draft.places["/search/space/" + name + "/values"] = fields.where("Values");
    draft.document["search"]["space"][name] = {{"type", "categorical"}, {"values", read}};
    return static_cast<std::int64_t>(read.size());
}

struct Recommended {
    const char* name;
    Json range;
};

// The developer guide's page object2vec-tuning. The scale is ours, by the same rule as Auto's; ends at 0 are
// linear.
const std::vector<Recommended>& recommended() {
    const auto real = [](double min, double max, const char* scale) {
        return Json{{"type", "float"}, {"min", min}, {"max", max}, {"scale", scale}};
    };
    const auto integer = [](int min, int max, const char* scale) {
        return Json{{"type", "int"}, {"min", min}, {"max", max}, {"scale", scale}};
    };
    const auto list = [](std::vector<std::string> values) {
        return Json{{"type", "categorical"}, {"values", values}};
    };
    static const std::vector<Recommended> table{
        {"learning_rate", real(1e-6, 1, "log")},
        {"mini_batch_size", integer(1, 8192, "log")},
        {"enc_dim", integer(4, 4096, "log")},
        {"dropout", real(0, 1, "linear")},
        {"mlp_layers", integer(1, 4, "linear")},
        {"mlp_dim", integer(16, 1024, "log")},
        {"optimizer", list({"adagrad", "adam", "rmsprop", "sgd", "adadelta"})},
        {"mlp_activation", list({"tanh", "relu", "linear"})},
        {"weight_decay", real(0, 1, "linear")},
        {"epochs", integer(4, 20, "linear")},
        {"early_stopping_patience", integer(1, 5, "linear")},
        {"early_stopping_tolerance", real(0.001, 0.1, "log")},
        {"enc0_cnn_filter_width", integer(1, 5, "linear")},
        {"enc1_cnn_filter_width", integer(1, 5, "linear")},
        {"enc0_layers", integer(1, 4, "linear")},
        {"enc1_layers", integer(1, 4, "linear")},
        {"enc0_token_embedding_dim", integer(5, 300, "log")},
        {"enc1_token_embedding_dim", integer(5, 300, "log")}};
    return table;
}
constexpr std::size_t kChosen = 6;  // of them, from the top, for an Autotune that names none

void take_recommended(const Recommended& one, Draft& draft) {
    draft.document["search"]["space"][one.name] = one.range;
}

void read_auto(const Json& json, const std::string& where, Draft& draft, std::vector<Problem>& problems) {
    Fields fields(json, where, draft, problems);
    const std::string name = read_name(fields, draft);
    const auto hint = fields.text("ValueHint");
    fields.finish();
    if (name.empty()) return;
    const auto& table = recommended();
    const auto one = std::find_if(table.begin(), table.end(),
                                  [&](const Recommended& known) { return known.name == name; });
    if (one == table.end()) {
        fields.report("Name",
                      "has no recommended range: give it one among IntegerParameterRanges, "
                      "ContinuousParameterRanges or CategoricalParameterRanges");
        return;
    }
    fields.note("Name", "is searched in the range that SageMaker's guide recommends");
    take_recommended(*one, draft);
    if (!hint) return;
    draft.document["search"]["space"][name]["default"] = typed(model::find_hyperparameter(name), *hint);
    draft.places["/search/space/" + name + "/default"] = fields.where("ValueHint");
}

}  // namespace

std::int64_t read_ranges(const Json& json, const std::string& where, Draft& draft,
                         std::vector<Problem>& problems) {
    Fields fields(json, where, draft, problems);
    const auto each = [&](const std::string& key, const auto& read) {
        const std::vector<Json> list = fields.list(key);
        for (std::size_t i = 0; i < list.size(); ++i)
            read(list[i], fields.where(key + "/" + std::to_string(i)), draft, problems);
        return list.size();
    };
    const std::size_t numbers = each("IntegerParameterRanges", read_range<std::int64_t>) +
                                each("ContinuousParameterRanges", read_range<double>);
    std::int64_t combinations = 1;
    const std::size_t lists = each("CategoricalParameterRanges", [&](auto&&... arguments) {
        const std::int64_t values = read_list(arguments...);
        combinations = combinations > kMostCombinations ? combinations : combinations * values;
    });
    const std::size_t chosen = each("AutoParameters", read_auto);
    fields.finish();
    return numbers + chosen == 0 && lists > 0 ? combinations : 0;
}

void choose_ranges(const std::string& where, Draft& draft) {
    std::string names;
    for (std::size_t i = 0; i < kChosen; ++i) {
        const Recommended& one = recommended()[i];
        if (draft.document["fixed"].contains(one.name)) continue;
        take_recommended(one, draft);
        names += (names.empty() ? "" : ", ") + std::string(one.name);
    }
    draft.notes.push_back(
        {where, "",
         "names no parameters: " + names + " are searched in the ranges that SageMaker's guide recommends"});
}

}  // namespace o2v::orchestrator::sagemaker
