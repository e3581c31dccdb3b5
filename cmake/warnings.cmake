# Every target of ours links o2v_warnings; headers of packages are SYSTEM and stay silent.
add_library(o2v_warnings INTERFACE)
target_compile_options(o2v_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast
                       -Woverloaded-virtual -Wimplicit-fallthrough)
# GCC 12 and 13 warn of overlapping memcpy in std::string's own operator+ (GCC bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)
    target_compile_options(o2v_warnings INTERFACE -Wno-restrict)
endif()
option(O2V_WERROR "Warnings are errors" OFF)
if(O2V_WERROR)
    target_compile_options(o2v_warnings INTERFACE -Werror)
endif()
