// A loop that runs until something is so.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>

namespace o2v {

// For so long at most; whether it came to that.
inline bool run_until(boost::asio::io_context& io, const std::function<bool()>& done,
                      std::chrono::milliseconds at_most = std::chrono::seconds(20)) {
    const auto deadline = std::chrono::steady_clock::now() + at_most;
    while (!done() && std::chrono::steady_clock::now() < deadline) {
        if (io.stopped()) io.restart();
        io.run_one_for(std::chrono::milliseconds(10));
    }
    return done();
}

}  // namespace o2v
