// How well the offline assistant understands, and whether it refuses to guess: spoken commands and
// everything else through recogniser and brain, as a table. Exit status 1 if a bound is broken;
// docs/stand-in.md gives the bounds.
//
//   assistant_eval [--full] LISTS VOICES      LISTS: the folder of commands.txt and foreign.txt
//                                             VOICES: what speak_all made of them
#include <algorithm>
#include <boost/json.hpp>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <future>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "assistant/brain.h"
#include "corpus.h"
#include "speech/recognizer.h"

namespace livegate::assistant {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTools = R"json([{"functionDeclarations": [
  {"name": "set_light", "parameters": {"type": "object", "required": ["room"], "properties": {
     "room": {"type": "string", "enum": ["living_room", "kitchen", "bedroom", "hall", "bathroom",
                                         "office", "all"]},
     "on": {"type": "boolean"},
     "brightness": {"type": "integer", "minimum": 0, "maximum": 100}}}},
  {"name": "set_thermostat", "parameters": {"type": "object", "required": ["temperature"],
     "properties": {"temperature": {"type": "number", "minimum": 5, "maximum": 30}}}}]}])json";

enum class Outcome { right, refused, wrong_words, wrong_action };

struct Row {
  std::string name;
  std::map<Outcome, int> count;
  [[nodiscard]] int of(Outcome outcome) const {
    const auto found = count.find(outcome);
    return found == count.end() ? 0 : found->second;
  }
  [[nodiscard]] int total() const {
    return of(Outcome::right) + of(Outcome::refused) + of(Outcome::wrong_words) +
           of(Outcome::wrong_action);
  }
};

std::string in_words(const assistant::Reply& reply) {
  std::string text;
  for (const assistant::ToolRequest& call : reply.calls) text += call.name + " " + call.args_json;
  return text;
}

bool is_same_call(const std::string& made, const std::string& wanted) {
  const std::size_t space = wanted.find(' ');
  if (made.substr(0, made.find(' ')) != wanted.substr(0, space)) return false;
  boost::json::error_code error;
  const auto arguments = boost::json::parse(made.substr(made.find(' ')), error);
  return !error && arguments == boost::json::parse(wanted.substr(space));
}

class Evaluation {
 public:
  Evaluation(speech::Recognizer& recognizer, assistant::Brain brain,
             std::shared_ptr<const speech::Grammar> grammar)
      : recognizer_(recognizer), brain_(std::move(brain)), grammar_(std::move(grammar)) {}

  // One row of the table; `sentence` empty: whatever it is, it is no command.
  void hear(const std::string& row, const Sentence& sentence, Samples samples) {
    pending_.push_back({row, sentence, {}});
    auto answer = std::make_shared<std::promise<speech::Recognition>>();
    pending_.back().heard = answer->get_future();
    const bool taken = recognizer_.recognize(
        {.grammar = grammar_,
         .samples = std::move(samples),
         .session = ++heard_,  // as if each were somebody else's: side by side
         .cancelled = nullptr},
        [answer](speech::Recognition heard) { answer->set_value(std::move(heard)); });
    if (!taken) throw std::runtime_error("the recogniser's queue is full");
    if (pending_.size() >= kInFlightMax) settle();
  }

  // Waits for everything and adds it to the table.
  void settle() {
    for (Pending& one : pending_) add(one.row, one.sentence, one.heard.get());
    pending_.clear();
  }

  [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }

 private:
  static constexpr std::size_t kInFlightMax = 32;
  struct Pending {
    std::string row;
    Sentence sentence;
    std::future<speech::Recognition> heard;
  };

  void add(const std::string& name, const Sentence& sentence, const speech::Recognition& heard) {
    auto row = std::ranges::find(rows_, name, &Row::name);
    if (row == rows_.end()) row = rows_.insert(rows_.end(), Row{name, {}});
    const Outcome outcome = judge(sentence, heard);
    ++row->count[outcome];
    const bool missed = outcome == Outcome::refused && !sentence.call.empty();
    if (missed || outcome == Outcome::wrong_words || outcome == Outcome::wrong_action) {
      std::printf("  %s: \"%s\" %s%s (%.2f)\n", name.c_str(), sentence.text.c_str(),
                  heard.accepted ? "heard as " : "refused", heard.text.c_str(), heard.score);
    }
  }

  [[nodiscard]] Outcome judge(const Sentence& sentence, const speech::Recognition& heard) const {
    if (!heard.accepted) return Outcome::refused;
    assistant::Brain brain = brain_;
    const assistant::Reply reply = brain.on_words(heard.text);
    const std::string call = in_words(reply);
    if (sentence.call.empty() || sentence.call == "-") {
      if (!call.empty()) return Outcome::wrong_action;
      if (sentence.call.empty()) return Outcome::wrong_words;
      assistant::Brain other = brain_;
      return reply.speech == other.on_words(sentence.text).speech ? Outcome::right
                                                                  : Outcome::wrong_words;
    }
    if (call.empty()) return Outcome::wrong_words;
    return is_same_call(call, sentence.call) ? Outcome::right : Outcome::wrong_action;
  }

  speech::Recognizer& recognizer_;
  assistant::Brain brain_;
  std::shared_ptr<const speech::Grammar> grammar_;
  std::uint64_t heard_ = 0;
  std::vector<Pending> pending_;
  std::vector<Row> rows_;
};

struct Condition {
  const char* name;
  Noise noise;
};
constexpr Condition kClean{"clean", Noise::none};
constexpr Condition kWhite{"white 20 dB", Noise::white};
constexpr Condition kPink{"pink 20 dB", Noise::pink};
constexpr double kSnrDb = 20.0;

std::vector<fs::path> sorted_entries(const fs::path& folder, const char* extension) {
  std::vector<fs::path> entries;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == extension) entries.push_back(entry.path());
  }
  std::ranges::sort(entries);
  return entries;
}

// Every voice's folder in `voices`; each `stride`-th sentence, another beginning for every voice.
void hear_list(Evaluation& evaluation, const fs::path& voices,
               const std::vector<Sentence>& sentences, const std::vector<Condition>& conditions,
               std::size_t stride) {
  std::size_t first = 0;
  for (const fs::path& voice : sorted_entries(voices, "")) {
    for (const Condition& condition : conditions) {
      const std::string row =
          voices.filename().string() + ", " + voice.filename().string() + ", " + condition.name;
      for (std::size_t i = first++ % stride; i < sentences.size(); i += stride) {
        char name[32];
        std::snprintf(name, sizeof name, "%03zu.wav", i);
        const Samples speech = with_quiet(read_wav(voice / name));
        evaluation.hear(row, sentences[i], with_noise(speech, condition.noise, kSnrDb, i + 1));
      }
    }
  }
}

void hear_recordings(Evaluation& evaluation, const fs::path& folder, std::size_t every) {
  for (const fs::path& wav : sorted_entries(folder, ".wav")) {
    const std::string stem = wav.stem().string();
    const std::string row = "recordings, " + stem.substr(0, stem.find('_'));
    for (Samples& piece : pieces_of(wav, every)) {
      evaluation.hear(row, {stem, ""}, std::move(piece));
    }
  }
}

void print_table(const std::vector<Row>& rows) {
  std::printf("\n%-36s %6s %6s %8s %12s %13s\n", "what", "heard", "right", "refused",
              "wrong answer", "wrong action");
  for (const Row& row : rows) {
    std::printf("%-36s %6d %6d %8d %12d %13d\n", row.name.c_str(), row.total(),
                row.of(Outcome::right), row.of(Outcome::refused), row.of(Outcome::wrong_words),
                row.of(Outcome::wrong_action));
  }
}

// The bounds, as docs/stand-in.md states them.
bool holds(const std::vector<Row>& rows) {
  constexpr double kRightMin =
      0.85;  // of clean commands by flite's voices, which are made of people
  int foreign_actions = 0;
  int clean_wrong = 0;
  int people_right = 0;
  int people_total = 0;
  for (const Row& row : rows) {
    const bool command = row.name.starts_with("commands");
    if (!command) foreign_actions += row.of(Outcome::wrong_action);
    if (!command || !row.name.ends_with(kClean.name)) continue;
    clean_wrong += row.of(Outcome::wrong_action);
    for (const char* const voice : {" rms,", " awb,", " kal16,"}) {
      if (row.name.find(voice) == std::string::npos) continue;
      people_right += row.of(Outcome::right);
      people_total += row.total();
    }
  }
  std::printf("\nactions on what is no command: %d (bound 0)\n", foreign_actions);
  std::printf("wrong actions on clean commands: %d (bound 0)\n", clean_wrong);
  std::printf("clean commands of flite's voices understood: %d of %d (bound 85 %%)\n", people_right,
              people_total);
  return foreign_actions == 0 && clean_wrong == 0 && people_total > 0 &&
         people_right >= kRightMin * people_total;
}

int run(bool full, const fs::path& lists, const fs::path& voices) {
  auto recognizer = speech::Recognizer::open({.threads = 2, .work = {}});
  if (!recognizer) throw std::runtime_error(recognizer.error());
  auto brain = assistant::Brain::make(
      kTools, [&](const std::string& word) { return (*recognizer)->knows_word(word); });
  if (!brain) throw std::runtime_error(brain.error());
  auto grammar = (*recognizer)->compile(brain->grammar());
  if (!grammar) throw std::runtime_error(grammar.error());
  Evaluation evaluation(**recognizer, *brain, *grammar);

  const auto commands = read_sentences(lists / "commands.txt");
  const auto foreign = read_sentences(lists / "foreign.txt");
  const auto all = std::vector<Condition>{kClean, kWhite, kPink};
  hear_list(evaluation, voices / "commands", commands, full ? all : std::vector{kClean},
            full ? 1 : 3);
  if (!full) hear_list(evaluation, voices / "commands", commands, {kPink}, 24);
  hear_list(evaluation, voices / "foreign", foreign,
            full ? std::vector{kClean, kPink} : std::vector{kClean}, full ? 1 : 24);
  if (const char* const shared = std::getenv("LIVEGATE_SHARED")) {
    const fs::path folder = fs::path(shared) / "data" / "speech";
    if (fs::exists(folder)) hear_recordings(evaluation, folder, full ? 1 : 96);
  }
  evaluation.settle();
  print_table(evaluation.rows());
  return holds(evaluation.rows()) ? 0 : 1;
}

}  // namespace
}  // namespace livegate::assistant

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);  // a long run may be watched
  std::vector<std::string> arguments(argv + 1, argv + argc);
  const bool full = std::erase(arguments, "--full") > 0;
  if (arguments.size() != 2) {
    std::fprintf(stderr, "assistant_eval [--full] LISTS VOICES\n");
    return 2;
  }
  try {
    return livegate::assistant::run(full, arguments[0], arguments[1]);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "assistant_eval: %s\n", problem.what());
    return 2;
  }
}
