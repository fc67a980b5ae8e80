// `livegate doctor --probe`: asks a model, under the user's own key, whether it behaves as
// proto/model_facts.h assumes. Decides in which order the cases run, and that nothing is spent
// without consent. docs/doctor.md has the cases.
#pragma once

#include <functional>
#include <ostream>
#include <string>

#include "cli/probe_report.h"
#include "cli/probe_talk.h"
#include "proto/model_profile.h"

namespace livegate::cli {

struct ProbeOrder {
  ProbeHead head;
  net::Connector::Request request;
  std::string model;            // "models/..."
  proto::ModelProfile assumed;  // of it, with what the configuration says
  std::vector<std::string> secrets;
  std::string output_dir = ".";
  int parallel = 3;  // conversations at a time
  bool yes = false;  // the cost is accepted
  bool strict = false;
  // Asks the user; null where there is nobody to ask.
  std::function<bool(const std::string& question)> ask;
};

// 0: carried out; 1: something differs, with `strict`; 2: could not be carried out, or not allowed.
[[nodiscard]] int run_probe(const ProbeOrder& order, std::ostream& out, std::ostream& err);

}  // namespace livegate::cli
