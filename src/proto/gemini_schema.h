// Private to this room: which fields the rare client messages have, as tables, and one walk over
// them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "proto/json_reader.h"

namespace livegate::proto::schema {

enum class Kind : std::uint8_t {
  string,
  boolean,
  int32,  // both: a number or a string
  int64,
  number,
  name,     // an enum: string or number
  message,  // of `shape`
  object,   // any object: what the application put there, never looked into
  anything,
};

struct Shape;

struct Field {
  std::string_view name;  // lowerCamelCase
  Kind kind;
  bool repeated = false;
  const Shape* shape = nullptr;
};

struct Shape {
  std::span<const Field> fields;
};

extern const Shape kSetup;
extern const Shape kClientContent;
extern const Shape kToolResponse;
extern const Shape kContextUpdate;

// Appends an object's members to `out`, checked against `shape`: known keys spelled in camelCase,
// nulls left out, repeated fields as lists, every leaf as it stood. Called with each member in
// turn; an unknown field, a wrong type, or more than limits::kMessageItemsMax items in all lists
// together are the reader's error.
class Normaliser {
 public:
  Normaliser(json::Reader& in, const Shape& shape, std::string& out)
      : Normaliser(in, shape, out, own_items_) {}
  // ... of a message within another one: `items` counts what their lists hold.
  Normaliser(json::Reader& in, const Shape& shape, std::string& out, std::size_t& items);
  Normaliser(const Normaliser&) = delete;
  Normaliser& operator=(const Normaliser&) = delete;
  bool operator()(std::string_view key, json::Value& value);
  void finish();  // closes the object

 private:
  json::Reader& in_;
  const Shape& shape_;
  std::string& out_;
  std::size_t own_items_ = 0;
  std::size_t& items_;
  bool first_ = true;
};

}  // namespace livegate::proto::schema
