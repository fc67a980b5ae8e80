// The list that cmake/EmbedWebApp.cmake writes at build time from the files of web/.
#pragma once

#include <span>
#include <string_view>

namespace livegate::server {

struct EmbeddedFile {
  std::string_view path;  // "/index.html"
  std::string_view content;
};
[[nodiscard]] std::span<const EmbeddedFile> embedded_files();

}  // namespace livegate::server
