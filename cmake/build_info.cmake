# cmake -DSOURCE_DIR=... -DOUTPUT=... -P build_info.cmake: writes the definition of build_commit() (worker/build_info.hpp)
# to OUTPUT, and leaves it untouched when it says the same already. Run at every build, so that a new commit is seen.
set(commit "")
execute_process(COMMAND git -c safe.directory=* rev-parse --show-toplevel WORKING_DIRECTORY ${SOURCE_DIR}
                OUTPUT_VARIABLE top OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
get_filename_component(source_dir "${SOURCE_DIR}" REALPATH)
# Sources unpacked somewhere inside another project's checkout are not of its commit.
if(NOT failed AND top STREQUAL source_dir)
    execute_process(COMMAND git -c safe.directory=* rev-parse HEAD WORKING_DIRECTORY ${SOURCE_DIR}
                    OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    execute_process(COMMAND git -c safe.directory=* status --porcelain --untracked-files=no WORKING_DIRECTORY ${SOURCE_DIR}
                    OUTPUT_VARIABLE changes OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    if(changes)
        string(APPEND commit "+changes")
    endif()
endif()
set(text "#include \"worker/build_info.hpp\"

namespace o2v::worker {

std::string_view build_commit() {
    return \"${commit}\";
}

}  // namespace o2v::worker
")
set(before "")
if(EXISTS ${OUTPUT})
    file(READ ${OUTPUT} before)
endif()
if(NOT text STREQUAL before)
    file(WRITE ${OUTPUT} "${text}")
endif()
