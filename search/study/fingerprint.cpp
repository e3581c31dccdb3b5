#include "search/study/fingerprint.hpp"

#include <bit>
#include <functional>

namespace o2v {
namespace {

class Hash {
  public:
    void add(std::uint64_t x) { state_ = derive_seed(state_, x); }
    void add(std::int64_t x) { add(static_cast<std::uint64_t>(x)); }
    void add(double x) { add(std::bit_cast<std::uint64_t>(x == 0 ? 0.0 : x)); }  // 0 and -0 are equal
    void add(const std::string& text) { add(std::uint64_t{std::hash<std::string>()(text)}); }
    void add(const ParamValue& value) {
        add(std::uint64_t{value.index()});
        std::visit([this](const auto& v) { add(v); }, value);
    }
    template <class Map>
    void add_all(const Map& map) {
        add(std::uint64_t{map.size()});
        for (const auto& [name, value] : map) {
            add(name);
            add(value);
        }
    }
    std::uint64_t result() const { return state_; }

  private:
    std::uint64_t state_ = 0;
};

}  // namespace

std::uint64_t fingerprint(const Assignment& params) {
    Hash hash;
    hash.add_all(params);
    return hash.result();
}

std::uint64_t fingerprint(TrialId trial, const Measurement& measurement) {
    Hash hash;
    hash.add(trial);
    hash.add(measurement.epoch);
    hash.add_all(measurement.metrics);
    return hash.result();
}

std::uint64_t fingerprint(const Trial& trial) {
    Hash hash;
    hash.add(trial.id);
    hash.add_all(trial.params);
    for (const Measurement& measurement : trial.curve) hash.add_all(measurement.metrics);
    if (!trial.ending) return hash.result();
    hash.add(std::uint64_t{trial.ending->index()});
    if (const auto* completed = std::get_if<Completed>(&*trial.ending)) hash.add_all(completed->metrics);
    if (const auto* pruned = std::get_if<Pruned>(&*trial.ending)) hash.add(std::uint64_t{pruned->diverged});
    return hash.result();
}

}  // namespace o2v
