#include "search/study/event.hpp"

#include <gtest/gtest.h>

#include "search/study/errors.hpp"

namespace o2v {
namespace {

TEST(FailureKindText, RoundTrips) {
    for (const FailureKind kind : {FailureKind::bad_config, FailureKind::out_of_memory, FailureKind::crashed,
                                   FailureKind::timed_out, FailureKind::interrupted, FailureKind::lost})
        EXPECT_EQ(failure_kind_from_text(to_text(kind)), kind);
}

TEST(FailureKindText, RefusesAnUnknownOneAndNamesTheAllowed) {
    try {
        failure_kind_from_text("exploded");
        FAIL() << "not refused";
    } catch (const InputError& e) {
        EXPECT_STREQ(e.what(),
                     "failure kind = exploded: is not one of bad_config, out_of_memory, crashed, timed_out, "
                     "interrupted, lost");
    }
}

TEST(TrialOf, FindsTheTrialInEveryEvent) {
    const std::vector<TrialEvent> events{TrialCreated{7, {}, 0},  AttemptStarted{7, 1, "", "", "", {}},
                                         Reported{7, 1, {}},      Checkpointed{7, 1, {}},
                                         Paused{7, ""},           AttemptFailed{7, 1, FailureKind::lost, ""},
                                         TrialEnded{7, Failure{}}};
    for (const TrialEvent& event : events) EXPECT_EQ(trial_of(event), 7);
}

}  // namespace
}  // namespace o2v
