// Whether two JSON texts say the same.
#pragma once

#include <string_view>

namespace livegate::proto {

// The order of an object's members, white space and the spelling of a number apart. What is no JSON
// is the same as nothing but itself.
[[nodiscard]] bool same_json(std::string_view one, std::string_view other);

}  // namespace livegate::proto
