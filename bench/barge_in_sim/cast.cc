#include "cast.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "speech/synthesizer.h"

namespace livegate::bench {
namespace {

constexpr std::size_t kReplySeconds = 11;
constexpr double kGainMaxDb = 30;

const char* const kTexts[] = {
    "The museum opens at nine in the morning. Tickets are cheaper on the first Sunday of each "
    "month, and children under twelve come in for nothing. Shall I look up the way for you?",
    "Here is what I found. The train leaves at ten past four from platform seven, and it gets in "
    "a little before half past six. There is one change, in the middle, with twelve minutes.",
    "To make the dough, mix three cups of flour with a pinch of salt. Add the yeast, some warm "
    "water and two spoons of oil. Then knead it for ten minutes and let it rest.",
    "Yes, that is possible. You can pay by card or by transfer. If you would rather pay in three "
    "parts, I can set that up now, but I will need the number of your order first.",
    "The weather will stay dry until Thursday. After that a front comes in from the west, with "
    "rain in the afternoon, and it will feel a good deal colder than it does today.",
    "Whales sleep with one half of the brain at a time. The other half keeps watch and remembers "
    "to breathe. They drift slowly, close to the surface, and often in small groups.",
};

void level(Sound& sound, double dbfs) {
  amplify(sound, std::min(kGainMaxDb, dbfs - active_dbfs(sound)));
}

// Repeats a reply until it is long enough, and cuts it there.
Reply reply_of(const std::string& source, Sound at_24k, Rng& rng) {
  const Sound once = at_24k;
  while (at_24k.size() < kReplySeconds * 24000) {
    at_24k.insert(at_24k.end(), 6000, 0.0F);
    at_24k.insert(at_24k.end(), once.begin(), once.end());
  }
  at_24k.resize(kReplySeconds * 24000);
  Reply reply{.source = source, .sent = std::move(at_24k), .played = {}};
  amplify(reply.sent, kVoiceDbfs - active_dbfs(reply.sent));
  const Sound dry = resampled(reply.sent, 24000, kRateHz);
  for (const double decay_ms : {150.0, 300.0, 500.0}) {
    reply.played.push_back(through_room(dry, rng, decay_ms));
  }
  return reply;
}

void add_replies(Cast& cast, Rng& rng) {
  const auto voices = speech::Synthesizer::open();
  for (const auto voice : {speech::Voice::slt, speech::Voice::rms}) {
    for (const char* text : kTexts) {
      cast.replies.push_back(
          reply_of("synthetic", to_float(voices->speak(text, voice, 24000)), rng));
    }
  }
  for (const Speech& person : cast.people) {
    if (person.to - person.from < 4 * kRateHz || person.name.starts_with("jfk")) continue;
    cast.replies.push_back(
        reply_of(source_of(person.name), resampled(person.sound, kRateHz, 24000), rng));
  }
}

Disturbance words(const std::vector<const char*>& texts, const std::string& name) {
  const auto voices = speech::Synthesizer::open();
  Disturbance out{.name = name, .pieces = {}};
  for (const auto voice : {speech::Voice::slt, speech::Voice::rms}) {
    for (const char* text : texts) {
      Sound piece = to_float(voices->speak(text, voice, kRateHz));
      level(piece, kVoiceDbfs);
      out.pieces.push_back(std::move(piece));
    }
  }
  return out;
}

// Six people at once, far away.
Disturbance babble(const Cast& cast, Rng& rng, double under_db) {
  Sound all(60 * kRateHz, 0.0F);
  for (int talker = 0; talker < 6; ++talker) {
    for (std::size_t at = 0; at < all.size();) {
      const Speech& person = cast.people[rng.next() % cast.people.size()];
      Sound voice(person.sound.begin() + static_cast<std::ptrdiff_t>(person.from),
                  person.sound.begin() + static_cast<std::ptrdiff_t>(person.to));
      level(voice, kVoiceDbfs);
      mix(all, voice, at);
      at += voice.size();
    }
  }
  amplify(all, kVoiceDbfs - under_db - active_dbfs(all));
  const auto db = std::to_string(static_cast<int>(under_db));
  return {.name = "babble " + db + " dB below", .pieces = {all}, .looped = true};
}

void add_disturbances(Cast& cast, const std::string& folder, Rng& rng) {
  Disturbance coughs{.name = "cough", .pieces = {}}, hums{.name = "mhm", .pieces = {}};
  Disturbance clicks{.name = "click", .pieces = {}};
  for (int i = 0; i < 40; ++i) {
    coughs.pieces.push_back(cough(rng));
    hums.pieces.push_back(mhm(rng));
    clicks.pieces.push_back(click(rng));
  }
  Disturbance quiet{.name = "quiet room", .pieces = {Sound(kRateHz, 0.0F)}, .looped = true};
  cast.disturbances = {std::move(quiet), std::move(coughs), std::move(hums), std::move(clicks)};
  cast.disturbances.push_back(words({"Uh huh.", "Yeah.", "Right.", "Okay."}, "uh-huh, yeah"));
  for (const char* name :
       {"typing", "dog", "city", "rain", "wind", "fireplace", "room1", "room2", "room3", "room4"}) {
    Disturbance noise{.name = name, .pieces = {}, .looped = true};
    noise.pieces.push_back(read_wav(folder + "/noise_" + name + ".wav"));
    cast.disturbances.push_back(std::move(noise));
  }
  cast.disturbances.push_back(babble(cast, rng, 20));
  cast.disturbances.push_back(babble(cast, rng, 10));
}

}  // namespace

std::string source_of(const std::string& name) {
  if (name.starts_with("short_computer")) return "short_computer";
  return name.substr(0, name.find('_'));
}

Cast gather(const std::string& folder, std::uint64_t seed) {
  std::vector<std::string> names;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed)) {
    const std::string name = entry.path().stem();
    // The meetings have loose labels.
    if (entry.path().extension() != ".wav" || name.starts_with("ami")) continue;
    if (!name.starts_with("noise")) names.push_back(name);
  }
  if (failed || names.empty()) {
    std::fprintf(stderr, "barge_in_sim: no recordings in %s.\n", folder.c_str());
    std::exit(2);
  }
  std::sort(names.begin(), names.end());
  Cast cast;
  for (const std::string& name : names) {
    Speech person = read_speech(folder, name);
    level(person.sound, kVoiceDbfs);
    cast.people.push_back(std::move(person));
  }
  Rng rng(seed);
  add_replies(cast, rng);
  add_disturbances(cast, folder, rng);
  return cast;
}

Sound disturb(const Disturbance& by, Rng& rng, std::size_t samples) {
  Sound out = white(rng, samples, kRoomDbfs);
  if (by.looped) {
    const Sound& noise = by.pieces.front();
    const std::size_t from = rng.next() % noise.size();
    for (std::size_t i = 0; i < samples; ++i) out[i] += noise[(from + i) % noise.size()];
    return out;
  }
  for (std::size_t at = 0; at < samples;) {
    at += static_cast<std::size_t>((0.8 + 2 * rng.uniform()) * kRateHz);
    const Sound& piece = by.pieces[rng.next() % by.pieces.size()];
    mix(out, piece, at);
    at += piece.size();
  }
  return out;
}

}  // namespace livegate::bench
