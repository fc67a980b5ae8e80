#include "config/identity.h"

#include <fstream>
#include <optional>
#include <utility>

#include "base/identity_limits.h"
#include "config/production.h"

namespace livegate::config {
namespace {

constexpr std::string_view kTable = "auth.jwt";
constexpr int kSecondsOfYear = 366 * 86'400;

std::optional<std::string> small_file(const std::string& path, std::size_t bytes_max) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::string text(bytes_max + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad() || in.gcount() > static_cast<std::streamsize>(bytes_max)) return std::nullopt;
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

// Reads the file that `key` names into `out` by `parse`, whose error is a sentence.
template <class T, class Parse>
void read_file(TomlReader& in, std::string_view table, std::string_view key,
               const std::string& path, std::size_t bytes_max, Parse parse, T& out) {
  if (path.empty()) return;
  const auto text = small_file(path, bytes_max);
  if (!text) {
    return in.refuse(
        table, key,
        path + " cannot be read, or has more than " + std::to_string(bytes_max) + " bytes.");
  }
  auto parsed = parse(*text);
  if (!parsed) return in.refuse(table, key, path + ": " + parsed.error());
  out = std::move(*parsed);
}

void read_seconds(TomlReader& in, std::string_view key, int min, int max,
                  std::chrono::seconds& value) {
  int read = static_cast<int>(value.count());
  in.integer(kTable, key, min, max, read);
  value = std::chrono::seconds(read);
}

bool is_safe(std::string_view url) {
  constexpr std::string_view kPlain = "http://";
  if (url.starts_with("https://")) return true;
  return url.starts_with(kPlain) && is_loopback(host_of_url(url));
}

}  // namespace

void read_identity(TomlReader& in, Identity& identity) {
  policy::JwtRules& rules = identity.rules;
  in.text(kTable, "issuer", rules.issuer);
  in.text(kTable, "audience", rules.audience);
  in.path(kTable, "keys_file", identity.keys_file);
  in.text(kTable, "jwks_url", identity.jwks_url);
  in.millis(kTable, "jwks_refresh_ms", 1000, 86'400'000, identity.jwks_refresh);
  in.millis(kTable, "jwks_refetch_ms", 100, 86'400'000, identity.jwks_refetch);
  read_seconds(in, "skew_s", 0, 600, rules.skew);
  read_seconds(in, "lifetime_max_s", 1, kSecondsOfYear, rules.lifetime_max);
  in.text(kTable, "user_claim", rules.user_claim);
  in.text(kTable, "model_claim", rules.model_claim);
  in.text(kTable, "voice_claim", rules.voice_claim);
  in.text(kTable, "instruction_claim", rules.instruction_claim);
  in.text(kTable, "limits_claim", rules.limits_claim);
  in.boolean(kTable, "end_sessions_at_expiry", identity.end_sessions_at_expiry);
  in.path("auth", "revoked_file", identity.revoked_file);

  read_file(in, kTable, "keys_file", identity.keys_file, limits::kJwksBytesMax,
            policy::JwtKeys::from_file_text, identity.keys);
  read_file(in, "auth", "revoked_file", identity.revoked_file, limits::kRevokedFileBytesMax,
            policy::Revocations::parse, identity.revoked);
  if (!identity.takes_jwt()) return;
  if (rules.issuer.empty()) in.refuse(kTable, "issuer", "it is needed with keys: whose tokens?");
  if (rules.audience.empty()) in.refuse(kTable, "audience", "it is needed with keys: for whom?");
  if (rules.user_claim.empty()) in.refuse(kTable, "user_claim", "it is needed.");
  if (!identity.jwks_url.empty() && !is_safe(identity.jwks_url)) {
    in.refuse(kTable, "jwks_url",
              "it must be https://..., or http:// to this machine: who changes the keys on their "
              "way gets in.");
  }
}

}  // namespace livegate::config
