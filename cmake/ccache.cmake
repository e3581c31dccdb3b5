# Compiles through ccache where it is installed. A precompiled header needs its permission (ccache's manual,
# "Precompiled headers"): GCC must name the header in its preprocessed output, and ccache must not look inside it.
option(O2V_WITH_CCACHE "Compile through ccache when it is installed (the presets say so)" OFF)
find_program(O2V_CCACHE ccache)
mark_as_advanced(O2V_CCACHE)
if(O2V_WITH_CCACHE AND O2V_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${O2V_CCACHE})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>)
    endif()
    message(STATUS "o2v: compiling through ${O2V_CCACHE}")
endif()
