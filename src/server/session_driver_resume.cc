// A client that goes, and one that comes back, perhaps to another shard than its session's.
#include <utility>

#include "base/limits.h"
#include "server/front.h"
#include "server/session_driver.h"

namespace livegate::server {

using obs::LogLevel;

// Its socket is destroyed first: nothing more is read from it.
void SessionDriver::client_lost(bool may_return, std::size_t unsent) {
  detach_client();
  if (session_.finished()) return end_if_over();
  pump(session::ClientGone{may_return, unsent});
}

// The client that came here wants another session. From within its socket's on_message.
void SessionDriver::move_client(const session::ResumeClient& resume) {
  const auto place = tools_.directory.find(resume.token);
  auto socket = place && client_ ? client_->detach() : nullptr;
  if (!socket) return pump(answer_without_session(resume.token));
  detach_client();
  moving_ = true;
  auto arrival = std::make_shared<Arrival>(
      Arrival{std::move(socket), resume.token, resume.received, kind_, identity_, place_});
  place->loop->post(
      [front = place->front, number = place->number, arrival] { front->arrive(number, *arrival); });
}

session::Event SessionDriver::answer_without_session(std::string_view token) {
  auto handle =
      is_live() ? tools_.directory.recall(token, identity_.user, tools_.loop.now()) : std::nullopt;
  if (handle) give_use_back();
  if (handle && (!identity_.grant || tools_.users.may_go_on(*identity_.grant))) {
    if (identity_.grant) identity_.counted = ClientIdentity::Counted::resumed;
    tools_.counters.add(obs::Metric::resumes_remembered);
    return session::ResumeRemembered{std::move(*handle)};
  }
  tools_.counters.add(obs::Metric::resumes_refused);
  log(LogLevel::info,
      "refuses to resume another session: there is none, or it is not this client's");
  return session::ResumeRefused{};
}

// A token counts sessions, not connections.
void SessionDriver::give_use_back() {
  if (identity_.counted != ClientIdentity::Counted::begun) return;
  identity_.counted = ClientIdentity::Counted::nothing;
  tools_.users.went_on(*identity_.grant);
}

void SessionDriver::leave_token() {
  const auto counted = std::exchange(identity_.counted, ClientIdentity::Counted::nothing);
  if (counted != ClientIdentity::Counted::nothing) tools_.users.ended(*identity_.grant);
}

void SessionDriver::client_moved() {
  give_use_back();
  moved_away_ = true;
  moving_ = false;
  abandon();
  end_if_over();
}

void SessionDriver::client_refused(Arrival& arrival) {
  moving_ = false;
  client_ = net::attach(tools_.loop, std::move(arrival.socket), limits::kClientOutboxBytesMax);
  if (!client_) return client_lost(/*may_return=*/false, 0);
  keep_alive_.attached(tools_.loop.now());
  client_->start(*this);
  if (session_.finished()) return say_goodbye(session::goodbye_at_shutdown());
  pump(answer_without_session(arrival.token));
}

bool SessionDriver::take_over(Arrival& arrival) {
  if (moving_) return false;
  const session::ResumeVerdict verdict =
      guard_.judge({arrival.kind, arrival.identity.user, arrival.identity.origin}, arrival.token,
                   session_.may_return(arrival.received));
  if (verdict != session::ResumeVerdict::allowed) return false;
  if (client_) {  // nobody has told us yet that it is gone
    const std::size_t unsent = client_->unsent_messages();
    if (const auto goodbye = session::goodbye_to_replaced(kind_)) say_goodbye(*goodbye);
    client_lost(/*may_return=*/true, unsent);
    if (session_.finished()) return false;
  }
  client_ = net::attach(tools_.loop, std::move(arrival.socket),
                        limits::kClientOutboxBytesMax + limits::kClientLedgerBytesMax);
  if (!client_) return true;  // lost on the way; there may be another try
  guard_.opened(arrival.token, [this] { return new_resume_token(id_); });
  if (arrival.from.loop != place_.loop) tools_.counters.add(obs::Metric::resumes_across_shards);
  keep_alive_.attached(tools_.loop.now());
  client_->start(*this);
  pump(session::ClientReturned{arrival.received, guard_.token()});
  return true;
}

// The model may still know a session that is over, under its own handle.
void SessionDriver::remember_session() {
  const auto& handle = session_.upstream_handle();
  if (!session::is_remembered(kind_, session_.has_offered(), handle)) return;
  tools_.directory.remember(guard_.token(), identity_.user, handle, tools_.loop.now());
}

}  // namespace livegate::server
