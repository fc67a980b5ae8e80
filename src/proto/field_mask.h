// Private to this room: a field mask as a tree, and one walk that takes the masked fields of a JSON
// object from another one.
//
// Decides where the fields of a mask stand. The work is linear in the two texts and the mask,
// however many paths there are and however deep they go. Leaves to others which masks are taken.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "base/padded_text.h"
#include "proto/json_reader.h"

namespace livegate::proto::json {

class FieldMask {
 public:
  // "generationConfig.temperature"; empty steps count for nothing. A path below one that is there
  // adds nothing. `except`: a top-level field that no path may name.
  FieldMask(std::span<const std::string> paths, std::string_view except);

  // Finds the masked fields in `source`, an object, which must outlive `merge`. An object on the
  // way that is none has nothing in it; a member that is null counts as absent.
  bool take(Reader& in, PaddedText source);
  // Appends `target`, an object, to `out`: its masked fields as the source has them, or left out
  // where the source lacks them, and all else as it stood. A member on the way of a path that comes
  // twice is the reader's error. To be called once.
  bool merge(Reader& in, PaddedText target, std::string& out);

 private:
  struct Node {
    std::map<std::string, Node, std::less<>> inner;
    bool whole = false;     // the path ends here
    bool valued = false;    // the source has something here or below
    bool met = false;       // in the target
    std::string_view json;  // of a whole one, in the source
  };
  class Merger;

  static bool take_member(Reader& in, std::string_view key, Value& value, Node& parent);
  static void write(const Node& node, std::string& out);

  Node root_;
};

}  // namespace livegate::proto::json
