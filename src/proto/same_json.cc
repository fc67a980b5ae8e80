#include "proto/same_json.h"

#include <boost/json.hpp>

#include "base/limits.h"

namespace livegate::proto {

bool same_json(std::string_view one, std::string_view other) {
  if (one == other) return true;
  const boost::json::parse_options options{.max_depth = limits::kJsonDepthMax};
  boost::json::error_code broken;
  const auto a = boost::json::parse(one, broken, {}, options);
  if (broken) return false;
  const auto b = boost::json::parse(other, broken, {}, options);
  return !broken && a == b;
}

}  // namespace livegate::proto
