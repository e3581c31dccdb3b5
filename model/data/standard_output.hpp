// What a program prints for others to read, where losing a part of it is an error.
#pragma once

#include <string_view>

namespace o2v::data {

// Gives /dev/null the numbers of the three standard streams that are closed, which a file opened later would
// get, and what is printed with them.
void keep_standard_streams();

// To standard output, at once. Throws StorageError.
void print(std::string_view text);
// What has been printed by whatever means. Throws StorageError when a part of it could not be written, unless
// its reader has left: nobody misses it then.
void flush_standard_output();

}  // namespace o2v::data
