// `livegate doctor`: looks at a gateway and at the model's side, one check after the other, and
// says of each whether it is well, what was measured, and what to do. docs/doctor.md explains the
// checks.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "base/redacted.h"

namespace CLI {
class App;
}

namespace livegate::cli {

// As given on the command line: empty where it was not.
struct DoctorOptions {
  std::string gateway;      // ws://, wss://, http:// or https://
  std::string upstream;     // ws:// or wss://
  std::string config_file;  // names both, the key, the model and a user token
  std::string model;
  std::string token;   // the user's
  std::string origin;  // of a page that is to be let in
  std::string ca_file;
  double idle_seconds = 0;       // 0: no connection is left idle
  double patience_seconds = 15;  // for a setup, and for an answer
  bool strict = false;           // warnings too make the exit status 1
  bool json = false;

  bool probe = false;  // asks the model what it does, instead of examining anything
  bool yes = false;
  std::string output_dir = ".";
  int parallel = 3;
  std::string version;  // of this program, for the report
};

void add_doctor_options(CLI::App& app, DoctorOptions& options);

// 0: nothing is wrong; 1: warnings, with `strict`; 2: something does not work, or the options name
// nothing to look at. `lookup` is getenv.
[[nodiscard]] int run_doctor(const DoctorOptions& options, const char* (*lookup)(const char* name),
                             std::ostream& out, std::ostream& err);

}  // namespace livegate::cli
