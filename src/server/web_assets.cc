#include "server/web_assets.h"

#include <array>
#include <charconv>
#include <fstream>

#include <zlib.h>

#include "base/limits.h"
#include "server/web_assets_embedded.h"

namespace livegate::server {
namespace {

namespace fs = std::filesystem;

std::string_view content_type(std::string_view path) {
  struct Type {
    std::string_view extension;
    std::string_view name;
  };
  constexpr std::array kTypes = {
      Type{".html", "text/html; charset=utf-8"},
      Type{".js", "text/javascript; charset=utf-8"},
      Type{".mjs", "text/javascript; charset=utf-8"},
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

// Empty where it would save less than a tenth.
std::string gzipped(std::string_view content) {
  z_stream stream{};
  constexpr int kGzipWindow = 15 + 16;  // zlib.h: 32 KiB, and 16 asks for gzip's framing
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzipWindow, 9, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    return {};
  }
  std::string out(deflateBound(&stream, content.size()), '\0');
  std::string in(content);
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const bool whole = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  out.resize(whole ? stream.total_out : 0);
  deflateEnd(&stream);
  return out.size() < content.size() - content.size() / 10 ? out : std::string();
}

// FNV-1a: told apart, not protected.
std::string etag_of(std::string_view content) {
  std::uint64_t hash = 14695981039346656037U;
  for (const char c : content) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  std::array<char, 16> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), hash, 16).ptr;
  return '"' + std::string(digits.data(), end) + '"';
}

std::shared_ptr<WebAsset> make_asset(std::string_view path, std::string content) {
  auto asset = std::make_shared<WebAsset>();
  asset->content_type = content_type(path);
  asset->etag = etag_of(content);
  asset->body = std::move(content);
  return asset;
}

}  // namespace

Result<WebAssets, std::string> WebAssets::open(const std::string& web_dir) {
  WebAssets assets;
  for (const EmbeddedFile& file : embedded_files()) {
    auto asset = make_asset(file.path, std::string(file.content));
    asset->gzip = gzipped(asset->body);
    assets.files_.emplace(file.path, std::move(asset));
  }
  if (web_dir.empty()) return assets;
  if (auto read = assets.read_folder(web_dir); !read) return Unexpected{read.error()};
  return assets;
}

Result<Done, std::string> WebAssets::read_folder(const std::string& web_dir) {
  std::error_code error;
  auto entry = fs::recursive_directory_iterator(
      web_dir, fs::directory_options::follow_directory_symlink, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (entry->path().filename().native().starts_with('.')) {
      entry.disable_recursion_pending();
    } else if (entry->is_regular_file()) {
      std::string name = "/" + entry->path().lexically_relative(web_dir).generic_string();
      if (auto read = read_file(entry->path(), std::move(name), web_dir); !read) return read;
    }
  }
  if (error) {
    return Unexpected{"The folder " + web_dir +
                      " (server.web_dir) cannot be read: " + error.message() + "."};
  }
  return Done{};
}

Result<Done, std::string> WebAssets::read_file(const fs::path& file, std::string name,
                                               const std::string& web_dir) {
  if (++read_files_ > limits::kWebFilesMax) {
    return Unexpected{"The folder " + web_dir + " (server.web_dir) has more than " +
                      std::to_string(limits::kWebFilesMax) + " files; is it the right one?"};
  }
  std::error_code failed;
  const auto size = fs::file_size(file, failed);
  const std::size_t room = limits::kWebBytesMax - read_bytes_;
  if (!failed && size > room) {
    return Unexpected{"The files in the folder " + web_dir + " (server.web_dir) have more than " +
                      std::to_string(limits::kWebBytesMax / (1024 * 1024)) +
                      " MiB together, which are held in memory; is it the right one?"};
  }
  std::ifstream in(file, std::ios::binary);
  std::string content(failed ? 0 : size, '\0');
  in.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (!in || failed) {
    return Unexpected{"The file " + file.string() + " (server.web_dir) cannot be read."};
  }
  read_bytes_ += content.size();
  auto asset = make_asset(name, std::move(content));
  if (asset->content_type.find("text/") != std::string_view::npos) {
    asset->gzip = gzipped(asset->body);
  }
  files_.insert_or_assign(std::move(name), std::move(asset));
  return Done{};
}

std::shared_ptr<const WebAsset> WebAssets::find(std::string_view path) const {
  if (path == "/") path = "/index.html";
  const auto file = files_.find(path);
  return file != files_.end() ? file->second : nullptr;
}

}  // namespace livegate::server
