#include "recording/recorder.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "recording/record.h"

namespace livegate::recording {
namespace {

template <class... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;  // which clang 14 does not find by itself

class Hash {
 public:
  void word(std::uint64_t value) {
    state_ = (state_ ^ value) * 0x9e3779b97f4a7c15ULL;
    state_ ^= state_ >> 29;
  }
  void text(std::string_view bytes) {
    word(bytes.size());
    for (; bytes.size() >= sizeof(std::uint64_t); bytes.remove_prefix(sizeof(std::uint64_t))) {
      std::uint64_t value = 0;
      std::memcpy(&value, bytes.data(), sizeof value);
      word(value);
    }
    for (const char c : bytes) word(static_cast<unsigned char>(c));
  }
  [[nodiscard]] std::uint64_t value() const { return state_; }

 private:
  std::uint64_t state_ = 0xcbf29ce484222325ULL;
};

}  // namespace

std::uint64_t hash_of(const session::Actions& actions, const Mask& mask, bool native) {
  Hash hash;
  std::string masked;
  const auto message = [&](std::string_view json) {
    masked.clear();
    mask.append(masked, json);
    hash.text(masked);
  };
  for (const session::Action& action : actions.list()) {
    hash.word(action.index());
    std::visit(Overloaded{[&](const session::SendClient& send) {
                            const std::string_view bytes = actions.bytes(send.payload);
                            hash.word(send.binary);
                            if (!native || !send.binary) return message(bytes);
                            mask.speech() ? hash.text(bytes) : hash.word(bytes.size());
                          },
                          [&](const session::RevokeAudio& take) { hash.word(take.before); },
                          [&](const session::ResumeClient& resume) {
                            hash.word(resume.received.value_or(~0ULL));
                          },
                          [&](const session::SendUpstream& send) {
                            hash.word(send.epoch);
                            message(actions.bytes(send.payload));
                          },
                          [&](const session::OpenUpstream& open) { hash.word(open.epoch); },
                          [&](const session::PingUpstream& ping) { hash.word(ping.epoch); },
                          [&](const session::CloseUpstream& close) { hash.word(close.epoch); },
                          [&](const session::CloseClient& close) { hash.word(close.code); },
                          [&](const session::Note& note) {
                            hash.word(static_cast<std::uint64_t>(note.kind));
                            hash.word(static_cast<std::uint64_t>(note.value));
                          },
                          [](const auto&) {}},
               action);
  }
  return hash.value();
}

Recorder::Recorder(const Options& options, const session::SessionConfig& config, std::uint64_t rng,
                   Instant began)
    : options_(options),
      mask_(Mask::for_log(options.speech, options.salt)),
      for_hash_(Mask::for_hash(options.speech)),
      native_(config.client == session::ClientKind::native),
      last_(began) {
  Beginning beginning{
      .speech = options.speech, .config = config, .rng = rng, .began = began, .block_samples = 0};
  beginning.config.resume_token = mask_.secret(config.resume_token);
  if (config.uplink.detects) {
    beginning.block_samples = audio::make_ear(config.uplink.ear)->block_samples();
  }
  append_beginning(entry_, beginning);
  frames_.append(log_, entry_);
}

void Recorder::begin_record(std::uint8_t kind, Instant now) {
  entry_.assign(1, static_cast<char>(kind));
  Writer(entry_).number(static_cast<std::uint64_t>((now - last_).count()));
  last_ = now;
}

void Recorder::before(const session::Event& event, Instant now) {
  if (full_) return;
  begin_record(static_cast<std::uint8_t>(event.index()), now);
  write(event);
  heard_.clear();
}

void Recorder::message(std::string_view json) {
  scratch_.clear();
  mask_.append(scratch_, json);
  Writer(entry_).bytes(scratch_);
}

void Recorder::audio(std::string_view pcm) {
  if (options_.speech) return Writer(entry_).bytes(pcm);
  scratch_.assign(pcm.size(), '\0');
  Writer(entry_).bytes(scratch_);
}

void Recorder::write(const session::Event& event) {
  Writer to(entry_);
  std::visit(
      Overloaded{
          [&](const session::ClientText& e) { message(e.text.view()); },
          [&](const session::ClientBinary& e) {
            native_ ? audio(e.bytes.view()) : message(e.bytes.view());
          },
          [&](const session::ClientAudioPiece& e) { audio(e.bytes.view()); },
          [&](const session::ClientLimited& e) { to.bytes(e.message); },
          [&](const session::ClientGone& e) {
            to.number(e.may_return ? 1 : 0);
            to.number(e.unsent);
          },
          [&](const session::ClientReturned& e) {
            to.number(e.received ? 1 : 0);
            to.number(e.received.value_or(0));
            to.bytes(mask_.secret(e.token));
          },
          [&](const session::ResumeRemembered& e) { to.bytes(mask_.secret(e.upstream_handle)); },
          [&](const session::Revoked& e) {
            to.number(e.before);
            to.number(e.messages);
          },
          [&](const session::UpstreamOpened& e) { to.number(e.epoch); },
          [&](const session::UpstreamMessage& e) {
            to.number(e.epoch);
            message(e.text.view());
          },
          [&](const session::UpstreamGone& e) {
            to.number(e.epoch);
            to.number(e.connected ? 1 : 0);
            to.number(e.close_code);
            to.bytes(e.reason);
          },
          [&](const session::Measured& e) {
            to.number(static_cast<std::uint64_t>(e.spent.count()));
            to.number(e.client_queued_bytes);
          },
          [&](const session::DrainAnnounced& e) {
            to.number(static_cast<std::uint64_t>(std::chrono::nanoseconds(e.time_left).count()));
          },
          [&](const session::BudgetReached& e) {
            to.number(static_cast<std::uint64_t>(e.verdict.level));
            to.number(static_cast<std::uint64_t>(e.verdict.limit));
            to.number(static_cast<std::uint64_t>(e.verdict.allowed));
            to.number(e.verdict.renews_in ? 1 : 0);
            if (e.verdict.renews_in)
              to.number(static_cast<std::uint64_t>(e.verdict.renews_in->count()));
          },
          [](const auto&) {}},
      event);
}

void Recorder::after(const session::Actions& actions, bool threw) {
  if (full_) return;
  Writer to(entry_);
  to.bytes(heard_);
  to.number(actions.list().size());
  if (!actions.list().empty()) to.word(hash_of(actions, for_hash_, native_));
  to.number(threw ? 1 : 0);
  frames_.append(log_, entry_);
  full_ = taken_ + log_.size() >= options_.bytes_max;
}

void Recorder::abandoned(Instant now) {
  if (full_) return;
  begin_record(kAbandoned, now);
  frames_.append(log_, entry_);
}

void Recorder::on_block(audio::Heard& heard) {
  Writer to(heard_);
  to.real(heard.speech);
  to.real(heard.level_dbfs);
}

void Recorder::on_frame(session::WatchedFrame& frame) {
  Writer to(heard_);
  to.real(frame.excess_db);
  to.number(frame.onset ? 1 : 0);
}

}  // namespace livegate::recording
