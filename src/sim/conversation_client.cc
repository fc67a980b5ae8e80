// The client's side of the session's shell: its connections, and how it comes back over another one
// (server/session_driver_resume.cc), by the rules of session/keep_alive.h, goodbye.h and
// resume_guard.h.
#include <utility>

#include "sim/conversation.h"
#include "sim/json_peek.h"

namespace livegate::sim {
namespace {

// How the connection of a client that vanishes ends, in percent. Of the rest nothing is heard.
constexpr int kSaysGoodbye = 50, kClosesWithoutCode = 10, kBreaks = 30;

// Messages of a connection and not of the session: docs/wire-browser.md, "Coming back".
bool is_of_connection(std::string_view text) {
  const std::string_view type = peek_type(text);
  return type == "start" || type == "ping";
}

}  // namespace

void Conversation::send_text(std::string_view text) {
  client_net_.send_up(Arrival::client_text, text, now_);
}

void Conversation::send_binary(std::string_view bytes) {
  client_net_.send_up(Arrival::client_binary, bytes, now_);
}

void Conversation::come_back() { client_net_.dial(now_); }

void Conversation::vanish() {
  const int how = dice_.between(0, 99);
  if (how < kSaysGoodbye) return client_net_.hang_up(1000, now_);
  if (how < kSaysGoodbye + kClosesWithoutCode) return client_net_.hang_up(1005, now_);
  if (how < kSaysGoodbye + kClosesWithoutCode + kBreaks) return client_net_.hang_up(1006, now_);
  client_net_.fall_silent();
}

void Conversation::drain() { schedule_.add(now_, Arrival::drain, 0); }

// ---- what arrives

void Conversation::client_says(const Schedule::Item& item, PaddedText payload) {
  if (client_net_.is_broken(item.epoch)) return;  // it was on its way
  if (item.epoch != client_net_.of_call()) return knock(item.epoch, payload);
  client_is_alive();
  if (options_.canary != Canary::token_kept) guard_.client_spoke();
  if (!spent_token_.empty() && judge({std::exchange(spent_token_, {}), std::nullopt}, kUser) ==
                                   session::ResumeVerdict::allowed) {
    return broken("a spent token opens the session");
  }
  if (item.what == Arrival::client_binary) {
    ++client_heard_;
    return happens(session::ClientBinary{payload});
  }
  if (!is_of_connection(payload.view())) ++client_heard_;
  happens(session::ClientText{payload});
}

void Conversation::client_told(const Schedule::Item& item, std::string_view payload) {
  if (client_net_.is_broken(item.epoch) || sim_client_.left()) return;
  if (item.code == kCountedMessage) check(client_watch_.arrived(payload));
  if (item.what == Arrival::sim_client_closed) return sim_client_.on_closed();
  item.what == Arrival::sim_client_text ? sim_client_.on_text(payload, now_)
                                        : sim_client_.on_binary(payload, now_);
}

// ---- it goes, and comes back

void Conversation::client_is_alive() {
  if (options_.canary != Canary::deaf_to_pongs) keep_alive_.heard(now_);
}

void Conversation::keep_client_alive() {
  using Due = session::ClientKeepAlive::Due;
  if (away_since_ || finished_ || !broken_.empty()) return;
  const Due due = keep_alive_.due(now_);
  if (due == Due::ping) client_net_.ping(now_);
  if (due != Due::gone) return;
  if (!client_net_.is_broken(client_net_.of_call()))
    return broken("a client that answers is taken for gone");
  write_down("-", "the client answers no ping");
  tally_.add(Count::fault_client_found_silent);
  client_lost(/*may_return=*/true);
}

void Conversation::client_lost(bool may_return) {
  if (away_since_ || finished_) return;
  if (sim_client_.left()) client_left_at_ = now_;
  const std::size_t unsent = client_net_.unsent_messages(now_);
  client_watch_.lost(unsent);
  happens(session::ClientGone{may_return, unsent});
  if (finished_ || !broken_.empty()) return;
  const bool waits = may_return && client_watch_.is_offered() && plan_.config.resume_grace > 0ms;
  if (!waits || !session_.is_client_away()) return broken("the client is gone, and nobody noticed");
  away_since_ = now_;
}

// A client that comes back begins as a call of its own, which asks for the other one.
void Conversation::knock(std::uint32_t connection, PaddedText greeting) {
  session::SessionConfig config = plan_.config;
  config.resume_token = "door.0";
  session::Session door(std::move(config), codecs_, Rng(connection), now_);
  session::Actions asked;
  door.handle(session::ClientText{greeting}, now_, asked);
  write_down(">", "client at the door", greeting.view());
  for (const session::Action& action : asked.list()) {
    const auto* const resume = std::get_if<session::ResumeClient>(&action);
    if (resume == nullptr) continue;
    if (resume->received.value_or(client_watch_.arrived_messages()) !=
        client_watch_.arrived_messages()) {
      return broken("the client counts other messages than were sent to it");
    }
    if (judge(*resume, "stranger") != session::ResumeVerdict::other_owner)
      return broken("another user's client is not told from this one");
    const session::ResumeVerdict verdict = judge(*resume, kUser);
    if (verdict == session::ResumeVerdict::allowed) return take_over(connection, *resume);
    if (verdict != session::ResumeVerdict::not_kept)
      return broken("the client's own token does not open its session");
    if (session_.counters().messages_forgotten == 0 && !finished_) {
      return broken("a client was refused from whom nothing is missing");
    }
    return turn_away(connection, door);
  }
  broken("a client that comes back is not understood");
}

session::ResumeVerdict Conversation::judge(const session::ResumeClient& resume,
                                           std::string_view user) const {
  return guard_.judge({plan_.config.client, std::string(user), {}}, resume.token,
                      session_.may_return(resume.received));
}

void Conversation::take_over(std::uint32_t connection, const session::ResumeClient& resume) {
  if (!away_since_) client_lost(/*may_return=*/true);  // nobody has told us yet
  if (finished_ || !broken_.empty()) return;
  tally_.add(Count::clients_returned);
  client_net_.take_over(connection);
  away_since_.reset();
  keep_alive_.attached(now_);
  guard_.opened(resume.token, [this] { return "sim." + std::to_string(++tokens_made_); });
  if (guard_.token() != resume.token) spent_token_ = resume.token;
  returning_ = true;
  greeted_ = false;
  happens(session::ClientReturned{resume.received, guard_.token()});
  returning_ = false;
  check(client_watch_.returned());
}

// It lacks what is no longer kept. The page would begin anew; this one leaves.
void Conversation::turn_away(std::uint32_t connection, session::Session& door) {
  tally_.add(Count::fault_client_refused);
  session::Actions said;
  door.handle(session::ResumeRefused{}, now_, said);
  for (const session::Action& action : said.list()) {
    if (const auto* const send = std::get_if<session::SendClient>(&action)) {
      const std::string_view bytes = said.bytes(send->payload);
      write_down("<", "to the client at the door", bytes);
      client_net_.send_down(connection, {bytes, send->binary, false, false}, now_);
    } else if (std::holds_alternative<session::CloseClient>(action)) {
      schedule_.add(now_ + plan_.network.client_latency, Arrival::sim_client_closed, connection);
    }
  }
}

// ---- what it is told

void Conversation::send_client(const session::SendClient& send) {
  if (away_since_) return broken("something was sent to a client that is not there");
  const bool again = returning_ && std::exchange(greeted_, true);
  const bool counted =
      again || (client_watch_.is_offered() && send.part != session::ClientPart::connection);
  int copies = 1;
  if (options_.canary == Canary::again_twice && again && dice_.chance(0.2)) copies = 2;
  for (; copies > 0; --copies) {
    const std::string_view bytes = actions_.bytes(send.payload);
    bool first = true;
    if (again) {
      tally_.add(Count::sent_again);
      const ClientWatch::Again verdict = client_watch_.sent_again(bytes, send.revocable);
      check(verdict.verdict);
      first = verdict.first;
    } else if (counted) {
      client_watch_.sent(bytes, send.revocable);
    }
    if (first) {
      look_at_client_message(bytes, send.binary, /*late=*/again);
    } else {
      write_down("<", "to client once more,", send.binary ? "audio" : bytes);
    }
    if (!broken_.empty()) return;
    deliver(send, counted);
  }
  if (send.part == session::ClientPart::offer) client_watch_.offered();
}

void Conversation::deliver(const session::SendClient& send, bool counted) {
  const std::uint32_t connection = client_net_.of_call();
  if (fails(Operation::client_send)) client_net_.breaks(connection, now_);
  client_net_.send_down(connection,
                        {actions_.bytes(send.payload), send.binary, send.revocable, counted}, now_);
}

void Conversation::revoke(const session::RevokeAudio& revoke) {
  if (away_since_) return broken("audio was taken back from a client that is not there");
  const std::size_t messages = client_net_.revoke(now_);
  write_down("<", "take back audio, " + std::to_string(messages));
  client_watch_.revoked(messages);
  answers_.emplace_back(session::Revoked{revoke.before, messages});
}

// `late`: the session said it while nobody was there.
void Conversation::look_at_client_message(std::string_view bytes, bool binary, bool late) {
  fold(bytes);
  const bool native = plan_.config.client == session::ClientKind::native;
  if (binary && native) {
    if (is_silence(bytes)) return write_down("<", "to client, silence");
    const auto stamp = read_stamp(bytes);
    write_down("<", stamp ? "to client, audio of reply " + std::to_string(stamp->reply) +
                                " piece " + std::to_string(stamp->piece)
                          : "to client, audio of nobody");
    return look_at_client_audio(stamp, late);
  }
  write_down("<", "to client", bytes);
  if (native) {
    const std::string_view type = peek_type(bytes);
    const std::int64_t at_ms = peek_number(bytes, "at_ms").value_or(0);
    if (type == "speech_started") uplink_watch_.speech_started(at_ms);
    if (type == "speech_ended")
      check(uplink_watch_.speech_ended(at_ms, model_ready_ && blocking_calls_.empty()));
    if (type == "ready" && returning_ && peek_number(bytes, "received") != client_heard_) {
      broken("the client is told another number of its messages than arrived");
    }
  } else if (const std::string_view data = peek_text(bytes, "data");
             !data.empty() && !is_silence_base64(data)) {
    look_at_client_audio(read_stamp_base64(data), late);
  }
  check(reply_watch_.told(bytes, late ? std::nullopt : std::optional(open_)));
  if (options_.canary == Canary::stale_frame && native && peek_type(bytes) == "interrupted" &&
      last_audio_ && dice_.chance(0.02)) {
    check(reply_watch_.audio(*last_audio_, open_));
  }
}

void Conversation::look_at_client_audio(const std::optional<Stamp>& stamp, bool late) {
  if (!stamp) return broken("audio reached the client that the model never said");
  last_audio_ = stamp;
  check(reply_watch_.audio(*stamp, late ? std::nullopt : std::optional(open_)));
}

}  // namespace livegate::sim
