// The web app's files: built into the program, so that one binary is the whole product, with the
// operator's own folder laid over them.
//
// Decides what a path names, its type, its tag for caches and whether it travels compressed. Leaves
// the other headers to the front.
#pragma once

#include <cstddef>
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
  std::string gzip;  // the same, compressed when it was read; empty where that was not done
  std::string etag;  // of the content, with its quotes
};

class WebAssets {
 public:
  // `web_dir` may be empty. Its files win over the program's own and may be others too. They are
  // read once, here, up to limits::kWebBytesMax: a request waits for no disk, and its path is
  // looked up in a list and never joined to a folder. Files and folders whose name begins with a
  // dot are left out. The error is one sentence.
  [[nodiscard]] static Result<WebAssets, std::string> open(const std::string& web_dir);

  // The file for a request path ("/" is /index.html). Null for a path that is no file. Safe from
  // any thread.
  [[nodiscard]] std::shared_ptr<const WebAsset> find(std::string_view path) const;

 private:
  [[nodiscard]] Result<Done, std::string> read_folder(const std::string& web_dir);
  [[nodiscard]] Result<Done, std::string> read_file(const std::filesystem::path& file,
                                                    std::string name, const std::string& web_dir);

  std::map<std::string, std::shared_ptr<const WebAsset>, std::less<>> files_;  // by request path
  std::size_t read_files_ = 0;
  std::size_t read_bytes_ = 0;
};

}  // namespace livegate::server
