#include "orchestrator/pilot_seat.hpp"

#include <fmt/format.h>

#include <string_view>

namespace o2v::orchestrator {
namespace {

constexpr std::chrono::seconds kAllBusy{10};

}  // namespace

void PilotSeat::send(const protocol::Down& message) {
    constexpr std::size_t kFrameLength = 4;
    if (channel)
        channel->send(pilot::Kind::worker, std::string_view(protocol::encode(message)).substr(kFrameLength));
}

void PilotSeat::say(const protocol::PilotDown& message) {
    if (channel) channel->send(pilot::Kind::pilot, protocol::encode(message));
}

void await_hello(
    const std::shared_ptr<pilot::Channel>& channel,
    std::function<void(const std::shared_ptr<pilot::Channel>&, const protocol::PilotHello&)> arrived,
    std::function<void(const std::string& why)> wrong) {
    pilot::ChannelCallbacks callbacks;
    callbacks.frame = [channel = channel.get(), arrived, wrong](pilot::Kind kind, const std::string& body) {
        try {
            if (kind != pilot::Kind::pilot) throw protocol::ProtocolError("no greeting");
            return arrived(channel->shared_from_this(),
                           std::get<protocol::PilotHello>(protocol::decode_pilot_up(body)));
        } catch (const protocol::ProtocolError& e) {
            wrong(e.what());
        } catch (const std::bad_variant_access&) {
            wrong("no greeting");
        }
        channel->close();
    };
    channel->start(std::move(callbacks));
}

Place place_for(const protocol::PilotHello& hello, const std::vector<PilotSeat>& seats) {
    if (hello.protocol != protocol::kVersion)
        return fmt::format("it speaks protocol {}, this o2v-tune {}: build both from the same sources",
                           hello.protocol, protocol::kVersion);
    std::optional<int> free;
    for (std::size_t i = 0; i < seats.size(); ++i) {
        const PilotSeat& seat = seats[i];
        if (!seat.channel) {
            if (!free) free = static_cast<int>(i);
        } else if (seat.pilot.pilot == hello.pilot) {
            if (seat.pilot.process == hello.process) return static_cast<int>(i);
            return "another process of this job is here already";
        }
    }
    if (!free) return "all places are taken";
    return *free;
}

std::string why_useless(const protocol::Hello& hello, bool on_gpu) {
    if (hello.protocol != protocol::kVersion) return "its worker is of another build";
    return on_gpu && hello.device == "cpu" ? "its worker finds no GPU" : "";
}

std::string arrival_text(const protocol::PilotHello& hello, int slot) {
    return fmt::format("pilot {} joins as slot {}: job {}, process {} on {}{}{}", hello.pilot, slot,
                       hello.job.empty() ? "none" : hello.job, hello.pid, hello.host,
                       hello.gpus.empty() ? "" : ", GPU " + hello.gpus,
                       hello.sees_folder ? "" : "; it does not see the study's folder") +
           (hello.seconds_left ? fmt::format("; {} s left", *hello.seconds_left) : "");
}

void PilotDemand::see(int connected, bool all_busy, Clock::time_point now) {
    if (!all_busy || connected < wanted_) busy_since_ = now;
    if (now - busy_since_ <= kAllBusy || wanted_ >= most_) return;
    ++wanted_;
    busy_since_ = now;
}

}  // namespace o2v::orchestrator
