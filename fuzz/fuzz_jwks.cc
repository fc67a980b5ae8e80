// Key sets and key files of anybody's making: refused with a sentence, or a set of at most so many
// keys, none of which accepts a signature that nobody has made. The first byte says where the text
// comes from: 0 a URL, 1 a file.
#include <array>
#include <string>
#include <string_view>

#include "base/identity_limits.h"
#include "input.h"
#include "policy/jwt_keys.h"

using namespace livegate;
using policy::JwtAlgorithm;
using policy::JwtKeys;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const bool from_url = data[0] % 2 == 0;
  const auto set =
      from_url ? JwtKeys::from_json(text, JwtKeys::Source::url) : JwtKeys::from_file_text(text);
  if (!set) {
    fuzz::require(set.error().ends_with('.'));
    return 0;
  }
  fuzz::require(set->size() > 0 && set->size() <= limits::kJwtKeysMax);

  JwtKeys twice = *set;
  twice.add(*set);
  fuzz::require(twice.size() == set->size());

  // Sizes that pass for a signature, of HS256 and of the curves; RSA's are as long as the modulus.
  const std::string forged(512, '\1');
  for (const auto algorithm :
       {JwtAlgorithm::hs256, JwtAlgorithm::rs256, JwtAlgorithm::es256, JwtAlgorithm::eddsa}) {
    const JwtKeys::Key* const key = set->find("a", algorithm);
    if (key == nullptr) continue;
    fuzz::require(!from_url || algorithm != JwtAlgorithm::hs256);
    for (const std::size_t length : {0U, 32U, 64U, 256U, 512U}) {
      fuzz::require(!signature_holds(*key, "header.claims", forged.substr(0, length)));
    }
  }
  return 0;
}
