# libreslab, and what `make install` installs: library, header, pkg-config file, CMake package.
include(CMakePackageConfigHelpers)

get_property(objects GLOBAL PROPERTY RL_OBJECTS)
get_property(link GLOBAL PROPERTY RL_LINK)
list(REMOVE_DUPLICATES link)

add_library(libreslab ${objects})
add_library(reslab::reslab ALIAS libreslab)
set_target_properties(libreslab PROPERTIES
  OUTPUT_NAME reslab EXPORT_NAME reslab LINKER_LANGUAGE C
  VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
target_include_directories(libreslab PUBLIC
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(libreslab PRIVATE ${link})
if(BUILD_SHARED_LIBS)
  set(CMAKE_INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
endif()

install(TARGETS libreslab EXPORT reslab)
install(FILES include/reslab.h include/reslab_bench.h include/reslab_data.h
              include/reslab_exchange.h include/reslab_study.h
              include/reslab_train.h
        TYPE INCLUDE)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/reslab)
configure_package_config_file(cmake/reslabConfig.cmake.in reslabConfig.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/reslabConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(EXPORT reslab NAMESPACE reslab:: FILE reslabTargets.cmake DESTINATION ${package_dir})
install(FILES ${PROJECT_BINARY_DIR}/reslabConfig.cmake
              ${PROJECT_BINARY_DIR}/reslabConfigVersion.cmake cmake/Dependencies.cmake
        DESTINATION ${package_dir})

# A static library brings its dependencies along in the public fields, so that a plain
# `pkg-config --libs reslab` always links; a shared one keeps them private.
set(PC_REQUIRES "jansson yaml-0.1 libjpeg libpng16 libwebp libexif zlib libcurl libarchive libcrypto librsvg-2.0 cairo")
if(BUILD_SHARED_LIBS)
  set(PC_FIELDS "Requires.private: ${PC_REQUIRES}\nLibs.private: -pthread -lm\nLibs: -L\${libdir} -lreslab")
else()
  set(PC_FIELDS "Requires: ${PC_REQUIRES}\nLibs: -L\${libdir} -lreslab -pthread -lm")
endif()
file(RELATIVE_PATH PC_PREFIX /p/${CMAKE_INSTALL_LIBDIR}/pkgconfig /p)
configure_file(cmake/reslab.pc.in reslab.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/reslab.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
