// The web app's files, built into the program: one binary is the whole product.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace livegate::server {

struct WebAsset {
  std::string_view content_type;
  std::string body;
};

// The file for a request path ("/" is index.html), from `web_dir` if that is not empty, else from
// the program. Nothing for a path that is no file of the app: names are looked up in a list, never
// joined to a folder.
[[nodiscard]] std::optional<WebAsset> find_web_asset(std::string_view path,
                                                     const std::string& web_dir);

}  // namespace livegate::server
