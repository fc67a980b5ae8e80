#include "proto/model_name.h"

#include <gtest/gtest.h>

namespace livegate::proto {
namespace {

TEST(ModelName, every_spelling_of_a_model_is_the_developer_api_s_there) {
  for (const std::string_view asked :
       {"projects/p/locations/us-central1/publishers/google/models/gemini-3.8-live",
        "publishers/google/models/gemini-3.8-live", "projects/demo/models/gemini-3.8-live",
        "models/gemini-3.8-live", "gemini-3.8-live"}) {
    EXPECT_EQ(model_spelled_as("models/gemini-3.1-live", asked), "models/gemini-3.8-live") << asked;
    EXPECT_EQ(model_spelled_as("gemini-3.1-live", asked), "models/gemini-3.8-live") << asked;
  }
}

TEST(ModelName, vertex_is_asked_for_a_model_of_its_own_project_unless_another_is_named) {
  const std::string_view own = "projects/p/locations/l/publishers/google/models/a";
  EXPECT_EQ(model_spelled_as(own, "models/b"), "projects/p/locations/l/publishers/google/models/b");
  EXPECT_EQ(model_spelled_as(own, "b"), "projects/p/locations/l/publishers/google/models/b");
  EXPECT_EQ(model_spelled_as(own, "projects/q/locations/l/publishers/google/models/b"),
            "projects/q/locations/l/publishers/google/models/b");
}

TEST(ModelName, what_names_no_model_stays_as_it_is) {
  for (const std::string_view other : {"tunedModels/foo", "", "models/", "a/b", "mymodels/x"}) {
    EXPECT_EQ(model_spelled_as("models/a", other), other);
  }
}

}  // namespace
}  // namespace livegate::proto
