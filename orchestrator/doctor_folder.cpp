// The disk that studies are kept on.
#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <filesystem>

#include "orchestrator/doctor_facts.hpp"

namespace o2v::orchestrator {
namespace {

namespace fs = std::filesystem;

constexpr int kFsyncs = 21;

struct FileSystem {
    std::uint32_t magic;  // of statfs(2)
    const char* name;
    enum { local, network, in_memory } kind;
};
constexpr FileSystem kFileSystems[] = {
    {0xef53, "ext4", FileSystem::local},          {0x58465342, "xfs", FileSystem::local},
    {0x9123683e, "btrfs", FileSystem::local},     {0x2fc12fc1, "zfs", FileSystem::local},
    {0x794c7630, "overlay", FileSystem::local},   {0xf2f52010, "f2fs", FileSystem::local},
    {0x01021994, "tmpfs", FileSystem::in_memory}, {0x858458f6, "ramfs", FileSystem::in_memory},
    {0x6969, "nfs", FileSystem::network},         {0x517b, "smb", FileSystem::network},
    {0xff534d42, "cifs", FileSystem::network},    {0xfe534d42, "smb", FileSystem::network},
    {0x01021997, "9p", FileSystem::network},      {0x00c36400, "ceph", FileSystem::network},
    {0x5346414f, "afs", FileSystem::network},     {0x0bd00bd0, "lustre", FileSystem::network},
    {0x47504653, "gpfs", FileSystem::network},    {0x19830326, "beegfs", FileSystem::network},
    {0x65735546, "fuse", FileSystem::local},
};

// The folder itself, or the nearest above it that is there.
fs::path existing(const std::string& folder) {
    std::error_code error;
    fs::path path = fs::absolute(folder).lexically_normal();
    while (!fs::is_directory(path, error) && path != path.parent_path()) path = path.parent_path();
    return path;
}

std::string last_error(const char* what) {
    return std::string(what) + " (" + std::strerror(errno) + ")";
}

// A folder of its own within another, removed with what is in it.
class Scratch {
  public:
    explicit Scratch(const fs::path& in) : path_((in / ".o2v-doctor-XXXXXX").string()) {
        if (!mkdtemp(path_.data())) path_.clear();
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch() {
        std::error_code ignored;
        if (!path_.empty()) fs::remove_all(path_, ignored);
    }
    bool made() const { return !path_.empty(); }
    std::string file(const char* name) const { return path_ + '/' + name; }

  private:
    std::string path_;
};

// Appends 4 KiB and waits for the disk, again and again. "" or what failed.
std::string time_fsync(const std::string& path, double& median_ms) {
    const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return last_error("a file cannot be created");
    std::array<char, 4096> block{};
    std::vector<double> times;
    std::string trouble;
    for (int i = 0; i < kFsyncs && trouble.empty(); ++i) {
        if (write(fd, block.data(), block.size()) != static_cast<ssize_t>(block.size()))
            trouble = last_error("a file cannot be written");
        const auto start = std::chrono::steady_clock::now();
        if (trouble.empty() && fsync(fd) != 0) trouble = last_error("fsync fails");
        times.push_back(
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
    }
    close(fd);
    std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2),
                     times.end());
    median_ms = times[times.size() / 2];
    return trouble;
}

// As studies are kept: with a write-ahead log, which a second connection reads from. "" or what went wrong.
std::string try_database(const std::string& path) {
    try {
        SQLite::Database writer(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
        const std::string mode = writer.execAndGet("PRAGMA journal_mode = WAL").getString();
        if (mode != "wal") return "has no write-ahead log here, but " + mode;
        writer.exec("CREATE TABLE t(x INTEGER)");
        SQLite::Transaction transaction(writer);
        writer.exec("INSERT INTO t VALUES (4711)");
        transaction.commit();
        SQLite::Database reader(path, SQLite::OPEN_READONLY);
        const int read = reader.execAndGet("SELECT x FROM t").getInt();
        if (read != 4711) return "reads " + std::to_string(read) + " where 4711 was written";
        return reader.execAndGet("PRAGMA integrity_check").getString() == "ok" ? "" : "damages its file";
    } catch (const SQLite::Exception& e) {
        return e.what();
    }
}

}  // namespace

FolderFacts measure_folder(const std::string& folder) {
    FolderFacts facts;
    const fs::path path = existing(folder);
    facts.path = path.string();
    facts.sqlite = sqlite3_libversion();
    struct statfs kind {};
    if (statfs(path.c_str(), &kind) == 0)
        for (const FileSystem& system : kFileSystems)
            if (system.magic == static_cast<std::uint32_t>(kind.f_type)) {
                facts.file_system = system.name;
                facts.network = system.kind == FileSystem::network;
                facts.in_memory = system.kind == FileSystem::in_memory;
            }
    struct statvfs space {};
    if (statvfs(path.c_str(), &space) == 0)
        facts.free = static_cast<std::int64_t>(space.f_bavail) * static_cast<std::int64_t>(space.f_frsize);
    const Scratch scratch(path);
    if (!scratch.made()) {
        facts.trouble = last_error("a folder cannot be created");
        return facts;
    }
    facts.trouble = time_fsync(scratch.file("fsync"), facts.fsync_ms);
    if (facts.trouble.empty()) facts.sqlite_trouble = try_database(scratch.file("test.db"));
    return facts;
}

}  // namespace o2v::orchestrator
