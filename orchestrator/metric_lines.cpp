#include "orchestrator/metric_lines.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

namespace o2v::orchestrator {
namespace {

constexpr const char* kHost = "algo-1";

// A metric of one set: "cross_entropy" and its value.
using Named = std::pair<std::string, double>;

bool is_loss(const std::string& name) {
    return name == "cross_entropy" || name == "mean_squared_error" || name == "loss";
}
bool is_score(const std::string& name) {
    return name == "accuracy";
}

// The metrics of a set ("train"), the loss first.
std::vector<Named> of_set(const Metrics& metrics, const std::string& set) {
    std::vector<Named> named;
    for (const auto& [name, value] : metrics) {
        if (!name.starts_with(set + ':')) continue;
        Named one{name.substr(set.size() + 1), value};
        named.insert(is_loss(one.first) ? named.begin() : named.end(), std::move(one));
    }
    return named;
}

// As Python prints a float: 5.0, 0.1813, 1e-05.
std::string number(double value) {
    std::string text = fmt::format("{}", value);
    if (text.find_first_not_of("-0123456789") == std::string::npos) text += ".0";
    return text;
}

// What people are told of a set: three decimals, and the perplexity, which is no quality metric.
std::string readable(const std::vector<Named>& metrics) {
    std::string text;
    const auto add = [&text](const std::string& name, double value) {
        text += fmt::format("{}{}: {:.3f}", text.empty() ? "" : " ", name, value);
    };
    for (const auto& [name, value] : metrics) {
        add(name, value);
        if (name == "cross_entropy") add("perplexity", std::exp(value));
    }
    return text;
}

// "epoch=3, train accuracy <score>=0.9302", for what is a loss or a score.
std::vector<std::string> quality(const std::string& epoch, const std::string& set,
                                 const std::vector<Named>& metrics) {
    std::vector<std::string> lines;
    for (const auto& [name, value] : metrics)
        if (is_loss(name) || is_score(name))
            lines.push_back(fmt::format("#quality_metric: host={}, {}{} {} <{}>={}", kHost, epoch, set, name,
                                        is_loss(name) ? "loss" : "score", number(value)));
    return lines;
}

double unix_seconds(MetricLines::Time at) {
    using std::chrono::milliseconds;
    return static_cast<double>(std::chrono::round<milliseconds>(at.time_since_epoch()).count()) / 1000;
}

nlohmann::ordered_json counter(std::int64_t value) {
    return {{"sum", static_cast<double>(value)}, {"count", 1}, {"min", value}, {"max", value}};
}

std::string progress(double percent) {
    return fmt::format("#progress_metric: host={}, completed {} % of epochs", kHost, number(percent));
}

// 0:01:05.250
std::string clock_text(std::chrono::milliseconds elapsed) {
    const std::int64_t ms = elapsed.count();
    return fmt::format("{}:{:02}:{:02}.{:03}", ms / 3'600'000, ms / 60'000 % 60, ms / 1000 % 60, ms % 1000);
}

}  // namespace

std::string MetricLines::line(Time at, const std::string& text, std::string_view level) const {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(at);
    return fmt::format("[{:%m/%d/%Y %H:%M:%S} {} {}] {}\n", fmt::gmtime(seconds), level, thread_, text);
}

std::string MetricLines::epoch(Time at, const Measurement& m) const {
    std::string lines =
        line(at, fmt::format("Completed Epoch: {}, time taken: {}", m.epoch, clock_text(m.elapsed)));
    for (const auto& [set, title] :
         {std::pair{"train", "Training metrics:  "}, std::pair{"validation", "Validation metrics:"}}) {
        const std::vector<Named> metrics = of_set(m.metrics, set);
        if (metrics.empty()) continue;
        lines += line(at, fmt::format("Epoch {} {} {}", m.epoch, title, readable(metrics)));
        for (const std::string& text : quality(fmt::format("epoch={}, ", m.epoch), set, metrics))
            lines += line(at, text);
    }
    if (facts_.epochs > 0)
        lines +=
            line(at, progress(100.0 * static_cast<double>(m.epoch + 1) / static_cast<double>(facts_.epochs)));
    if (const std::int64_t records = facts_.records_per_epoch; records > 0) {
        const nlohmann::ordered_json json{{"StartTime", unix_seconds(at - m.elapsed)},
                                          {"EndTime", unix_seconds(at)},
                                          {"Dimensions",
                                           {{"Algorithm", "ObjectToVec"},
                                            {"Host", kHost},
                                            {"Operation", "training"},
                                            {"epoch", m.epoch},
                                            {"Meta", "training_data_iter"}}},
                                          {"Metrics",
                                           {{"Total Records Seen", counter(records * (m.epoch + 1))},
                                            {"Max Records Seen Between Resets", counter(records)},
                                            {"Number of Records Since Last Reset", counter(records)},
                                            {"Reset Count", counter(m.epoch + 1)}}}};
        lines += "#metrics " + json.dump() + '\n';
    }
    if (m.pairs_per_second > 0)
        lines += line(at, fmt::format("#throughput_metric: host={}, train throughput={} records/second",
                                      kHost, number(m.pairs_per_second)));
    return lines;
}

std::string MetricLines::completed(Time at, const Trial& trial) const {
    const auto& done = std::get<Completed>(trial.ending.value());
    std::string lines;
    if (static_cast<std::int64_t>(trial.curve.size()) < facts_.epochs) {
        lines += line(at, fmt::format("Early stopping criterion met! Stopping training at epoch: {}",
                                      trial.curve.size() - 1));
        lines += line(at, progress(100));
    }
    for (const char* set : {"validation", "train"}) {
        const std::vector<Named> metrics = of_set(done.metrics, set);
        if (metrics.empty() || !is_loss(metrics.front().first)) continue;
        lines += line(at, fmt::format("Best model based on epoch {}. Best loss: {:.3f}", done.best_epoch,
                                      metrics.front().second));
        break;
    }
    const std::vector<Named> test = of_set(done.metrics, "test");
    if (test.empty()) return lines + line(at, "Test data is not provided.");
    lines += line(at, "Test metrics: " + readable(test));
    for (const auto& [name, value] : test)
        if (is_loss(name) || is_score(name))
            lines += line(at, fmt::format("#test_score ({}) : ('{}', {})", kHost, name, number(value)));
    for (const std::string& text : quality("", "test", test)) lines += line(at, text);
    return lines;
}

}  // namespace o2v::orchestrator
