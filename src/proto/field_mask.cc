#include "proto/field_mask.h"

#include <utility>

#include "proto/json_text.h"

namespace livegate::proto::json {
namespace {

// The next step of a path, taken off its front; empty at its end.
std::string_view next_step(std::string_view& path) {
  while (path.starts_with('.')) path.remove_prefix(1);
  const std::string_view step = path.substr(0, path.find('.'));
  path.remove_prefix(step.size());
  return step;
}

bool is_object(Value& value) {
  simdjson::ondemand::json_type type{};
  return value.type().get(type) == simdjson::SUCCESS &&
         type == simdjson::ondemand::json_type::object;
}

void append_key(std::string& out, bool& first, std::string_view key) {
  if (!std::exchange(first, false)) out += ',';
  append_json_string(out, key);
  out += ':';
}

}  // namespace

FieldMask::FieldMask(std::span<const std::string> paths, std::string_view except) {
  for (std::string_view path : paths) {
    std::string_view step = next_step(path);
    if (step.empty() || step == except) continue;
    Node* node = &root_;
    for (; !step.empty() && !node->whole; step = next_step(path)) {
      node = &node->inner.try_emplace(std::string(step)).first->second;
    }
    if (!step.empty()) continue;  // below one that is there
    node->whole = true;
    node->inner.clear();
  }
}

bool FieldMask::take_member(Reader& in, std::string_view key, Value& value, Node& parent) {
  const auto found = parent.inner.find(key);
  if (found == parent.inner.end()) return true;
  Node& node = found->second;
  if (node.whole) {
    if (!in.raw(value, node.json)) return false;
    node.valued = true;
  } else if (is_object(value)) {
    const bool read = in.object(value, [&](std::string_view name, Value& member) {
      return take_member(in, name, member, node);
    });
    if (!read) return false;
  }
  parent.valued |= node.valued;
  return true;
}

bool FieldMask::take(Reader& in, PaddedText source) {
  return in.root(source, [&](std::string_view key, Value& value) {
    return take_member(in, key, value, root_);
  });
}

void FieldMask::write(const Node& node, std::string& out) {
  if (node.whole) {
    out += node.json;
    return;
  }
  out += '{';
  bool first = true;
  for (const auto& [name, child] : node.inner) {
    if (!child.valued) continue;
    append_key(out, first, name);
    write(child, out);
  }
  out += '}';
}

// Writes one object of the target.
class FieldMask::Merger {
 public:
  Merger(Reader& in, Node& node, std::string& out) : in_(in), node_(node), out_(out) {
    out_ += '{';
  }

  bool operator()(std::string_view key, Value& value) {
    const auto found = node_.inner.find(key);
    if (found == node_.inner.end()) return as_it_stood(key, value);
    Node& child = found->second;
    if (std::exchange(child.met, true)) {
      return in_.refuse("Invalid JSON payload received. Duplicate name \"" + std::string(key) +
                        "\", which the token pins.");
    }
    if (child.whole) {
      std::string_view left_out;
      if (child.valued) put(key, child);
      return in_.raw(value, left_out);
    }
    if (!is_object(value)) {
      if (!child.valued) return as_it_stood(key, value);
      std::string_view left_out;
      put(key, child);
      return in_.raw(value, left_out);
    }
    append_key(out_, first_, key);
    Merger merger(in_, child, out_);
    if (!in_.object(value, merger)) return false;
    merger.finish();
    return true;
  }

  // What the target lacks, and the closing bracket.
  void finish() {
    for (const auto& [name, child] : node_.inner) {
      if (child.valued && !child.met) put(name, child);
    }
    out_ += '}';
  }

 private:
  bool as_it_stood(std::string_view key, Value& value) {
    std::string_view json;
    append_key(out_, first_, key);
    if (!in_.raw(value, json)) return false;
    out_ += json;
    return true;
  }
  void put(std::string_view key, const Node& child) {
    append_key(out_, first_, key);
    write(child, out_);
  }

  Reader& in_;
  Node& node_;
  std::string& out_;
  bool first_ = true;
};

bool FieldMask::merge(Reader& in, PaddedText target, std::string& out) {
  Merger merger(in, root_, out);
  if (!in.root(target, merger)) return false;
  merger.finish();
  return true;
}

}  // namespace livegate::proto::json
