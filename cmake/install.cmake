# What `cmake --install` and the Debian package hold. The programs find each other in one folder, hence all are in bin.
include(GNUInstallDirs)
set(doc ${CMAKE_INSTALL_DATADIR}/doc/o2v-tune)
set(data ${CMAKE_INSTALL_DATADIR}/o2v-tune)

# o2v_install_gzipped(FILE FOLDER NAME): as FOLDER/NAME.gz, the same bytes every time.
function(o2v_install_gzipped file folder name)
    set(zipped ${CMAKE_BINARY_DIR}/installed/${name}.gz)
    add_custom_command(OUTPUT ${zipped} DEPENDS ${file} VERBATIM
                       COMMAND sh -c "mkdir -p \"$(dirname \"$2\")\" && gzip -9nc \"$1\" >\"$2\"" sh ${file} ${zipped})
    set_property(GLOBAL APPEND PROPERTY O2V_GZIPPED ${zipped})
    install(FILES ${zipped} DESTINATION ${folder} OPTIONAL)
endfunction()

get_target_property(programs programs MANUALLY_ADDED_DEPENDENCIES)
install(TARGETS ${programs} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES orchestrator/cli/completion.sh DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME o2v-tune)

# Experiments, to be copied; their schema, the instance catalog and a benchmark are among them.
install(DIRECTORY experiments/ DESTINATION ${data}/experiments USE_SOURCE_PERMISSIONS
        PATTERN data EXCLUDE PATTERN prepare EXCLUDE PATTERN CMakeLists.txt EXCLUDE
        PATTERN slower_worker.py EXCLUDE)  # is for tests of bench, and would have the package depend on Python

# Pages in the places that their links name.
install(FILES cmake/debian/copyright DESTINATION ${doc})
file(GLOB pages RELATIVE ${CMAKE_SOURCE_DIR} CONFIGURE_DEPENDS *.md)
file(GLOB_RECURSE room_pages RELATIVE ${CMAKE_SOURCE_DIR} CONFIGURE_DEPENDS
     model/*.md orchestrator/*.md reports/*.md reports/*.png search/*.md worker/*.md)
foreach(page IN LISTS pages room_pages)
    get_filename_component(folder ${page} DIRECTORY)
    install(FILES ${page} DESTINATION ${doc}/${folder})
endforeach()
install(CODE "file(CREATE_LINK ../../o2v-tune/experiments \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${doc}/experiments\" SYMBOLIC)")

# Debian's changelog names the day that CHANGELOG.md gives the version.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS CHANGELOG.md)
file(STRINGS CHANGELOG.md heading REGEX "^## \\[${PROJECT_VERSION}\\] - ")
if(NOT heading MATCHES " - ([0-9]+-[0-9]+-[0-9]+)$")
    message(FATAL_ERROR "CHANGELOG.md: has no line '## [${PROJECT_VERSION}] - YYYY-MM-DD'")
endif()
execute_process(COMMAND env LC_ALL=C date -u -d ${CMAKE_MATCH_1} "+%a, %d %b %Y %T +0000"
                OUTPUT_VARIABLE O2V_DATE OUTPUT_STRIP_TRAILING_WHITESPACE)
set(O2V_MAINTAINER "o2v-tune maintainers <maintainers@o2v-tune.example>" CACHE STRING "Who answers for the Debian package")
configure_file(cmake/debian/changelog.in ${CMAKE_BINARY_DIR}/installed/changelog.debian @ONLY)
o2v_install_gzipped(${CMAKE_BINARY_DIR}/installed/changelog.debian ${doc} changelog)

# A page for every program and every command, made of their --help: target `manuals`.
find_program(O2V_HELP2MAN help2man)
mark_as_advanced(O2V_HELP2MAN)
if(O2V_HELP2MAN)
    set(manuals ${CMAKE_BINARY_DIR}/installed/man)
    list(TRANSFORM programs REPLACE "(.+)" "$<TARGET_FILE:\\1>" OUTPUT_VARIABLE files)
    add_custom_command(OUTPUT ${manuals}.made DEPENDS ${programs} cmake/setup/manuals.sh VERBATIM COMMAND_EXPAND_LISTS
                       COMMAND ${CMAKE_SOURCE_DIR}/cmake/setup/manuals.sh ${manuals} ${files}
                       COMMAND ${CMAKE_COMMAND} -E touch ${manuals}.made)
    add_custom_target(manuals DEPENDS ${manuals}.made)
    install(DIRECTORY ${manuals}/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 OPTIONAL)
else()
    message(STATUS "o2v: no man pages: help2man is not installed")
    add_custom_target(manuals)
endif()
get_property(zipped GLOBAL PROPERTY O2V_GZIPPED)
add_custom_target(packaged DEPENDS ${zipped})
add_dependencies(packaged programs manuals)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME o2v-tune)
set(CPACK_PACKAGE_CONTACT "${O2V_MAINTAINER}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_SOURCE_DIR}/LICENSE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# What reads WordNet, completes in bash and submits to Slurm.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS wordnet-base)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "bash-completion, slurm-client")
if(o2v_torch_folder STREQUAL "/usr")
    # LibTorch is content with the reference BLAS, which is about 50 times slower.
    set(CPACK_DEBIAN_PACKAGE_DEPENDS "libopenblas0-pthread | libopenblas0")
endif()
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "Object2Vec embeds pairs of integer token sequences. o2v-tune searches its
hyperparameters with worker processes pinned to cores or GPUs, records every
event in one SQLite file, and promotes the best model, which answers on the
command line and over HTTP. Experiments on WordNet, MovieLens and SICK are
in /usr/share/o2v-tune/experiments.")
include(CPack)
