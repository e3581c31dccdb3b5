# Compile times: headers that most sources of a room read are compiled once, and rooms whose time goes into libraries, files
# and waiting are optimized less: three fifths of the time together (cmake/setup/compile_time.py), and as many trials a second
# (tests/bench/orchestration.py).
option(O2V_PRECOMPILE "Precompile the headers that rooms read most (off: each source shows that it includes what it uses)" ON)
set(O2V_COLD_FLAGS "$<$<CONFIG:Release>:-O1>")

# o2v_room(NAME [COLD] [LINK targets...] [PRIVATE_LINK targets...] [PRECOMPILE headers...]): one static library per room, of
# every .cpp in the current folder except main.cpp and *_main.cpp. Its link line is the list of rooms and packages it may see.
function(o2v_room name)
    cmake_parse_arguments(arg "COLD" "" "LINK;PRIVATE_LINK;PRECOMPILE" ${ARGN})
    file(GLOB sources CONFIGURE_DEPENDS *.cpp)
    list(FILTER sources EXCLUDE REGEX "(^|[/_])main\\.cpp$")
    add_library(${name} STATIC ${sources})
    target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
    target_link_libraries(${name} PUBLIC ${arg_LINK} PRIVATE o2v_warnings ${arg_PRIVATE_LINK})
    if(arg_COLD)
        target_compile_options(${name} PRIVATE ${O2V_COLD_FLAGS})
    endif()
    if(arg_PRECOMPILE AND O2V_PRECOMPILE)
        target_precompile_headers(${name} PRIVATE ${arg_PRECOMPILE})
    endif()
endfunction()

# Tests are compiled fast rather than to be fast, and checked for the behaviour of what they call, not their own.
set(O2V_TEST_FLAGS -O0)
if(CMAKE_CXX_FLAGS MATCHES "undefined")
    list(APPEND O2V_TEST_FLAGS -fno-sanitize=undefined)
endif()

# o2v_test(NAME LINK targets... [HEADERS_OF room] [PRECOMPILE headers...] [LEAVE_OUT pattern] [WHOLE]): one GoogleTest program of every
# .cpp in the current folder but *_main.cpp, each test known to CTest but for those of the pattern, or with WHOLE the program as
# one test: where its tests share what takes long to set up.
function(o2v_test name)
    cmake_parse_arguments(arg "WHOLE" "TIMEOUT;HEADERS_OF;LEAVE_OUT" "LINK;LABELS;PRECOMPILE" ${ARGN})
    file(GLOB sources CONFIGURE_DEPENDS *.cpp)
    list(FILTER sources EXCLUDE REGEX "_main\\.cpp$")
    add_executable(${name} ${sources})
    target_link_libraries(${name} PRIVATE ${arg_LINK} o2v_warnings GTest::gtest GTest::gmock GTest::gtest_main)
    if(arg_HEADERS_OF)  # precompiled, of this room: they go with its own flags only
        target_precompile_headers(${name} REUSE_FROM ${arg_HEADERS_OF})
    else()
        target_compile_options(${name} PRIVATE ${O2V_TEST_FLAGS})
        if(arg_PRECOMPILE AND O2V_PRECOMPILE)
            target_precompile_headers(${name} PRIVATE ${arg_PRECOMPILE})
        endif()
    endif()
    target_compile_definitions(${name} PRIVATE O2V_SOURCE_DIR="${CMAKE_SOURCE_DIR}" O2V_BIN_DIR="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 120)
    endif()
    if(arg_WHOLE)
        add_test(NAME ${name} COMMAND ${name})
        set_tests_properties(${name} PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${arg_LABELS}")
        return()
    endif()
    if(arg_LEAVE_OUT)
        set(arg_LEAVE_OUT "-${arg_LEAVE_OUT}")
    endif()
    gtest_discover_tests(${name} NO_PRETTY_VALUES DISCOVERY_TIMEOUT 60 TEST_FILTER "${arg_LEAVE_OUT}" PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${arg_LABELS}")
endfunction()
