// What the client asks for once its session is open: audio, pictures, words, answers and reports.
//
// Decides what of it the model is told and in which form: what the gateway's owner pins is left
// out, marks that the gateway has made itself are not made twice. Leaves to ClientCodec how a
// request was written, to ModelInput whether it can be sent now.
#pragma once

#include <optional>
#include <string_view>

#include "session/client_channel.h"
#include "session/reply_handler.h"
#include "session/session_end.h"
#include "session/video_throttle.h"

namespace livegate::session {

class ClientInput {
 public:
  // All outlive it.
  ClientInput(SessionState& state, ClientChannel& client, ModelConnection& model,
              SpeechInput& speech, ModelInput& input, ToolRelay& tools, ReplyHandler& replies,
              SessionEnd& end);

  // The client switched the model's detector off: it marks its own activity.
  void marks_own_activity() { marks_own_activity_ = true; }

  void take(const request::Audio& request) { speech_.hear(request.samples, request.rate_hz); }
  void take(const request::Control& request);
  void take(const request::Picture& request);
  void take(const request::Content& request);
  void take(const request::ContextUpdate& request);
  void take(const request::ToolAnswers& request) { tools_.take(request); }
  void take(const request::Interrupt&) { replies_.interrupt(); }
  void take(const request::Played& request);
  void take(const request::Confirmed& request);
  void take(const request::Ping& request) { client_.tell(notice::Pong{request.id}); }
  void take(const request::Refuse& request) { client_.refuse(request.code, request.message); }

  [[nodiscard]] std::optional<Instant> picture_due() const { return video_.next_deadline(); }
  [[nodiscard]] std::optional<Instant> marked_end_due() const {
    return speech_.marked_end_due(client_.line().is_away());
  }
  void send_due_picture();
  void end_lost_activity();

 private:
  bool tell(const Payload& message, Asks asks);
  bool tell(const ModelRequest& request, Asks asks) { return tell(model_.write(request), asks); }
  void tell_piecewise(const request::Control& request, bool begins, bool tells_end);

  SessionState& state_;
  SessionContext& context_;
  ClientChannel& client_;
  ModelConnection& model_;
  SpeechInput& speech_;
  ModelInput& input_;
  ToolRelay& tools_;
  ReplyHandler& replies_;
  SessionEnd& end_;
  VideoThrottle video_;
  bool marks_own_activity_ = false;
};

}  // namespace livegate::session
