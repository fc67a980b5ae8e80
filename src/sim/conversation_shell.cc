// The shell of a simulated call: events go in, actions are looked at and carried out, the model's
// connections are dialled, cut and closed.
#include <algorithm>
#include <utility>

#include "base/base64.h"
#include "base/limits.h"
#include "sim/conversation.h"
#include "sim/json_peek.h"

namespace livegate::sim {
namespace {

// What a question and an answer may take on their way together.
constexpr Millis kOnItsWay = 700ms;

// A model's patience and the silence that then ends a turn, twice, and what is on its way.
constexpr Millis kHangsMax = 25s;

constexpr std::string_view kAudioHead =
    R"({"realtimeInput":{"audio":{"mimeType":"audio/pcm;rate=16000","data":")";
constexpr std::string_view kSetupHead = R"({"setup":)";

template <class... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;  // which clang 14 does not find by itself

}  // namespace

void Conversation::happens(const session::Event& event) {
  if (finished_ || !broken_.empty()) return;
  ++events_;
  look_at_event(event);
  actions_.clear();
  try {
    handle(event);
    // Carrying out adds nothing to the list: the session is not called again before it is done.
    for (const session::Action& action : actions_.list()) {
      if (finished_) return broken("something follows the end of the call");
      carry_out(action);
      if (!broken_.empty()) return;
    }
    // What the session asked, answered once all else of the event is done.
    while (!answers_.empty()) {
      const auto answers = std::exchange(answers_, {});
      for (const session::Event& answer : answers) {
        actions_.clear();
        handle(answer);
        for (const session::Action& action : actions_.list()) carry_out(action);
      }
    }
    if (!broken_.empty()) return;
    settled(event);
    actions_.clear();
    handle(session::Measured{std::chrono::microseconds(50), client_net_.queued_bytes(now_)});
  } catch (const CheckFailed& failed) {
    return broken(failed.what());
  }
  if (!actions_.list().empty()) return broken("a measurement caused actions");
  plan_tick();
}

void Conversation::handle(const session::Event& event) {
  if (!recorder_) return session_.handle(event, now_, actions_);
  recorder_->before(event, now_);
  try {
    session_.handle(event, now_, actions_);
  } catch (...) {
    recorder_->after(actions_, /*threw=*/true);
    throw;
  }
  recorder_->after(actions_);
}

void Conversation::look_at_event(const session::Event& event) {
  fold(event.index());
  std::visit(
      Overloaded{
          [this](const session::ClientText& e) {
            const std::string_view text = e.text.view();
            fold(text);
            if (!text.starts_with(kAudioHead)) write_down(">", "client", text);
            if (text.starts_with(kAudioHead)) {
              const std::string_view data = peek_text(text, "data");
              std::array<std::uint8_t, base64::decoded_size_max(12)> head{};
              if (base64::decode(data.substr(0, 12), head.data())) {
                const auto first = frame_number({reinterpret_cast<char*>(head.data()), 8});
                write_down(">", "client, audio from frame " + std::to_string(first));
                check(uplink_watch_.heard(
                    first, static_cast<std::uint32_t>(data.size() / 4 * 3 / kFrameBytes)));
              }
            } else if (peek_type(text) == "tool_result" || text.starts_with(R"({"toolResponse")")) {
              reply_watch_.tool_result(peek_text(text, "id"));
            }
          },
          [this](const session::ClientBinary& e) {
            const std::string_view bytes = e.bytes.view();
            fold(bytes);
            write_down(">", "client, audio from frame " + std::to_string(frame_number(bytes)));
            check(uplink_watch_.heard(frame_number(bytes),
                                      static_cast<std::uint32_t>(bytes.size() / kFrameBytes)));
          },
          [this](const session::ClientGone& e) {
            write_down(">", std::string("client gone") + (e.may_return ? "" : " for good"));
          },
          [this](const session::ClientReturned& e) {
            write_down(">", "client returned, with " +
                                (e.received ? std::to_string(*e.received) : "an unknown number") +
                                " messages");
          },
          [this](const session::UpstreamOpened& e) {
            fold(e.epoch);
            write_down(">", "model " + std::to_string(e.epoch) + " opened");
          },
          [this](const session::UpstreamMessage& e) {
            fold(e.epoch);
            fold(e.text.view());
            write_down(">", "model " + std::to_string(e.epoch), e.text.view());
            if (e.epoch == open_) look_at_model_message(e.text.view());
          },
          [this](const session::UpstreamGone& e) {
            fold(e.epoch);
            write_down(
                ">", "model " + std::to_string(e.epoch) + " gone, " + std::to_string(e.close_code),
                e.reason);
            connection_over();
            uplink_watch_.link_lost();
          },
          [this](const session::Tick&) { write_down(">", "tick"); },
          [this](const session::DrainRequested&) { write_down(">", "drain"); },
          [](const auto&) {
          }},  // measurements, and what only a shell with clients that return knows
      event);
}

void Conversation::carry_out(const session::Action& action) {
  tally_.add(Count::actions);
  fold(action.index() + 100);
  std::visit(Overloaded{[this](const session::SendClient& send) { send_client(send); },
                        [this](const session::RevokeAudio& what) { revoke(what); },
                        [this](const session::SendUpstream& send) { send_model(send); },
                        [this](const session::OpenUpstream& open) { open_model(open.epoch); },
                        [this](const session::PingUpstream& ping) { ping_model(ping.epoch); },
                        [this](const session::CloseUpstream& close) { close_model(close.epoch); },
                        [this](const session::CloseClient& close) {
                          write_down("<", "close client " + std::to_string(close.code),
                                     close.reason);
                          if (away_since_) broken("nobody is there to be closed");
                          if (!sim_client_.left()) tally_.add(Count::ended_by_service);
                        },
                        [this](const session::Note& note) { look_at_note(note); },
                        [this](const session::Finish&) {
                          write_down("<", "finish");
                          finished_ = true;
                        },
                        [](const auto&) {}},
             action);
}

// After all actions of an event.
void Conversation::settled(const session::Event& event) {
  if (session_.finished() != finished_) return broken("finished, and nobody was told");
  const auto deadline = session_.next_deadline();
  if (finished_) {
    if (deadline) broken("a deadline after the end");
    return;
  }
  reply_watch_.settled();
  check(uplink_watch_.settled(session_.counters().samples_dropped));
  if (!std::holds_alternative<session::Tick>(event) || !deadline || deadline->at > now_) {
    ticks_in_a_row_ = 0;
    return;
  }
  // A tick may begin what is due at once (a retry without a wait), but never for ever.
  if (++ticks_in_a_row_ >= 4) broken("a tick leaves its deadline behind it");
}

bool Conversation::fails(Operation operation) {
  const std::uint64_t number = operations_[static_cast<std::size_t>(operation)]++;
  if (options_.failing != operation || number != options_.failing_at) return false;
  tally_.add(Count::fault_planned);
  return true;
}

// ---- the model's side

Instant Conversation::up_arrival(Wire& wire) {
  wire.last_up = std::max(wire.last_up, now_ + plan_.network.model_latency +
                                            dice_.between(0ms, plan_.network.model_jitter));
  return wire.last_up;
}

Instant Conversation::down_arrival(Wire& wire) {
  wire.last_down = std::max(wire.last_down, now_ + plan_.network.model_latency +
                                                dice_.between(0ms, plan_.network.model_jitter));
  return wire.last_down;
}

void Conversation::say(std::uint32_t epoch, std::string_view message) {
  Wire& wire = wires_[epoch];
  if (wire.cut || wire.swallowed) return;
  schedule_.add(down_arrival(wire), Arrival::model_message, epoch, message);
}

void Conversation::hang_up(std::uint32_t epoch, std::uint16_t code, std::string_view reason) {
  Wire& wire = wires_[epoch];
  if (wire.cut || wire.swallowed) return;
  schedule_.add(down_arrival(wire), Arrival::model_gone, epoch, reason, code);
}

void Conversation::open_model(std::uint32_t epoch) {
  write_down("<", "open model " + std::to_string(epoch));
  if (epoch != wires_.size()) return broken("epochs are not numbered in order");
  if (open_ != 0 || dialling_ != 0)
    return broken("a second connection was opened beside the first");
  wires_.emplace_back();
  if (closing_ != 0) {
    tally_.add(Count::hand_overs);
    wanted_ = epoch;  // the service refuses to resume while the old connection is open
    return;
  }
  dial(epoch);
}

void Conversation::dial(std::uint32_t epoch) {
  dialling_ = epoch;
  const NetworkPlan& network = plan_.network;
  if (fails(Operation::connect) || dice_.chance(network.refused)) {
    tally_.add(Count::fault_connect_refused);
    schedule_.add(now_ + dice_.between(Millis(1), Millis(40)), Arrival::not_dialled, epoch,
                  "connection refused");
  } else if (dice_.chance(network.times_out)) {
    tally_.add(Count::fault_connect_timeout);
    schedule_.add(now_ + limits::kUpstreamConnectTimeMax, Arrival::not_dialled, epoch, "timed out");
  } else {
    Millis takes = 2 * network.model_latency;
    if (dice_.chance(network.slow)) {
      tally_.add(Count::fault_connect_slow);
      takes = dice_.between(Millis(1s), Millis(9s));
    }
    schedule_.add(now_ + takes, Arrival::dialled, epoch);
  }
}

void Conversation::dialled(std::uint32_t epoch) {
  dialling_ = 0;
  open_ = epoch;
  model_ready_ = false;
  model_silence_.heard(now_);
  service_.accept(epoch, now_);
  const NetworkPlan& network = plan_.network;
  if (network.dropped_every > 0ms) {
    schedule_.add(now_ + dice_.about(network.dropped_every), Arrival::connection_dropped, epoch);
  }
  if (network.black_hole_every > 0ms) {
    schedule_.add(now_ + dice_.about(network.black_hole_every), Arrival::connection_swallowed,
                  epoch);
  }
  happens(session::UpstreamOpened{epoch});
}

void Conversation::cut(std::uint32_t epoch, std::string_view why) {
  wires_[epoch].cut = true;
  service_.closed(epoch);
  schedule_.add(now_, Arrival::model_gone, epoch, why, 1006);
}

void Conversation::close_model(std::uint32_t epoch) {
  write_down("<", "close model " + std::to_string(epoch));
  dialling_ = wanted_ = 0;
  connection_over();
  if (open_ == 0) return;
  if (epoch != open_) return broken("a connection was closed that is not the open one");
  closing_ = std::exchange(open_, 0);
  if (options_.canary == Canary::dead_epoch && dice_.chance(0.3)) look_at_upstream(epoch, "{}");
  Wire& wire = wires_[closing_];
  if (wire.swallowed || wire.cut) {  // nobody answers the close
    service_.closed(closing_);
    schedule_.add(now_ + limits::kCloseTimeMax, Arrival::model_closed, closing_);
  } else {
    schedule_.add(up_arrival(wire), Arrival::service_closed, closing_);
  }
}

void Conversation::old_connection_closed() {
  wires_[closing_].cut = true;
  closing_ = 0;
  if (const std::uint32_t next = std::exchange(wanted_, 0); next != 0) dial(next);
}

void Conversation::connection_over() {
  model_ready_ = false;
  ready_since_.reset();
  blocking_calls_.clear();
}

void Conversation::ping_model(std::uint32_t epoch) {
  if (epoch != open_) return broken("a ping over a dead connection");
  if (model_silence_.is_gone(now_)) return cut(epoch, "the peer is silent");
  if (wires_[epoch].swallowed) return;
  schedule_.add(now_ + 2 * plan_.network.model_latency + dice_.between(0ms, plan_.network.pong_max),
                Arrival::pong, epoch);
}

void Conversation::send_model(const session::SendUpstream& send) {
  const std::string_view message = actions_.bytes(send.payload);
  const bool audio = message.starts_with(kAudioHead);
  if (options_.canary == Canary::lost_piece && audio && dice_.chance(0.00002)) return;
  int copies = 1;
  if (options_.canary == Canary::held_twice && audio && was_ready_ &&
      std::exchange(first_after_reconnect_, false)) {
    copies = 2;
  }
  if (options_.canary == Canary::answer_twice && message.starts_with(R"({"toolResponse")") &&
      dice_.chance(0.05)) {
    copies = 2;
  }
  if (message.starts_with(kSetupHead) && was_ready_) first_after_reconnect_ = dice_.chance(0.1);
  for (; copies > 0 && broken_.empty(); --copies) {
    look_at_upstream(send.epoch, message);
    Wire& wire = wires_[send.epoch];
    if (!broken_.empty() || wire.cut || wire.swallowed) return;
    if (fails(Operation::model_send)) return cut(send.epoch, "connection reset by peer");
    schedule_.add(up_arrival(wire), Arrival::service_message, send.epoch, message);
  }
}

// ---- invariants

void Conversation::look_at_note(const session::Note& note) {
  write_down("<", "note " + std::to_string(static_cast<int>(note.kind)), note.detail);
  if (note.kind == session::NoteKind::fact_corrected) tally_.add(Count::facts_corrected);
  if (note.kind == session::NoteKind::no_answer) {
    const auto kind = static_cast<session::NoAnswer>(note.value);
    if (kind != session::NoAnswer::holding_line) uplink_watch_.recovered();
  }
  if (note.kind != session::NoteKind::stalled) return;
  const auto action = static_cast<session::RecoveryAction>(note.value);
  if (action == session::RecoveryAction::resend) uplink_watch_.recovered();
  if (action == session::RecoveryAction::answer_tool) return reply_watch_.gives_up_on_tool();
  if (note.detail == session::name(session::StallPhase::first_audio)) check_patience(action);
}

// A model that is merely slow is not asked again before its patience is over: the shortest, as fast
// answers bring it down.
void Conversation::check_patience(session::RecoveryAction action) {
  if (action == session::RecoveryAction::give_up || open_ == 0) return;
  // Where nobody tells speech from silence a question takes no other's place.
  if (!plan_.turn_taking.listens) return;
  if (wires_[open_].cut || wires_[open_].swallowed) return;
  const auto since = service_.thinks_since(open_);
  const Millis patience = proto::profile_of(plan_.client.model).first_audio_patience_min;
  // The question was on its way, and so may its answer be.
  if (since && now_ + kOnItsWay < *since + patience) {
    broken("the model was asked again " + std::to_string(elapsed(*since, now_).count()) +
           " ms after it began to think");
  }
}

// Speech that the model has heard and that waits for its end: somebody has to bring it about.
void Conversation::check_no_speech_hangs() {
  if (away_since_ || open_ == 0 || client_net_.is_broken(client_net_.of_call()) ||
      wires_[open_].cut || wires_[open_].swallowed) {
    microphone_there_since_ = now_;
    end_may_be_lost_ |= plan_.client.manual && client_net_.is_broken(client_net_.of_call());
    return;
  }
  const auto since = service_.waits_for_silence_since(open_);
  // A client that counts nothing loses what had left when its connection broke, an end too.
  const bool lost = plan_.config.client == session::ClientKind::live && since &&
                    *since <= microphone_there_since_;
  if (lost && !plan_.turn_taking.listens) return;
  // ... and where its microphone stays open nobody else can tell that it was the end.
  if (end_may_be_lost_ && plan_.client.microphone == Microphone::open) return;
  if (since && now_ > std::max(*since, microphone_there_since_) + kHangsMax) {
    broken("the model waits for the end of speech that it heard " +
           std::to_string(elapsed(*since, now_).count()) + " ms ago");
  }
}

// Of the open connection, before it is handled.
void Conversation::look_at_model_message(std::string_view message) {
  if (!model_ready_ && message.find("setupComplete") != std::string_view::npos) {
    model_ready_ = was_ready_ = true;
    ready_since_ = now_;
  }
  if (!plan_.client.blocking) return;
  if (message.find("\"toolCall\"") != std::string_view::npos) {
    for (const std::string_view id : peek_all(message, "id")) blocking_calls_.emplace_back(id);
    uplink_watch_.link_lost();  // what is said from now on waits
  }
  if (message.find("\"toolCallCancellation\"") != std::string_view::npos) {
    std::erase_if(blocking_calls_, [&](const std::string& id) {
      return message.find('"' + id + '"') != std::string_view::npos;
    });
  }
}

void Conversation::look_at_upstream(std::uint32_t epoch, std::string_view message) {
  fold(message);
  const bool audio = message.starts_with(kAudioHead);
  if (!audio) write_down("<", "to model " + std::to_string(epoch), message);
  if (epoch != open_) return broken("something was sent over a dead connection");
  if (audio) {
    const std::string_view data = peek_text(message, "data");
    samples_.resize(base64::decoded_size_max(data.size()) / sizeof(std::int16_t) + 1);
    const auto size = base64::decode(data, reinterpret_cast<std::uint8_t*>(samples_.data()));
    const std::string_view pcm(reinterpret_cast<const char*>(samples_.data()), size.value_or(0));
    write_down("<", "to model " + std::to_string(epoch) + ", frames " +
                        std::to_string(frame_number(pcm)) + " and " +
                        std::to_string(pcm.size() / kFrameBytes) + " in all");
    if (!blocking_calls_.empty()) {
      return broken("speech was sent to a model that waits for a tool and hears nothing");
    }
    return check(uplink_watch_.sent_audio(
        std::span(samples_).first(size.value_or(0) / sizeof(std::int16_t))));
  }
  if (message.starts_with(kSetupHead)) {
    const bool disabled = message.find(R"("disabled":true)") != std::string_view::npos;
    return uplink_watch_.connecting(disabled && !plan_.client.manual);
  }
  if (!model_ready_) return broken("something was sent before the connection was set up");
  if (message.starts_with(R"({"toolResponse")")) {
    for (const std::string_view id : peek_all(message, "id")) std::erase(blocking_calls_, id);
    return check(reply_watch_.answered(peek_text(message, "id"), epoch));
  }
  if (plan_.client.manual) return;
  if (message.starts_with(R"({"realtimeInput":{"a)")) check(uplink_watch_.sent_mark(message));
}

}  // namespace livegate::sim
