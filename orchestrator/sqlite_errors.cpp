#include "orchestrator/sqlite_errors.hpp"

#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/statvfs.h>

#include <filesystem>

namespace o2v::orchestrator {
namespace {

std::string address_to_read(const std::string& path) {
    struct statvfs status {};
    std::error_code none;
    const std::uintmax_t log = std::filesystem::file_size(path + "-wal", none);
    if (statvfs(path.c_str(), &status) != 0 || (status.f_flag & ST_RDONLY) == 0 || (!none && log > 0))
        return path;
    std::string address = "file:";
    for (const char c : path) {
        const bool special = c == '?' || c == '#' || c == '%';
        address += special ? fmt::format("%{:02x}", static_cast<unsigned char>(c)) : std::string(1, c);
    }
    return address + "?immutable=1";
}

}  // namespace

StorageError explain(const SQLite::Exception& error, const std::string& path) {
    std::string hint;
    switch (error.getErrorCode() & 0xff) {
        case SQLITE_FULL:
            hint = "the disk is full: make room and run again, nothing recorded is lost";
            break;
        case SQLITE_READONLY:
            hint = "the file or its folder is read-only";
            break;
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            hint = "another program holds it locked";
            break;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            hint = "it is damaged or no study database; restore it from a backup or move it away";
            break;
        case SQLITE_CANTOPEN:
            hint = "it cannot be opened: does the folder exist, and may it be written?";
            break;
        case SQLITE_IOERR:
            hint = "reading or writing it failed";
            break;
        default:
            hint = "unexpected";
    }
    return StorageError(path + ": " + hint + " (SQLite: " + error.what() + ")");
}

SQLite::Database open_to_read(const std::string& path) {
    return SQLite::Database(address_to_read(path), SQLite::OPEN_READONLY | SQLite::OPEN_URI,
                            kBusyMilliseconds);
}

}  // namespace o2v::orchestrator
