#include "proto/model_name.h"

namespace livegate::proto {

std::string model_spelled_as(std::string_view own, std::string_view asked) {
  constexpr std::string_view kModels = "models/";
  constexpr std::string_view kProjects = "projects/";
  const std::size_t slash = asked.rfind('/');
  const std::string_view before = asked.substr(0, slash + 1);  // npos + 1: nothing
  const bool of_this_kind =
      before.empty() || before == kModels || before.ends_with("/" + std::string(kModels));
  if (!of_this_kind || slash + 1 == asked.size()) return std::string(asked);
  if (own.starts_with(kProjects) && asked.starts_with(kProjects)) return std::string(asked);
  const std::string_view own_before = own.substr(0, own.rfind('/') + 1);
  return std::string(own_before.empty() ? kModels : own_before).append(asked.substr(before.size()));
}

}  // namespace livegate::proto
