# Every library from outside, found once. Each one's reason and traps: docs/dependencies.md.
find_package(PkgConfig REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(simdjson CONFIG REQUIRED)
find_package(Boost 1.81 CONFIG REQUIRED COMPONENTS json)
find_package(tomlplusplus CONFIG REQUIRED)
pkg_check_modules(speexdsp REQUIRED IMPORTED_TARGET speexdsp)
pkg_check_modules(webrtc_audio REQUIRED IMPORTED_TARGET webrtc-audio-processing)

if(LIVEGATE_FUZZ)
  return()
endif()

include(GoogleTest)
find_package(GTest CONFIG REQUIRED)
find_package(Threads REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
find_package(fmt CONFIG REQUIRED)
find_package(CLI11 CONFIG REQUIRED)
pkg_check_modules(sndfile REQUIRED IMPORTED_TARGET sndfile)

# sphinxbase.pc names an include folder that does not exist, so pkg-config's imported target cannot be used.
find_path(POCKETSPHINX_INCLUDE pocketsphinx.h PATH_SUFFIXES pocketsphinx REQUIRED)
find_path(SPHINXBASE_INCLUDE sphinxbase/cmd_ln.h REQUIRED)
find_library(POCKETSPHINX_LIBRARY pocketsphinx REQUIRED)
find_library(SPHINXBASE_LIBRARY sphinxbase REQUIRED)
add_library(livegate_pocketsphinx INTERFACE)
target_include_directories(livegate_pocketsphinx SYSTEM INTERFACE ${POCKETSPHINX_INCLUDE} ${SPHINXBASE_INCLUDE})
target_link_libraries(livegate_pocketsphinx INTERFACE ${POCKETSPHINX_LIBRARY} ${SPHINXBASE_LIBRARY})

# flite ships neither a .pc file nor a CMake package; the order of its libraries matters.
find_path(FLITE_INCLUDE flite/flite.h REQUIRED)
add_library(livegate_flite INTERFACE)
target_include_directories(livegate_flite SYSTEM INTERFACE ${FLITE_INCLUDE})
foreach(part flite_cmu_us_slt flite_cmu_us_rms flite_usenglish flite_cmulex flite)
  find_library(FLITE_${part} ${part} REQUIRED)
  target_link_libraries(livegate_flite INTERFACE ${FLITE_${part}})
endforeach()
target_link_libraries(livegate_flite INTERFACE m)
