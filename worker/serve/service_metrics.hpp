// What a server counts, in Prometheus's text format (exposition format 0.0.4).
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace o2v::serve {

// Counts of values up to each bound. May be used from several threads.
class Histogram {
  public:
    explicit Histogram(std::vector<double> bounds);
    void add(double value);
    // NAME_bucket{le="..."}, NAME_sum and NAME_count, with # HELP and # TYPE.
    std::string text(const std::string& name, const std::string& help) const;

  private:
    std::vector<double> bounds_;
    std::vector<std::atomic<std::uint64_t>> counts_;  // the last: beyond all bounds
    std::atomic<double> sum_ = 0;
};

class ServiceMetrics {
  public:
    void answered(const std::string& path, int status);

    Histogram request_seconds{{.0002, .0005, .001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5}};
    Histogram batch_rows{{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096}};
    std::atomic<std::uint64_t> rows = 0;     // answered
    std::atomic<std::uint64_t> reloads = 0;  // versions taken up since the start
    std::atomic<std::uint64_t> dropped = 0;  // connections that broke off, were too slow or too many
    std::atomic<std::int64_t> connections = 0;
    std::atomic<std::int64_t> queue_rows = 0;

    // `version`: the model's, for a label.
    std::string text(const std::string& version) const;

  private:
    mutable std::mutex mutex_;
    std::map<std::pair<std::string, int>, std::uint64_t> requests_;  // by path and status
};

}  // namespace o2v::serve
