#include "server/web_assets.h"

#include <array>
#include <fstream>
#include <sstream>

#include "server/web_assets_embedded.h"

namespace livegate::server {
namespace {

std::string_view content_type(std::string_view path) {
  struct Type {
    std::string_view extension;
    std::string_view name;
  };
  constexpr std::array kTypes = {
      Type{".html", "text/html; charset=utf-8"},
      Type{".js", "text/javascript; charset=utf-8"},
      Type{".css", "text/css; charset=utf-8"},
      Type{".svg", "image/svg+xml"},
      Type{".json", "application/json; charset=utf-8"},
      Type{".png", "image/png"},
      Type{".webmanifest", "application/manifest+json"},
  };
  for (const Type& type : kTypes) {
    if (path.ends_with(type.extension)) return type.name;
  }
  return "application/octet-stream";
}

}  // namespace

std::optional<WebAsset> find_web_asset(std::string_view path, const std::string& web_dir) {
  if (path == "/") path = "/index.html";
  for (const EmbeddedFile& file : embedded_files()) {
    if (file.path != path) continue;
    if (web_dir.empty()) return WebAsset{content_type(path), std::string(file.content)};
    std::ifstream in(web_dir + std::string(path), std::ios::binary);
    if (!in) return std::nullopt;
    std::ostringstream body;
    body << in.rdbuf();
    return WebAsset{content_type(path), body.str()};
  }
  return std::nullopt;
}

}  // namespace livegate::server
