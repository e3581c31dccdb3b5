#include "search/study/event.hpp"

#include <array>
#include <utility>

#include "search/study/errors.hpp"

namespace o2v {
namespace {

constexpr std::array<std::pair<FailureKind, std::string_view>, 6> kFailureKinds{{
    {FailureKind::bad_config, "bad_config"},
    {FailureKind::out_of_memory, "out_of_memory"},
    {FailureKind::crashed, "crashed"},
    {FailureKind::timed_out, "timed_out"},
    {FailureKind::interrupted, "interrupted"},
    {FailureKind::lost, "lost"},
}};

}  // namespace

std::string_view to_text(FailureKind kind) {
    for (const auto& [known, text] : kFailureKinds)
        if (known == kind) return text;
    return "unknown";
}

FailureKind failure_kind_from_text(std::string_view text) {
    std::string allowed;
    for (const auto& [kind, known] : kFailureKinds) {
        if (known == text) return kind;
        allowed += (allowed.empty() ? "" : ", ") + std::string(known);
    }
    throw InputError("failure kind", std::string(text), "is not one of " + allowed);
}

TrialId trial_of(const TrialEvent& event) {
    return std::visit([](const auto& e) { return e.trial; }, event);
}

}  // namespace o2v
