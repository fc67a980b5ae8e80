#include "offline/offline_server_connection.h"

#include <exception>
#include <span>
#include <utility>

namespace livegate::offline {
namespace {

constexpr std::uint16_t kInternal = 1011;
constexpr std::uint16_t kPolicy = 1008;

}  // namespace

Connection::Connection(const ConnectionParts& parts, const LiveSessionOptions& options,
                       LiveSessionParts session_parts, std::unique_ptr<net::WebSocket> socket)
    : parts_(parts),
      id_(options.id),
      session_(options, std::move(session_parts), parts.loop.now()),
      socket_(std::move(socket)),
      timer_(parts.loop, [this] { pump(Tick{}); }),
      opened_at_(parts.loop.now()) {
  if (const auto deadline = session_.next_deadline()) timer_.arm(deadline->at);
}

Connection::~Connection() {
  gone_->store(true);
  for (const auto& [speech, cancelled] : speeches_) cancelled->store(true);
}

void Connection::on_message(ws::Opcode opcode, PaddedText payload) {
  static_cast<void>(opcode);  // text and binary alike, as the service does
  pump(ClientText{.message = payload});
}

void Connection::on_closed(const net::Closed& closed) {
  if (std::exchange(closed_, true)) return;
  gone_->store(true);
  pump(ClientGone{});
  const LiveCounts& counts = session_.counts();
  parts_.log.info(
      "offline session {} closed after {} s, code {}: turns {}, interrupted {}, utterances {}, "
      "unheard {}, tool calls {}, pictures {}",
      id_, elapsed(opened_at_, parts_.loop.now()).count() / 1000, closed.code, counts.turns,
      counts.interruptions, counts.utterances, counts.unheard, counts.tool_calls, counts.pictures);
  report(closed);
  parts_.host.on_finished(id_);
}

void Connection::report(const net::Closed& closed) {
  const ConversationCounts* const counts = session_.conversation();
  if (!parts_.report || counts == nullptr) return;
  parts_.report(to_json(
      *counts, "\"event\":\"closed\",\"connection\":" + std::to_string(id_) +
                   ",\"age_ms\":" + std::to_string(elapsed(opened_at_, parts_.loop.now()).count()) +
                   ",\"code\":" + std::to_string(closed.code) +
                   ",\"by_client\":" + (closed.by_peer ? "true," : "false,")));
}

bool Connection::on_ping(std::string_view payload) {
  pump(Pinged{.payload = std::string(payload)});
  return true;
}

void Connection::pump(const LiveEvent& event) {
  try {
    LiveActions actions;
    session_.handle(event, parts_.loop.now(), actions);
    for (LiveAction& action : actions) carry_out(action);
  } catch (const std::exception& error) {
    fail(error.what());  // a broken invariant ends this conversation; all others go on
  }
  const auto deadline = session_.next_deadline();
  if (deadline && !closed_) {
    timer_.arm(deadline->at);
  } else {
    timer_.disarm();
  }
}

void Connection::fail(const char* what) {
  parts_.log.error("offline session {} failed: {}", id_, what);
  socket_->close(kInternal, "Internal error encountered.");
}

void Connection::carry_out(LiveAction& action) {
  if (auto* send = std::get_if<Send>(&action)) {
    const std::span bytes(reinterpret_cast<const std::uint8_t*>(send->bytes.data()),
                          send->bytes.size());
    if (!socket_->send(ws::Opcode::binary, bytes) && !closed_) {
      socket_->close(kPolicy, "The client does not read what it is sent.");
    }
  } else if (const auto* close = std::get_if<Close>(&action)) {
    socket_->close(close->code, close->reason);
  } else if (std::holds_alternative<Drop>(action)) {
    socket_->abort();
  } else if (const auto* pong = std::get_if<Pong>(&action)) {
    socket_->send(ws::Opcode::pong, {reinterpret_cast<const std::uint8_t*>(pong->payload.data()),
                                     pong->payload.size()});
  } else if (auto* grammar = std::get_if<UseGrammar>(&action)) {
    use_grammar(std::move(grammar->jsgf));
  } else if (auto* utterance = std::get_if<Recognize>(&action)) {
    if (grammar_) {
      recognize(*utterance);
    } else {
      held_.push_back(std::move(*utterance));
    }
  } else if (const auto* speech = std::get_if<Speak>(&action)) {
    speak(*speech);
  } else if (const auto* cancelled = std::get_if<CancelSpeech>(&action)) {
    cancel(cancelled->speech);
  }
}

void Connection::use_grammar(std::string jsgf) {
  wanted_jsgf_ = std::move(jsgf);
  ++grammar_version_;
  grammar_.reset();
  if (std::exchange(compiling_, true)) return;  // the one in hand is followed by this one
  parts_.grammars.compile(wanted_jsgf_, [host = &parts_.host, id = id_, version = grammar_version_](
                                            GrammarCompiler::Compiled compiled) {
    host->post_to(id, [version, compiled = std::move(compiled)](Connection& connection) {
      connection.on_compiled(version, compiled);
    });
  });
}

void Connection::on_compiled(std::uint64_t version, GrammarCompiler::Compiled compiled) {
  compiling_ = false;
  if (version != grammar_version_) return use_grammar(std::move(wanted_jsgf_));
  if (!compiled) return fail(compiled.error().c_str());
  grammar_ = std::move(*compiled);
  for (Recognize& utterance : held_) recognize(utterance);
  held_.clear();
}

void Connection::recognize(Recognize& utterance) {
  const std::uint64_t number = utterance.utterance;
  speech::Utterance spoken{.grammar = grammar_,
                           .samples = std::move(utterance.samples),
                           .session = id_,
                           .cancelled = gone_};
  const bool taken = parts_.recognizer.recognize(
      std::move(spoken), [host = &parts_.host, id = id_, number](speech::Recognition heard) {
        host->post_to(id, [number, heard = std::move(heard)](Connection& connection) {
          connection.on_recognized(number, heard);
        });
      });
  if (taken) return;
  parts_.log.warn("offline session {}: the recogniser is too busy for an utterance", id_);
  post(RecognitionDone{.utterance = number, .recognition = std::nullopt});
}

void Connection::on_recognized(std::uint64_t utterance, const speech::Recognition& heard) {
  if (heard.given_up) {
    parts_.log.warn(
        "offline session {}: an utterance resembled no speech and was refused after the work that "
        "its length allows; {} so far",
        id_, parts_.recognizer.counts().given_up);
  }
  pump(RecognitionDone{.utterance = utterance, .recognition = heard});
}

void Connection::speak(const Speak& speech) {
  auto cancelled = std::make_shared<std::atomic<bool>>(false);
  speeches_[speech.speech] = cancelled;
  const bool taken = parts_.synthesizer.say(
      speech.text, speech::Voice::slt, audio::kDownlinkRateHz, std::move(cancelled),
      [host = &parts_.host, id = id_,
       number = speech.speech](speech::Synthesizer::Sentence sentence) {
        SentenceSpoken spoken{.speech = number,
                              .text = std::move(sentence.text),
                              .samples = std::move(sentence.samples),
                              .last = sentence.last};
        host->post_to(id, [spoken = std::move(spoken)](Connection& connection) {
          if (spoken.last) connection.speeches_.erase(spoken.speech);
          connection.pump(spoken);
        });
      });
  if (taken) return;
  parts_.log.warn("offline session {}: the voice is too busy for a reply", id_);
  post(SentenceSpoken{.speech = speech.speech, .text = {}, .samples = {}, .last = true});
}

void Connection::cancel(std::uint64_t speech) {
  const auto found = speeches_.find(speech);
  if (found == speeches_.end()) return;
  found->second->store(true);
  speeches_.erase(found);
}

void Connection::post(LiveEvent event) {
  parts_.host.post_to(
      id_, [event = std::move(event)](Connection& connection) { connection.pump(event); });
}

}  // namespace livegate::offline
