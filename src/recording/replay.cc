#include "recording/replay.h"

#include <array>
#include <cstdint>
#include <ostream>
#include <utility>

#include "recording/config_fields.h"
#include "recording/frame.h"
#include "recording/mask.h"
#include "recording/record.h"
#include "recording/recorder.h"
#include "session/session.h"

namespace livegate::recording {
namespace {

constexpr std::array<std::string_view, std::variant_size_v<session::Event>> kEventNames = {
    "client text",    "client binary",     "client gone", "client returned",
    "resume refused", "resume remembered", "taken back",  "upstream opened",
    "upstream says",  "upstream gone",     "tick",        "drain",
    "measured",       "drain announced",   "audio piece", "limited",
    "budget reached"};
constexpr std::array<std::string_view, std::variant_size_v<session::Action>> kActionNames = {
    "to client",  "take back audio", "resume client", "to model", "open model",
    "ping model", "close model",     "close client",  "note",     "finish"};

constexpr auto kNoteNames = std::to_array<std::string_view>(
    {"opened", "upstream lost", "upstream restored", "turn finished", "tool called",
     "speech dropped", "client away", "client returned", "client lost", "message refused", "moved",
     "stalled", "no answer", "fact corrected", "budget", "setup mended", "failed", "time over"});
static_assert(kNoteNames.size() == static_cast<std::size_t>(session::NoteKind::time_over) + 1);

// Hears what was heard.
class Heard final : public session::HearingTap {
 public:
  explicit Heard(std::uint64_t block_samples) : block_samples_(block_samples) {}
  void next(std::string_view heard) { from_ = Reader(heard); }

  std::unique_ptr<audio::Ear> ear() override { return std::make_unique<Ear>(block_samples_); }
  void on_block(audio::Heard& heard) override {
    from_.real(heard.speech);
    from_.real(heard.level_dbfs);
  }
  void on_frame(session::WatchedFrame& frame) override {
    from_.real(frame.excess_db);
    frame.onset = from_.number() != 0;
  }

 private:
  class Ear final : public audio::Ear {
   public:
    explicit Ear(std::uint64_t block_samples) : block_samples_(block_samples) {}
    [[nodiscard]] std::size_t block_samples() const override { return block_samples_; }
    audio::Heard hear(std::span<const std::int16_t> block) override {
      return {.length = Millis(block.size() / 16)};
    }
    void attend(bool) override {}
    void reset() override {}

   private:
    std::size_t block_samples_;
  };
  std::uint64_t block_samples_;
  Reader from_{{}};
};

std::string shown(std::string_view text) {
  constexpr std::size_t kShown = 120;
  std::string line(text.substr(0, kShown));
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  }
  if (text.size() > kShown) line += " ... " + std::to_string(text.size()) + " bytes";
  return line;
}

std::string words_for(const session::Actions& actions) {
  std::string words;
  for (const session::Action& action : actions.list()) {
    words.append("    < ").append(kActionNames[action.index()]);
    if (const auto* client = std::get_if<session::SendClient>(&action)) {
      const std::string_view bytes = actions.bytes(client->payload);
      words += bytes.starts_with('{') ? " " + shown(bytes)
                                      : ", " + std::to_string(bytes.size()) + " bytes of audio";
    } else if (const auto* up = std::get_if<session::SendUpstream>(&action)) {
      words += " " + std::to_string(up->epoch) + " " + shown(actions.bytes(up->payload));
    } else if (const auto* note = std::get_if<session::Note>(&action)) {
      words.append(": ").append(kNoteNames[static_cast<std::size_t>(note->kind)]);
      words += ", " + std::to_string(note->value) + " " + note->detail;
    }
    words += '\n';
  }
  return words;
}

std::string seconds(std::chrono::nanoseconds time) {
  const auto ms = std::chrono::duration_cast<Millis>(time).count();
  return std::to_string(ms / 1000) + '.' + std::to_string(1000 + ms % 1000).substr(1) + " s";
}

class Run {
 public:
  Run(Beginning beginning, std::ostream* print)
      : heard_(beginning.block_samples),
        hash_mask_(Mask::for_hash(beginning.speech)),
        native_(beginning.config.client == session::ClientKind::native),
        now_(beginning.began),
        print_(print),
        session_(with_tap(std::move(beginning.config), heard_), codecs_, Rng(beginning.rng), now_) {
  }

  // False once it differs.
  bool step(Record& record, Replayed& result) {
    now_ += record.since_last;
    ++result.events;
    result.length += record.since_last;
    if (record.kind == kAbandoned) {
      session_.abandon();
      return true;
    }
    heard_.next(record.heard);
    actions_.clear();
    bool threw = false;
    try {
      session_.handle(record.event, now_, actions_);
    } catch (const std::exception&) {
      threw = true;
    }
    show(record, result);
    const std::uint64_t count = actions_.list().size();
    const std::uint64_t hash = count == 0 ? 0 : hash_of(actions_, hash_mask_, native_);
    if (count == record.actions && hash == record.hash && threw == record.threw) return true;
    result.differs_at = result.events;
    result.differs_time = result.length;
    result.expected = std::to_string(record.actions) + " actions" +
                      (record.threw ? ", broken" : "") + ", hash " + std::to_string(record.hash);
    result.got = std::to_string(count) + " actions" + (threw ? ", broken" : "") + ", hash " +
                 std::to_string(hash) + "\n" + words_for(actions_);
    return false;
  }

 private:
  static session::SessionConfig with_tap(session::SessionConfig config, Heard& tap) {
    config.uplink.tap = &tap;
    return config;
  }
  void show(const Record& record, const Replayed& result) {
    const bool dull = std::holds_alternative<session::Measured>(record.event);
    if (print_ == nullptr || (dull && actions_.list().empty())) return;
    *print_ << result.events << "  " << seconds(result.length) << "  "
            << kEventNames[record.event.index()] << ' ' << shown(record.payload.text().view())
            << '\n'
            << words_for(actions_);
  }

  Heard heard_;
  Mask hash_mask_;
  bool native_;
  Instant now_;
  std::ostream* print_;
  session::Codecs codecs_;
  session::Actions actions_;
  session::Session session_;
};

}  // namespace

Replayed replay(std::string_view log, std::ostream* print) {
  Replayed result;
  FrameReader frames(log);
  std::string_view entry;
  if (!frames.is_recording()) return result;
  const auto damaged = [&] {
    result.readable = true;
    result.damaged_at = frames.place();
    return result;
  };
  FrameReader::Next next = frames.next(entry);
  if (next == FrameReader::Next::damaged) return damaged();
  if (next != FrameReader::Next::entry) return result;
  Reader in(entry);
  Beginning beginning = read_beginning(in);
  if (!in.good()) return result;
  result.readable = true;
  result.speech = beginning.speech;
  Run run(std::move(beginning), print);
  Record record;
  while ((next = frames.next(entry)) == FrameReader::Next::entry) {
    if (!read_record(entry, record) || result.length + record.since_last > kLongest) {
      return damaged();
    }
    if (!run.step(record, result)) return result;
  }
  if (next == FrameReader::Next::damaged) return damaged();
  result.whole = next == FrameReader::Next::end;
  return result;
}

}  // namespace livegate::recording
