#include "worker/serve/service_metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace o2v::serve {
namespace {

std::string header(const std::string& name, const char* type, const std::string& help) {
    return fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

// As a label's value.
std::string quoted(const std::string& text) {
    std::string result;
    for (const char c : text) {
        if (c == '\\' || c == '"') result += '\\';
        if (c != '\n') result += c;
    }
    return '"' + result + '"';
}

}  // namespace

Histogram::Histogram(std::vector<double> bounds) : bounds_(std::move(bounds)), counts_(bounds_.size() + 1) {}

void Histogram::add(double value) {
    const auto at = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
    counts_[static_cast<std::size_t>(at)].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
}

std::string Histogram::text(const std::string& name, const std::string& help) const {
    std::string text = header(name, "histogram", help);
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
        count += counts_[i].load(std::memory_order_relaxed);
        text += fmt::format("{}_bucket{{le=\"{}\"}} {}\n", name,
                            i < bounds_.size() ? fmt::format("{}", bounds_[i]) : "+Inf", count);
    }
    return text + fmt::format("{}_sum {}\n{}_count {}\n", name, sum_.load(), name, count);
}

void ServiceMetrics::answered(const std::string& path, int status) {
    const std::lock_guard lock(mutex_);
    ++requests_[{path, status}];
}

std::string ServiceMetrics::text(const std::string& version) const {
    std::string text = header("o2v_requests_total", "counter", "Requests by path and status.");
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [key, count] : requests_)
            text += fmt::format("o2v_requests_total{{path={},code=\"{}\"}} {}\n", quoted(key.first),
                                key.second, count);
    }
    const auto add = [&text](const char* name, const char* type, const char* help, auto value) {
        text += header(name, type, help) + fmt::format("{} {}\n", name, value);
    };
    text += request_seconds.text(
        "o2v_request_seconds",
        "From a request's being parsed to its rows' being computed, of /invocations and /neighbors.");
    text += batch_rows.text("o2v_batch_rows", "Rows computed together.");
    add("o2v_rows_total", "counter", "Pairs and single sides answered.", rows.load());
    add("o2v_queue_rows", "gauge", "Rows that wait.", queue_rows.load());
    add("o2v_connections", "gauge", "Open connections.", connections.load());
    add("o2v_dropped_connections_total", "counter",
        "Connections that broke off in a request, were too slow, or too many.", dropped.load());
    add("o2v_model_reloads_total", "counter", "Versions taken up since the start.", reloads.load());
    text += header("o2v_model_info", "gauge", "The version that answers.");
    return text + fmt::format("o2v_model_info{{version={}}} 1\n", quoted(version));
}

}  // namespace o2v::serve
