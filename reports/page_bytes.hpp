// The page without a document, as the build made it of reports/page. Private to the room.
#pragma once

#include <string_view>

namespace o2v::reports {

std::string_view page_bytes();

}  // namespace o2v::reports
