// What o2v-tune and a pilot say to each other, beside what it passes on between o2v-tune and its worker
// (messages.hpp). A pilot is a program that Slurm, or a person, starts somewhere: it connects back to
// o2v-tune, has a worker beside it and lives until its time is over.
//
// Its walk: pilot_hello -> welcome -> the worker's hello -> trials. Files go over the connection where the
// pilot does not see the study's folder: file_wanted -> file_granted, chunks | folder_granted | file_refused;
// file_offered, chunks -> file_stored.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "search/study/study.hpp"
#include "worker/protocol/messages.hpp"

namespace o2v::protocol {

// In a pilot's environment, as JSON: what it is to do. Holds a secret.
inline constexpr const char* kPilotVariable = "O2V_PILOT";
struct PilotOrders {
    std::vector<std::string> addresses;   // "host:port", tried in turn
    std::string secret;                   // 64 hexadecimal digits
    std::string certificate;              // fingerprint of o2v-tune's; empty = without TLS
    std::string submission;               // what it was submitted as: "3"
    std::string worker;                   // path of the worker program
    int threads = 1, devices = 1;         // of the worker
    std::string folder;                   // the study's, absolute
    std::string beacon;                   // what the file pilots/beacon in it says
    std::int64_t patience_seconds = 600;  // without o2v-tune
    std::int64_t leave_seconds = 60;      // before the end of its job, a quarter of what it has at most
    bool operator==(const PilotOrders&) const = default;
};
inline constexpr const char* kBeacon = "pilots/beacon";

// ---- up: pilot -> o2v-tune

struct PilotHello {
    int protocol = kVersion;
    std::string pilot;    // its submission and number within it: "3.2"
    std::string process;  // of this process and no other, even where a job is started twice
    std::string job;      // as the scheduler calls it: "123_2"; empty = none
    std::string host;
    int pid = 0;
    std::string gpus;                            // CUDA_VISIBLE_DEVICES
    bool sees_folder = false;                    // the study's
    std::optional<std::int64_t> seconds_left{};  // of its job
    bool operator==(const PilotHello&) const = default;
};
struct PilotHere {  // every second
    bool operator==(const PilotHere&) const = default;
};
// Its worker has ended unasked; it starts another one.
struct WorkerGone {
    std::string how;  // "was killed by signal 9 (Killed)"
    bool operator==(const WorkerGone&) const = default;
};
// Its time is over soon, or its own disk fails it: what it runs is to save and to leave.
struct PilotLeaves {
    std::string why;
    bool useless = false;  // no other one is to take its place at once: that may get the same disk
    bool operator==(const PilotLeaves&) const = default;
};
struct FileWanted {
    std::string path;  // as the trial that it was told to start names it, or a file in a folder named there
    bool content = false;  // false = it asks only which file that is
    bool operator==(const FileWanted&) const = default;
};
// A file of the trial that it runs; as many bytes of chunks follow.
struct FileOffered {
    std::string path;  // where it belongs, within the trial's folder
    std::uint64_t bytes = 0;
    std::string checksum;  // XXH3-128
    bool operator==(const FileOffered&) const = default;
};
using PilotUp = std::variant<PilotHello, PilotHere, WorkerGone, PilotLeaves, FileWanted, FileOffered>;

// ---- down: o2v-tune -> pilot

struct Welcome {
    int slot = 0;
    bool operator==(const Welcome&) const = default;
};
struct TurnedAway {  // it leaves
    std::string why;
    bool operator==(const TurnedAway&) const = default;
};
struct Release {  // it ends its worker and leaves
    bool operator==(const Release&) const = default;
};
struct KillWorker {  // which is over a limit; another one is started
    bool operator==(const KillWorker&) const = default;
};
struct TuneHere {  // every few seconds
    bool operator==(const TuneHere&) const = default;
};
struct FileGranted {  // as many bytes of chunks follow where the content is wanted
    std::string path;
    std::uint64_t bytes = 0;
    std::string checksum;
    bool operator==(const FileGranted&) const = default;
};
struct FolderGranted {
    std::string path;
    std::vector<std::string> files;  // names of what lies in it
    bool operator==(const FolderGranted&) const = default;
};
struct FileRefused {
    std::string path;
    std::string why;
    bool operator==(const FileRefused&) const = default;
};
struct FileStored {
    std::string path;
    std::string failure;  // empty = it is there
    bool operator==(const FileStored&) const = default;
};
using PilotDown = std::variant<Welcome, TurnedAway, Release, KillWorker, TuneHere, FileGranted, FolderGranted,
                               FileRefused, FileStored>;

// JSON, without a frame. Decoding throws ProtocolError.
std::string encode(const PilotUp& message);
std::string encode(const PilotDown& message);
std::string encode(const PilotOrders& orders);
PilotUp decode_pilot_up(const std::string& json);
PilotDown decode_pilot_down(const std::string& json);
PilotOrders decode_pilot_orders(const std::string& json);

}  // namespace o2v::protocol
