# livegate_embed_web_app(OUTPUT file.cc): writes a source file that holds every file of the web app. The contents are
# taken in by the assembler (.incbin), so that it compiles at once whatever their size.
function(livegate_embed_web_app)
  cmake_parse_arguments(EMBED "" "OUTPUT" "" ${ARGN})
  file(GLOB_RECURSE files CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}/web
    ${PROJECT_SOURCE_DIR}/web/*.html ${PROJECT_SOURCE_DIR}/web/*.js ${PROJECT_SOURCE_DIR}/web/*.css
    ${PROJECT_SOURCE_DIR}/web/*.svg ${PROJECT_SOURCE_DIR}/web/*.png ${PROJECT_SOURCE_DIR}/web/*.webmanifest)
  list(FILTER files EXCLUDE REGEX "(^|/)(test|node_modules)/")
  set(blobs "")
  set(declarations "")
  set(rows "")
  set(inputs "")
  set(index 0)
  foreach(file ${files})
    set(symbol livegate_web_${index})
    list(APPEND inputs ${PROJECT_SOURCE_DIR}/web/${file})
    string(APPEND blobs "asm(\".section .rodata\\n.global ${symbol}\\n.global ${symbol}_end\\n\"\n"
      "    \"${symbol}:\\n.incbin \\\"${PROJECT_SOURCE_DIR}/web/${file}\\\"\\n${symbol}_end:\\n.byte 0\\n.previous\\n\");\n")
    string(APPEND declarations "extern \"C\" const char ${symbol}[];\nextern \"C\" const char ${symbol}_end[];\n")
    string(APPEND rows
      "      {\"/${file}\", {${symbol}, static_cast<std::size_t>(${symbol}_end - ${symbol})}},\n")
    math(EXPR index "${index} + 1")
  endforeach()
  file(CONFIGURE OUTPUT ${EMBED_OUTPUT} CONTENT
"#include \"server/web_assets_embedded.h\"

#include <vector>

${blobs}
${declarations}
namespace livegate::server {

std::span<const EmbeddedFile> embedded_files() {
  static const std::vector<EmbeddedFile> kFiles = {
${rows}  };
  return kFiles;
}

}  // namespace livegate::server
" @ONLY)
  set_source_files_properties(${EMBED_OUTPUT} PROPERTIES OBJECT_DEPENDS "${inputs}")
endfunction()
