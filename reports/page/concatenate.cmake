# cmake -D SOURCE=folder -D ENTRY=main.js -D OUTPUT=file -P concatenate.cmake: a module and all that it imports as one
# script, each once and after what it imports. Asks of the modules: an import is one line `import { a, b } from
# "./x.js";`, what is exported is declared so (`export function`, `export const`, `export class`), and no two modules
# declare the same name.
cmake_minimum_required(VERSION 3.25)

set(done "")
set(script "")
function(add_module path)
    if(path IN_LIST done)
        return()
    endif()
    list(APPEND done ${path})
    file(READ ${path} text)
    get_filename_component(folder ${path} DIRECTORY)
    file(STRINGS ${path} imports REGEX "^import ")
    foreach(line IN LISTS imports)
        if(NOT line MATCHES "^import { [^{}]* } from \"(\\.[^\"]*)\"")
            message(FATAL_ERROR "${path}: ${line}: is not an import that this can follow")
        endif()
        get_filename_component(imported ${folder}/${CMAKE_MATCH_1} ABSOLUTE)
        add_module(${imported})
    endforeach()
    string(REGEX REPLACE "(^|\n)import [^\n]*" "\\1" text "${text}")
    string(REGEX REPLACE "(^|\n)export " "\\1" text "${text}")
    string(APPEND script "${text}")
    set(done ${done} PARENT_SCOPE)
    set(script "${script}" PARENT_SCOPE)
endfunction()

get_filename_component(entry ${SOURCE}/${ENTRY} ABSOLUTE)
add_module(${entry})
file(WRITE ${OUTPUT} "(() => {\n\"use strict\";\n${script}})();\n")
