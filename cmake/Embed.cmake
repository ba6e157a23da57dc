# Files that become texts of the library. Run as a script, it writes the C source; included, it
# defines rl_embed.

# Script: SYMBOL, HEADER, OUTPUT and FILES (separated by '|'): their bytes one after another, and a
# NUL, as `const char SYMBOL[]`. A list of bytes, since string literals may be limited in length. A
# closing "# sourceMappingURL=" comment is left out: it would name a file that is not there.
if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  string(REPLACE "|" ";" files "${FILES}")
  set(bytes)
  foreach(file ${files})
    file(READ ${file} hex HEX)
    string(REGEX REPLACE "2f(2f|2a)2320736f757263654d617070696e6755524c3d.*$" "" hex "${hex}")
    string(APPEND bytes "${hex}")
  endforeach()
  string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${bytes}")
  file(WRITE ${OUTPUT}
       "#include \"${HEADER}\"\n\nconst char ${SYMBOL}[] = {\n${bytes}'\\0'};\n")
  return()
endif()

set(RL_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})

# rl_embed(<layer> <symbol> <header that declares it> <file>...): files as a text of the layer.
function(rl_embed layer symbol header)
  set(output ${PROJECT_BINARY_DIR}/embedded/${symbol}.c)
  list(JOIN ARGN "|" files)
  add_custom_command(OUTPUT ${output} VERBATIM
    COMMAND ${CMAKE_COMMAND} -DSYMBOL=${symbol} -DHEADER=${header} -DOUTPUT=${output}
            "-DFILES=${files}" -P ${RL_EMBED_SCRIPT}
    DEPENDS ${ARGN} ${RL_EMBED_SCRIPT}
    COMMENT "Embedding ${symbol}")
  target_sources(rl_${layer} PRIVATE ${output})
endfunction()
