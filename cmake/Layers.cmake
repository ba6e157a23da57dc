# A layer is a folder of src/ built as one static library, rl_<name>, which links the layers it
# uses. Tests link the layer they test; libreslab is made of the objects of all layers.

# rl_layer(<name> [ROOMS <folder>...] [WITHOUT <file>...] [USES <layer>...] [LINK <library>...])
function(rl_layer name)
  cmake_parse_arguments(LAYER "" "" "ROOMS;WITHOUT;USES;LINK" ${ARGN})
  set(folders ${PROJECT_SOURCE_DIR}/src/${name}/*.c)
  foreach(room ${LAYER_ROOMS})
    list(APPEND folders ${PROJECT_SOURCE_DIR}/src/${name}/${room}/*.c)
  endforeach()
  file(GLOB sources CONFIGURE_DEPENDS ${folders})
  foreach(file ${LAYER_WITHOUT})
    list(REMOVE_ITEM sources ${PROJECT_SOURCE_DIR}/src/${name}/${file})
  endforeach()
  add_library(rl_${name} STATIC ${sources})
  target_include_directories(rl_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src
                                               ${PROJECT_SOURCE_DIR}/include)
  list(TRANSFORM LAYER_USES PREPEND rl_)
  target_link_libraries(rl_${name} PUBLIC ${LAYER_USES} ${LAYER_LINK})
  set_property(GLOBAL APPEND PROPERTY RL_OBJECTS $<TARGET_OBJECTS:rl_${name}>)
  set_property(GLOBAL APPEND PROPERTY RL_LINK ${LAYER_LINK})

  if(name STREQUAL "kernels")
    get_property(isas GLOBAL PROPERTY RL_ISAS)
    foreach(isa ${isas})
      target_sources(rl_kernels PRIVATE $<TARGET_OBJECTS:rl_isa_${isa}>)
      target_compile_definitions(rl_kernels PRIVATE RL_HAVE_${isa})
      set_property(GLOBAL APPEND PROPERTY RL_OBJECTS $<TARGET_OBJECTS:rl_isa_${isa}>)
    endforeach()
  endif()
endfunction()

# rl_isa(<name> [<compiler option>...]): compiles the sources of src/kernels/isa once more, for
# this instruction set. The dispatcher sees RL_HAVE_<name>.
function(rl_isa name)
  set(options ${ARGN})
  if(RL_PLAIN_KERNELS)
    rl_isa_objects(rl_isa_checked_${name} ${name} ${options})
    list(APPEND options -fno-sanitize=all -O3)
  endif()
  rl_isa_objects(rl_isa_${name} ${name} ${options})
  set_property(GLOBAL APPEND PROPERTY RL_ISAS ${name})
endfunction()

function(rl_isa_objects target name)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/kernels/isa/*.c)
  add_library(${target} OBJECT ${sources})
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/src
                                               ${PROJECT_SOURCE_DIR}/include)
  target_compile_definitions(${target} PRIVATE RL_ISA=${name} RL_ISA_${name})
  target_compile_options(${target} PRIVATE ${ARGN})
endfunction()

# rl_checked_kernels(): with RL_PLAIN_KERNELS, rl_kernels_checked is the layer with sanitized kernels,
# for the tests of kernels.
function(rl_checked_kernels)
  get_target_property(sources rl_kernels SOURCES)
  list(FILTER sources EXCLUDE REGEX TARGET_OBJECTS)
  add_library(rl_kernels_checked STATIC EXCLUDE_FROM_ALL ${sources})
  target_include_directories(rl_kernels_checked PUBLIC ${PROJECT_SOURCE_DIR}/src
                                                       ${PROJECT_SOURCE_DIR}/include)
  target_link_libraries(rl_kernels_checked PUBLIC m)
  get_property(isas GLOBAL PROPERTY RL_ISAS)
  foreach(isa ${isas})
    target_sources(rl_kernels_checked PRIVATE $<TARGET_OBJECTS:rl_isa_checked_${isa}>)
    target_compile_definitions(rl_kernels_checked PRIVATE RL_HAVE_${isa})
  endforeach()
endfunction()
