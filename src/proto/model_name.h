// The names of one model: clients spell them as the API that they were written for.
#pragma once

#include <string>
#include <string_view>

namespace livegate::proto {

// `asked` as the model's side spells it, which is how it spells `own`, a model of its own. Of
// "projects/p/locations/l/publishers/google/models/X", "publishers/google/models/X", "models/X" and
// "X" the last segment counts. A project's full name stays where `own` is one; so does what names
// no model of this kind ("tunedModels/X").
[[nodiscard]] std::string model_spelled_as(std::string_view own, std::string_view asked);

}  // namespace livegate::proto
