// What in a configuration is fine on a developer's machine and not where strangers come: the list
// that `livegate check-config --production` prints, `livegate serve` warns of and `--strict`
// refuses.
//
// Decides what is a finding. Looks at the permissions of the files that are named, and at nothing
// else of the machine.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"

namespace livegate::config {

struct Finding {
  std::string key;      // "auth.tokens"
  std::string problem;  // what may happen: one sentence
  std::string remedy;   // what to set: one sentence
};

[[nodiscard]] std::vector<Finding> production_findings(const Config& config);

// "auth.tokens: everybody ... Set ...", for a log or a terminal.
[[nodiscard]] std::string sentence_of(const Finding& finding);

// The HOST of scheme://HOST:PORT/..., without brackets.
[[nodiscard]] std::string_view host_of_url(std::string_view url);
// Only this machine reaches what listens there.
[[nodiscard]] bool is_loopback(std::string_view host);

}  // namespace livegate::config
