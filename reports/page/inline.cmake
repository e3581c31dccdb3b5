# cmake -D SOURCE=folder -D BUNDLE=bundle.js -D FIGURES=yes|no -D OUTPUT=page.html -P inline.cmake: style and script into
# the page, and their hashes into its content security policy, so that nothing else on it is ever run.
cmake_minimum_required(VERSION 3.25)

# The SHA-256 of a file as the policy writes it, in base64.
function(policy_hash file result)
    set(alphabet "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    file(SHA256 ${file} hex)
    string(APPEND hex "00")  # 33 bytes are 44 digits; of the last, which holds no bit of the hash, "=" is made
    set(text "")
    foreach(at RANGE 0 63 6)
        string(SUBSTRING ${hex} ${at} 6 part)
        math(EXPR bits "0x${part}")
        foreach(shift 18 12 6 0)
            math(EXPR digit "(${bits} >> ${shift}) & 63")
            string(SUBSTRING ${alphabet} ${digit} 1 character)
            string(APPEND text ${character})
        endforeach()
    endforeach()
    string(SUBSTRING ${text} 0 43 text)
    set(${result} "'sha256-${text}='" PARENT_SCOPE)
endfunction()

policy_hash(${BUNDLE} script_hash)
policy_hash(${SOURCE}/page.css style_hash)
file(READ ${SOURCE}/page.html page)
file(READ ${SOURCE}/page.css style)
file(READ ${BUNDLE} script)
string(REPLACE "{{script-hash}}" "${script_hash}" page "${page}")
string(REPLACE "{{style-hash}}" "${style_hash}" page "${page}")
string(REPLACE "{{figures}}" "${FIGURES}" page "${page}")
string(REPLACE "{{style}}" "${style}" page "${page}")
string(REPLACE "{{script}}" "${script}" page "${page}")
file(WRITE ${OUTPUT} "${page}")
