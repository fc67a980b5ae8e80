#include "recording/mask.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/base64.h"
#include "proto/picture.h"
#include "recording/mask_text.h"
#include "session/answer_check.h"
#include "ws/utf8.h"

namespace livegate::recording {
namespace {

// Keys stand here in small letters alone: proto3 JSON spells each in two ways. All are sorted.
constexpr auto kSecret = std::to_array<std::string_view>(
    {"accesstoken", "apikey", "authorization", "handle", "newhandle", "resume", "token"});

// Objects and lists of the wires whose strings may be looked at below. All others are what an
// application put there: arguments, results, schemas, labels.
constexpr auto kContainers = std::to_array<std::string_view>({"audio",
                                                              "automaticactivitydetection",
                                                              "avatarconfig",
                                                              "clientcontent",
                                                              "contextupdate",
                                                              "contextwindowcompression",
                                                              "functioncall",
                                                              "functioncalls",
                                                              "functiondeclarations",
                                                              "functionresponse",
                                                              "functionresponses",
                                                              "generationconfig",
                                                              "goaway",
                                                              "inlinedata",
                                                              "inputaudiotranscription",
                                                              "mediachunks",
                                                              "modelturn",
                                                              "outputaudiotranscription",
                                                              "parts",
                                                              "realtimeinput",
                                                              "realtimeinputconfig",
                                                              "safetysettings",
                                                              "servercontent",
                                                              "setup",
                                                              "slidingwindow",
                                                              "systeminstruction",
                                                              "thinkingconfig",
                                                              "toolcall",
                                                              "toolcallcancellation",
                                                              "toolresponse",
                                                              "tools",
                                                              "turns",
                                                              "usagemetadata",
                                                              "video",
                                                              "voiceactivity"});

// Values that say what a message is, and no word of anybody: kinds, names, enums, and numbers,
// which proto3 JSON takes as strings too.
constexpr auto kKept = std::to_array<std::string_view>({"activityhandling",
                                                        "audiobitratebps",
                                                        "behavior",
                                                        "candidatecount",
                                                        "candidatestokencount",
                                                        "category",
                                                        "code",
                                                        "endofspeechsensitivity",
                                                        "frequencypenalty",
                                                        "id",
                                                        "ids",
                                                        "interactionstatus",
                                                        "logprobs",
                                                        "maxoutputtokens",
                                                        "mediaresolution",
                                                        "method",
                                                        "mimetype",
                                                        "mode",
                                                        "model",
                                                        "name",
                                                        "prefixpaddingms",
                                                        "presencepenalty",
                                                        "prompttokencount",
                                                        "responsemodalities",
                                                        "responsetokencount",
                                                        "role",
                                                        "scheduling",
                                                        "seed",
                                                        "silencedurationms",
                                                        "startofspeechsensitivity",
                                                        "targettokens",
                                                        "temperature",
                                                        "thinkingbudget",
                                                        "thinkinglevel",
                                                        "threshold",
                                                        "timeleft",
                                                        "topk",
                                                        "topp",
                                                        "totaltokencount",
                                                        "triggertokens",
                                                        "turncompletereason",
                                                        "turncoverage",
                                                        "type",
                                                        "videobitratebps",
                                                        "voiceactivitytype"});
constexpr auto kWords = std::to_array<std::string_view>({"heard", "text"});
constexpr auto kBase64 = std::to_array<std::string_view>({"data", "imagedata"});
// Looked for in a tool's result, where Google's samples put it.
constexpr auto kSchedulings = std::to_array<std::string_view>({"INTERRUPT", "SILENT", "WHEN_IDLE"});

// Sessions tell replies of the model that can be heard from others: sound stays sound.
bool is_sound(std::string_view base64) {
  std::vector<std::int16_t> samples(base64::decoded_size_max(base64.size()) / 2 + 1);
  const auto size = base64::decode(base64, reinterpret_cast<std::uint8_t*>(samples.data()));
  return size && session::is_audible(std::span(samples).first(*size / 2));
}

static_assert(std::ranges::is_sorted(kSecret) && std::ranges::is_sorted(kContainers) &&
              std::ranges::is_sorted(kKept) && std::ranges::is_sorted(kSchedulings));

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& sorted, std::string_view key) {
  return std::ranges::binary_search(sorted, key);
}

constexpr std::string_view kBlanks = " \n\r\t";
constexpr std::string_view kNotBare = "{}[]:,\" \n\r\t";
constexpr std::string_view kEscaped = "\"\\";

// What says that the bytes are a picture, and of which kind: the session looks at it. `text`: the
// inside of a string, with its escapes.
std::size_t picture_head_as_written(std::string_view text) {
  constexpr std::size_t kLookedAtMax = 1024;
  std::string read;
  std::vector<std::size_t> ends;  // of each character of `read`, in `text`
  for (std::size_t at = 0; at < text.size() && at < kLookedAtMax;) {
    const bool escape = text[at] == '\\' && at + 1 < text.size();
    const std::size_t size = !escape ? 1 : text[at + 1] == 'u' ? 6 : 2;
    const std::string one = escape ? unescaped(text.substr(at, size)) : std::string(1, text[at]);
    at = std::min(at + size, text.size());
    read += one;
    ends.resize(read.size(), at);
  }
  const std::size_t head = proto::picture_head(read);
  return head == 0 ? 0 : ends[head - 1];
}

// Past the string that begins at `at`, behind its quote: where its closing quote stands.
std::size_t end_of_string(std::string_view json, std::size_t at) {
  while (true) {
    const std::size_t quote = json.find('"', at);
    if (quote == std::string_view::npos) return json.size();
    std::size_t slashes = 0;
    while (slashes < quote - at && json[quote - 1 - slashes] == '\\') ++slashes;
    if (slashes % 2 == 0) return quote;
    at = quote + 1;
  }
}

}  // namespace

// One pass over a message. Knows at every place whether the wire or somebody else put it there.
class Mask::Walk {
 public:
  Walk(const Mask& mask, std::string& out, std::string_view json)
      : mask_(mask), out_(out), json_(json) {}
  void run();

 private:
  enum class Whose : std::uint8_t { wire, others, secret };
  struct Level {
    bool object = false;
    Whose whose = Whose::wire;
    std::string key;  // of the member in hand; in a list: the list's own
  };

  std::size_t string(std::size_t quote);
  std::size_t bare(std::size_t at);
  void value(std::string_view text);
  void open(bool object);
  void close();
  // Of an object: another key comes before another value.
  void member_over() {
    if (level().object) level().key.clear();
  }
  void take_key(std::string_view text);
  // The object in hand is the value of the member `key`.
  [[nodiscard]] bool is_within(std::string_view key) const {
    return depth_ > 0 && depth_ < levels_.size() && levels_[depth_ - 1].key == key;
  }
  [[nodiscard]] Level& level() { return levels_[std::min(depth_, levels_.size() - 1)]; }
  [[nodiscard]] bool is_secret() {
    return level().whose == Whose::secret || is_one_of(kSecret, level().key);
  }

  static constexpr std::size_t kLevels = 24;  // the wire's own messages nest 12 deep

  const Mask& mask_;
  std::string& out_;
  std::string_view json_;
  std::array<Level, kLevels> levels_{};
  std::size_t depth_ = 0;
};

void Mask::Walk::run() {
  for (std::size_t at = 0; at < json_.size();) {
    const char c = json_[at];
    if (c == '"') {
      at = string(at);
      continue;
    }
    if (kBlanks.find(c) == std::string_view::npos && c != ',' && c != ':') {
      if (c != '{' && c != '[' && c != '}' && c != ']') {
        at = bare(at);
        continue;
      }
      c == '{' || c == '[' ? open(c == '{') : close();
    }
    if (c == ',') member_over();
    out_ += c;
    ++at;
  }
}

// From its first quote; gives the place behind its last.
std::size_t Mask::Walk::string(std::size_t quote) {
  const std::size_t end = end_of_string(json_, quote + 1);
  const std::string_view text = json_.substr(quote + 1, end - quote - 1);
  const std::size_t next = json_.find_first_not_of(kBlanks, end + 1);
  out_ += '"';
  if (next < json_.size() && json_[next] == ':') {
    take_key(text);
  } else {
    value(text);
    member_over();
  }
  if (end == json_.size()) return end;
  out_ += '"';
  return end + 1;
}

// Anything that is no string. The parser takes a quote behind a backslash for none here too.
std::size_t Mask::Walk::bare(std::size_t at) {
  std::size_t end = at;
  while (end < json_.size() && kNotBare.find(json_[end]) == std::string_view::npos) {
    end +=
        json_[end] == '\\' && end + 1 < json_.size() && kEscaped.find(json_[end + 1]) < 2 ? 2 : 1;
  }
  const std::string_view token = json_.substr(at, end - at);
  const bool literal = is_literal(token);
  if (is_secret() && literal) {
    for (const char c : token) out_ += c >= '0' && c <= '9' ? '1' : c;
  } else if (!is_secret() && (mask_.speech_ || (depth_ > 0 && literal))) {
    out_ += token;
  } else {
    append_bare(out_, token, depth_ > 0);
  }
  member_over();
  return end;
}

void Mask::Walk::take_key(std::string_view text) {
  Level& here = level();
  here.key.clear();
  for (const char c : unescaped(text)) {
    if (c == '_' || c == '-') continue;
    here.key += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  if (mask_.speech_ || (depth_ > 0 && here.object)) {
    out_ += text;
  } else {
    append_replaced(out_, text, Letters::all, nullptr);
    here.key.clear();  // nobody knows it any more when the recording is looked at
  }
}

void Mask::Walk::open(bool object) {
  const Level& outer = level();
  const bool at_limit = depth_ + 1 >= kLevels;
  Whose whose = outer.whose;
  if (is_secret()) {
    whose = Whose::secret;
  } else if (object && depth_ > 0 && (at_limit || !is_one_of(kContainers, outer.key))) {
    whose = Whose::others;
  }
  const std::string_view key = outer.key;
  ++depth_;
  Level& inner = level();
  inner.object = object || at_limit;
  inner.whose = whose;
  if (!at_limit) inner.key = object ? std::string_view() : key;
}

void Mask::Walk::close() {
  if (depth_ > 0) --depth_;
  member_over();
}

void Mask::Walk::value(std::string_view text) {
  const Level& here = level();
  if (is_secret()) {
    Rng letters = mask_.letters_for(text);
    append_replaced(out_, text, Letters::alphanumerics, mask_.flat_ ? nullptr : &letters);
  } else if (mask_.speech_ ||
             (depth_ > 0 && here.whose == Whose::wire && is_one_of(kKept, here.key)) ||
             (here.key == "scheduling" && is_one_of(kSchedulings, text))) {
    out_ += text;
  } else if (here.whose == Whose::wire && is_one_of(kBase64, here.key)) {
    const std::size_t head = picture_head_as_written(text);
    out_ += text.substr(0, head);
    const std::size_t begin = out_.size();
    append_replaced(out_, text.substr(head), Letters::base64, nullptr);
    if (is_within("inlinedata") && is_sound(text))
      std::replace(out_.begin() + static_cast<std::ptrdiff_t>(begin), out_.end(), 'A', 'Q');
  } else if (mask_.flat_) {
    append_replaced(out_, text, Letters::all, nullptr);
  } else if (is_one_of(kWords, here.key)) {
    append_replaced(out_, text, Letters::words, nullptr);
  } else {
    Rng letters = mask_.letters_for(text);
    append_replaced(out_, text, Letters::all, &letters);
  }
}

Rng Mask::letters_for(std::string_view value) const {
  std::uint64_t hash = salt_;
  for (const char c : unescaped(value)) hash = Rng(hash ^ static_cast<unsigned char>(c)).next();
  return Rng(hash);
}

std::string Mask::secret(std::string_view value) const {
  std::string name;
  Rng letters = letters_for(value);
  append_replaced(name, value, Letters::alphanumerics, flat_ ? nullptr : &letters);
  return name;
}

void Mask::append(std::string& out, std::string_view json) const {
  if (!speech_ && !ws::is_utf8(json)) return append_unreadable(out, json);
  Walk(*this, out, json).run();
}

}  // namespace livegate::recording
