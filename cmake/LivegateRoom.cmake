# livegate_room(NAME [SOURCES ...] [TESTS ...] [USES room ...] [LIBRARIES target ...])
#
# One folder of src/ as one static library `livegate_NAME`, and its unit tests, which stand beside the code,
# as one program `NAME_test`. USES names the rooms this one may include: scripts/tidy.py holds the full table.

add_library(livegate_flags INTERFACE)
target_include_directories(livegate_flags INTERFACE ${PROJECT_SOURCE_DIR}/src)
target_compile_options(livegate_flags INTERFACE
  -Wall -Wextra -Wconversion -Wshadow
  # Errors where we work; whoever builds a release must not fail on another compiler's new opinion.
  $<$<CONFIG:Debug>:-Werror>
  # GCC 12 cries wolf at -O2 over std::variant (PR 105562) and operator+ of strings (PR 105651).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized> $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  -Wno-missing-field-initializers  # designated initialisers leave the rest at its default, on purpose
  # Debug information costs build time and memory on small machines; one level shows every line of a stack.
  $<$<CONFIG:Debug>:-g1>)
set(LIVEGATE_UNIT_TIMEOUT 120)
if(LIVEGATE_SANITIZE)
  set(LIVEGATE_UNIT_TIMEOUT 2700)  # twenty times slower, on machines that are busy
  target_compile_options(livegate_flags INTERFACE -fsanitize=${LIVEGATE_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(livegate_flags INTERFACE -fsanitize=${LIVEGATE_SANITIZE})
  if(LIVEGATE_SANITIZE MATCHES thread)
    target_compile_options(livegate_flags INTERFACE -Wno-tsan)  # Asio's fences; GCC warns, the runtime copes
  endif()
endif()

include(LivegateHardening)

function(livegate_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;TESTS;USES;LIBRARIES" ${ARGN})
  list(TRANSFORM ROOM_USES PREPEND livegate_)
  if(ROOM_SOURCES)
    add_library(livegate_${name} STATIC ${ROOM_SOURCES})
    target_link_libraries(livegate_${name} PUBLIC livegate_flags ${ROOM_USES} ${ROOM_LIBRARIES})
  else()
    add_library(livegate_${name} INTERFACE)
    target_link_libraries(livegate_${name} INTERFACE livegate_flags ${ROOM_USES} ${ROOM_LIBRARIES})
  endif()
  if(ROOM_TESTS AND NOT LIVEGATE_FUZZ)
    add_executable(${name}_test ${ROOM_TESTS})
    target_link_libraries(${name}_test PRIVATE livegate_${name} GTest::gmock_main)
    gtest_discover_tests(${name}_test TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60
      PROPERTIES TIMEOUT ${LIVEGATE_UNIT_TIMEOUT} LABELS unit)
  endif()
endfunction()
