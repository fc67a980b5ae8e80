#include "proto/tool_dialect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"

namespace livegate::proto {
namespace {

using testing::HasSubstr;

std::string tools(const std::string& parameters, const std::string& name = "f") {
  return R"([{"functionDeclarations":[{"name":")" + name + R"(","parameters":)" + parameters +
         "}]}]";
}
// The parameters as the service gets them, or the error.
std::string written(const std::string& parameters) {
  const auto mended = tools_for_service(tools(parameters));
  if (!mended) return mended.error();
  const std::string around = tools("");
  return mended->substr(around.size() - 4, mended->size() - around.size());
}

TEST(ToolDialect, a_declaration_that_the_service_takes_stays_to_the_byte) {
  for (const std::string parameters :
       {R"({"type":"OBJECT", "properties":{"a":{"type":"string","enum":["x"]}},"required":["a"]})",
        R"({"type":"object","properties":{"a":{"type":"array","items":{"type":"integer"}}}})",
        "{}"}) {
    EXPECT_EQ(*tools_for_service(tools(parameters)), tools(parameters));
  }
  EXPECT_EQ(*tools_for_service(R"([{"googleSearch": {}}])"), R"([{"googleSearch": {}}])");
}

TEST(ToolDialect, what_schema_generators_write_is_said_in_the_service_s_words) {
  const auto of_a = [](const std::string& schema) {
    return written(R"({"type":"object","properties":{"a":)" + schema + "}}");
  };
  const auto is = [](const std::string& schema) {
    return R"({"type":"OBJECT","properties":{"a":)" + schema + "}}";
  };
  EXPECT_EQ(of_a(R"({"anyOf":[{"type":"integer","minimum":0},{"type":"null"}],"default":null})"),
            is(R"({"nullable":true,"type":"INTEGER","minimum":0})"));
  EXPECT_EQ(of_a(R"({"type":["string","null"],"format":"uuid","title":"A"})"),
            is(R"({"nullable":true,"type":"STRING"})"));
  EXPECT_EQ(of_a(R"({"oneOf":[{"const":"x"},{"const":"y"}]})"),
            is(R"({"type":"STRING","enum":["x","y"]})"));
  EXPECT_EQ(of_a(R"({"oneOf":[{"type":"string"},{"type":"number"}]})"),
            is(R"({"anyOf":[{"type":"STRING"},{"type":"NUMBER"}]})"));
  EXPECT_EQ(of_a(R"({"type":"integer","enum":[1,2,3]})"),
            is(R"({"type":"INTEGER","description":"One of: 1, 2, 3."})"));
  EXPECT_EQ(of_a(R"({"type":"array"})"), is(R"({"type":"ARRAY","items":{"type":"STRING"}})"));
}

TEST(ToolDialect, references_are_written_out) {
  EXPECT_EQ(written(R"({"$schema":"http://json-schema.org/draft-07/schema#","type":"object",)"
                    R"("additionalProperties":false,"$defs":{"R":{"type":"string","enum":["k"]}},)"
                    R"("properties":{"a":{"$ref":"#/$defs/R","description":"where"}},)"
                    R"("required":["a","b"]})"),
            R"({"type":"OBJECT","properties":{"a":{"type":"STRING","enum":["k"],)"
            R"("description":"where"}},"required":["a"]})");
}

TEST(ToolDialect, what_pythons_sdk_writes_is_understood) {
  EXPECT_EQ(written(R"({"type":"OBJECT","property_ordering":["a"],"properties":{"a":)"
                    R"({"any_of":[{"type":"STRING","max_length":9},{"type":"INTEGER"}]}}})"),
            R"({"type":"OBJECT","propertyOrdering":["a"],"properties":{"a":{"anyOf":)"
            R"([{"type":"STRING","maxLength":9},{"type":"INTEGER"}]}}})");
}

TEST(ToolDialect, what_cannot_be_said_is_refused_by_the_function_and_the_key) {
  EXPECT_EQ(written(R"({"type":"object","not":{}})"),
            "The function \"f\" has the key \"not\", which the service does not take.");
  EXPECT_THAT(written(R"({"$ref":"other.json"})"), HasSubstr("refers to \"other.json\""));
  EXPECT_THAT(written(R"({"$ref":"#/$defs/Gone"})"), HasSubstr("which is not there"));
  EXPECT_THAT(written(R"({"$ref":"#"})"), HasSubstr("refers to itself"));
  EXPECT_THAT(tools_for_service(tools("{}", "set light")).error(), HasSubstr("\"set light\""));
  EXPECT_EQ(tools_for_service(R"([{"functionDeclarations":[{"name":"f"},{"name":"f"}]}])").error(),
            "The function \"f\" is declared twice.");
}

TEST(ToolDialect, work_is_bounded_whatever_refers_to_what) {
  std::string defs = R"("D0":{"type":"string"})";
  for (int i = 1; i < 40; ++i) {
    const std::string below = R"({"$ref":"#/$defs/D)" + std::to_string(i - 1) + R"("})";
    defs += R"(,"D)" + std::to_string(i) + R"(":{"type":"object","properties":{"a":)" + below +
            R"(,"b":)" + below + "}}";
  }
  EXPECT_THAT(written(R"({"$defs":{)" + defs + R"(},"$ref":"#/$defs/D39"})"),
              HasSubstr("once its references are written out"));
  EXPECT_THAT(written(R"({"$defs":{)" + defs + R"(},"$ref":"#/$defs/D14"})"),
              HasSubstr("once its references are written out"));
  std::string wide = R"({"$defs":{"T":{"type":"string","description":")" + std::string(1000, 'x') +
                     R"("}},"type":"object","properties":{)";
  for (int i = 0; i < 2000; ++i)
    wide += (i == 0 ? "\"p" : ",\"p") + std::to_string(i) + R"(":{"$ref":"#/$defs/T"})";
  EXPECT_THAT(written(wide + "}}"), HasSubstr("once its references are written out"));
}

TEST(ToolDialect, one_list_that_many_refer_to_is_not_written_out_until_memory_ends) {
  std::string values = "0";
  for (int i = 1; i < 12'000; ++i) values += "," + std::to_string(i);
  std::string properties = R"("p":{})";
  for (int i = 0; i < 1900; ++i)
    properties += ",\"p" + std::to_string(i) + R"(":{"$ref":"#/$defs/E"})";
  for (const std::string key : {"enum", "propertyOrdering", "required"}) {
    EXPECT_THAT(written(R"({"$defs":{"E":{")" + key + "\":[" + values + R"(]}},"properties":{)" +
                        properties + "}}"),
                HasSubstr("once its references are written out"));
  }
}

TEST(ToolDialect, a_name_that_is_required_many_times_is_required_once) {
  EXPECT_EQ(
      written(R"({"title":"t","properties":{"a":{},"b":{}},"required":["b","a","b","c","a"]})"),
      R"({"properties":{"a":{},"b":{}},"required":["b","a"],"type":"OBJECT"})");
}

}  // namespace
}  // namespace livegate::proto
