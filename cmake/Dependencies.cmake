# What reslab links. Also read by the installed package (reslabConfig.cmake), since whoever links
# the static library links these too: keep it free of anything but find commands.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(JANSSON REQUIRED QUIET IMPORTED_TARGET GLOBAL jansson>=2.13)
pkg_check_modules(YAML REQUIRED QUIET IMPORTED_TARGET GLOBAL yaml-0.1)
pkg_check_modules(TURBOJPEG REQUIRED QUIET IMPORTED_TARGET GLOBAL libturbojpeg)
pkg_check_modules(PNG REQUIRED QUIET IMPORTED_TARGET GLOBAL libpng16)
pkg_check_modules(RSVG REQUIRED QUIET IMPORTED_TARGET GLOBAL librsvg-2.0 cairo)
pkg_check_modules(EXIF REQUIRED QUIET IMPORTED_TARGET GLOBAL libexif)
pkg_check_modules(ZLIB REQUIRED QUIET IMPORTED_TARGET GLOBAL zlib)
pkg_check_modules(CURL REQUIRED QUIET IMPORTED_TARGET GLOBAL libcurl>=7.85)
pkg_check_modules(ARCHIVE REQUIRED QUIET IMPORTED_TARGET GLOBAL libarchive)
pkg_check_modules(CRYPTO REQUIRED QUIET IMPORTED_TARGET GLOBAL libcrypto)
