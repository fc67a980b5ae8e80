// The web app's files: built into the program, so that one binary is the whole product, with the
// operator's own folder laid over them.
//
// Decides what a path names, its type, its tag for caches and whether it travels compressed. Leaves
// the other headers to the front.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace livegate::server {

struct WebAsset {
  std::string_view content_type;
  std::string body;
  std::string gzip;  // the same, compressed once at start; empty where that was not done
  std::string etag;  // of the content, with its quotes
};

class WebAssets {
 public:
  // `web_dir` may be empty. Its files win over the program's own and may be others too; their names
  // are read once, here, so a request's path is looked up in a list and never joined to a folder.
  // Files and folders whose name begins with a dot are left out. The error is one sentence.
  [[nodiscard]] static Result<WebAssets, std::string> open(const std::string& web_dir);

  // The file for a request path ("/" is /index.html), read anew at each request where it comes from
  // the folder. Null for a path that is no file. Safe from any thread.
  [[nodiscard]] std::shared_ptr<const WebAsset> find(std::string_view path) const;

 private:
  std::map<std::string, std::shared_ptr<const WebAsset>, std::less<>> embedded_;
  std::map<std::string, std::filesystem::path, std::less<>> overlaid_;  // both by request path
};

}  // namespace livegate::server
