// A call of Slurm and its answer, on a loop that runs until it is there.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <ostream>

#include "orchestrator/slurm.hpp"
#include "tests/loop.hpp"

namespace o2v::orchestrator {

inline void PrintTo(const SlurmJob& job, std::ostream* out) {  // found by GoogleTest
    *out << job.id << '|' << job.state << '|' << job.node << '|' << job.reason;
}

inline SlurmAnswer answer_of(boost::asio::io_context& io, const std::function<void(Slurm::Answered)>& call) {
    std::optional<SlurmAnswer> answer;
    call([&answer](SlurmAnswer a) {
        EXPECT_FALSE(answer) << "answered twice";
        answer = std::move(a);
    });
    EXPECT_FALSE(answer) << "answered from within the call";
    EXPECT_TRUE(run_until(io, [&] { return answer.has_value(); })) << "never answered";
    return answer.value_or(SlurmAnswer{});
}

struct SlurmListing {
    SlurmAnswer answer;
    std::vector<SlurmJob> jobs;
};

inline SlurmListing listing_of(boost::asio::io_context& io, Slurm& slurm, const std::string& name) {
    SlurmListing listing;
    listing.answer = answer_of(io, [&](const Slurm::Answered& answered) {
        slurm.list(name, [&listing, answered](SlurmAnswer answer, std::vector<SlurmJob> jobs) {
            listing.jobs = std::move(jobs);
            answered(std::move(answer));
        });
    });
    return listing;
}

}  // namespace o2v::orchestrator
