// A client that goes, and one that comes back, perhaps to another shard than its call's.
#include <utility>

#include "base/limits.h"
#include "server/call_driver.h"
#include "server/front.h"

namespace livegate::server {

using obs::LogLevel;

// Its socket is destroyed first: nothing more is read from it.
void CallDriver::client_lost(bool may_return, std::size_t unsent) {
  drop_client();
  if (session_.finished()) return end_if_over();
  pump(session::ClientGone{may_return, unsent});
}

// The client that came here wants another call. From within its socket's on_message.
void CallDriver::pass_on(const session::ResumeClient& resume) {
  const auto place = tools_.desk.find(resume.token);
  auto socket = place && client_ ? client_->loosen() : nullptr;
  if (!socket) return pump(answer_without_call(resume.token));
  drop_client();
  passing_on_ = true;
  auto arrival = std::make_shared<Arrival>(
      Arrival{std::move(socket), resume.token, resume.received, kind_, caller_, place_});
  place->loop->post(
      [front = place->front, number = place->number, arrival] { front->arrive(number, *arrival); });
}

session::Event CallDriver::answer_without_call(std::string_view token) {
  auto handle =
      is_live() ? tools_.desk.recall(token, caller_.user, tools_.loop.now()) : std::nullopt;
  if (handle) give_use_back();
  if (handle && (!caller_.grant || tools_.users.may_go_on(*caller_.grant))) {
    if (caller_.grant) caller_.counted = Caller::Counted::went_on;
    tools_.counters.add(obs::Metric::resumes_remembered);
    return session::ResumeRemembered{std::move(*handle)};
  }
  tools_.counters.add(obs::Metric::resumes_refused);
  log(LogLevel::info, "the client wanted to go on with another, which is not to be had");
  return session::ResumeRefused{};
}

// A token counts sessions, not connections.
void CallDriver::give_use_back() {
  if (caller_.counted != Caller::Counted::begun) return;
  caller_.counted = Caller::Counted::nothing;
  tools_.users.went_on(*caller_.grant);
}

void CallDriver::leave_token() {
  const auto counted = std::exchange(caller_.counted, Caller::Counted::nothing);
  if (counted != Caller::Counted::nothing) tools_.users.ended(*caller_.grant);
}

void CallDriver::gone_over() {
  give_use_back();
  went_over_ = true;
  passing_on_ = false;
  abandon();
  end_if_over();
}

void CallDriver::come_back(Arrival& arrival) {
  passing_on_ = false;
  client_ = net::adopt(tools_.loop, std::move(arrival.socket), limits::kClientOutboxBytesMax);
  if (!client_) return client_lost(/*may_return=*/false, 0);
  keep_alive_.attached(tools_.loop.now());
  client_->start(*this);
  if (session_.finished()) return say_goodbye(session::goodbye_at_shutdown());
  pump(answer_without_call(arrival.token));
}

bool CallDriver::take_over(Arrival& arrival) {
  if (passing_on_) return false;
  const session::ResumeVerdict verdict =
      guard_.judge({arrival.kind, arrival.caller.user, arrival.caller.origin}, arrival.token,
                   session_.may_return(arrival.received));
  if (verdict != session::ResumeVerdict::allowed) return false;
  if (client_) {  // nobody has told us yet that it is gone
    const std::size_t unsent = client_->unsent_messages();
    if (const auto goodbye = session::goodbye_to_replaced(kind_)) say_goodbye(*goodbye);
    client_lost(/*may_return=*/true, unsent);
    if (session_.finished()) return false;
  }
  client_ = net::adopt(tools_.loop, std::move(arrival.socket),
                       limits::kClientOutboxBytesMax + limits::kClientLedgerBytesMax);
  if (!client_) return true;  // lost on the way; there may be another try
  guard_.opened(arrival.token, [this] { return new_resume_token(id_); });
  if (arrival.from.loop != place_.loop) tools_.counters.add(obs::Metric::resumes_across_shards);
  keep_alive_.attached(tools_.loop.now());
  client_->start(*this);
  pump(session::ClientReturned{arrival.received, guard_.token()});
  return true;
}

// The model may still know a call that is over, under its own handle.
void CallDriver::remember_call() {
  const auto& handle = session_.upstream_handle();
  if (!session::is_remembered(kind_, session_.has_offered(), handle)) return;
  tools_.desk.remember(guard_.token(), caller_.user, handle, tools_.loop.now());
}

}  // namespace livegate::server
