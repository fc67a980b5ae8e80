# What makes a fault in the program harder to use: a canary and a probed stack, checked copies, marked targets of jumps
# (x86), a program at a random address whose tables nobody writes once it runs. Part of livegate_flags, in all that is
# optimised; the sanitizers of other builds see more. tests/gateway/hardening.test.mjs reads the program for it.
include(CheckPIESupported)
check_pie_supported(LANGUAGES CXX)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND NOT LIVEGATE_SANITIZE)
  set(flags -fstack-protector-strong -fstack-clash-protection -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64|i.86")
    list(APPEND flags -fcf-protection=full)
  endif()
  target_compile_options(livegate_flags INTERFACE "$<$<NOT:$<CONFIG:Debug>>:${flags}>")
  target_link_options(livegate_flags INTERFACE
    "$<$<NOT:$<CONFIG:Debug>>:-Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code>")
endif()
