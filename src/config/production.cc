#include "config/production.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace livegate::config {
namespace {

constexpr std::size_t kTokenBytesMin = 16;

bool others_may(const std::string& path, std::filesystem::perms what) {
  std::error_code failed;
  const auto status = std::filesystem::status(path, failed);
  return !failed && (status.permissions() & what) != std::filesystem::perms::none;
}

void look_at_address(const Config& config, std::vector<Finding>& found) {
  if (is_loopback(config.listen.host)) return;
  if (config.open_to_all()) {
    found.push_back(
        {"auth.tokens", "Everybody who reaches this address may hold sessions at the owner's cost.",
         "Set tokens for the users, auth.jwt, or auth.admin_token for an app's backend."});
  }
  if (config.tls_cert_file.empty()) {
    found.push_back(
        {"server.tls_cert_file",
         "Speech and tokens travel unencrypted, and browsers refuse the microphone.",
         "Set it with server.tls_key_file, or listen on 127.0.0.1 behind a TLS proxy."});
  }
}

void look_at_tokens(const Config& config, std::vector<Finding>& found) {
  for (const policy::UserToken& user : config.tokens) {
    if (user.token.reveal().size() >= kTokenBytesMin) continue;
    found.push_back({"auth.tokens." + user.user, "The token is short enough to be guessed.",
                     "Set one of at least 16 random characters."});
  }
  if (!config.admin_token.empty() && config.admin_token.reveal().size() < kTokenBytesMin) {
    found.push_back({"auth.admin_token", "The token is short enough to be guessed.",
                     "Set one of at least 16 random characters."});
  }
}

void look_at_files(const Config& config, std::vector<Finding>& found) {
  using std::filesystem::perms;
  constexpr perms kOthers = perms::others_read | perms::others_write | perms::others_exec;
  if (!config.tls_key_file.empty() && others_may(config.tls_key_file, kOthers)) {
    found.push_back({"server.tls_key_file", "Every user of this machine may read the key.",
                     "Take the rights of others from the file: chmod o-rwx."});
  }
  if (!config.identity.keys_file.empty() && others_may(config.identity.keys_file, kOthers)) {
    found.push_back({"auth.jwt.keys_file",
                     "Every user of this machine may read it, or change who is let in.",
                     "Take the rights of others from the file: chmod o-rwx."});
  }
  if (!config.recorder_dir.empty() && others_may(config.recorder_dir, kOthers)) {
    found.push_back({"recorder.dir", "Every user of this machine may look into the folder.",
                     "Take the rights of others from the folder: chmod o-rwx."});
  }
  if (!config.log_file.empty() && others_may(config.log_file, kOthers)) {
    found.push_back({"log.file", "Every user of this machine may read who talks when.",
                     "Take the rights of others from the file: chmod o-rwx."});
  }
}

}  // namespace

std::string_view host_of_url(std::string_view url) {
  const std::size_t begin = url.find("://");
  std::string_view host = begin == std::string_view::npos ? url : url.substr(begin + 3);
  host = host.substr(0, host.find('/'));
  if (host.starts_with('[')) return host.substr(1, host.find(']') - 1);
  return host.substr(0, host.find(':'));
}

bool is_loopback(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return host == "localhost" || host == "::1" ||
         (host.starts_with("127.") &&
          host.find_first_not_of("0123456789.") == std::string_view::npos);
}

std::vector<Finding> production_findings(const Config& config) {
  std::vector<Finding> found;
  look_at_address(config, found);
  look_at_tokens(config, found);
  if (std::ranges::find(config.allowed_origins, "*") != config.allowed_origins.end()) {
    found.push_back({"server.allowed_origins", "Any page may open sessions in its visitor's name.",
                     "List the pages by their origins instead of \"*\"."});
  }
  if (config.upstream_url.starts_with("ws://") && !is_loopback(host_of_url(config.upstream_url))) {
    found.push_back(
        {"upstream.url", "The key and all speech travel unencrypted to the model.", "Use wss://."});
  }
  if (config.log_level == "off") {
    found.push_back({"log.level", "Nobody learns who was refused, or what failed.",
                     "Set error or more; audit lines come at every level but off."});
  }
  look_at_files(config, found);
  return found;
}

std::string sentence_of(const Finding& finding) {
  return finding.key + ": " + finding.problem + " " + finding.remedy;
}

}  // namespace livegate::config
