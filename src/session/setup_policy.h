// What of a client's setup the gateway keeps, pins and refuses, before the model is connected.
//
// Decides it from the configuration, the client's token and the model's facts. Leaves the choice of
// turn-taking to turn_taking.h.
#pragma once

#include "base/result.h"
#include "proto/gemini.h"
#include "session/session_context.h"

namespace livegate::session {

// `setup` with what the token and the gateway's owner pin; sets context.profile to the model's, and
// leaves out what that model is known to refuse. Errors: what cannot be mended, as a close code and
// a sentence.
[[nodiscard]] Result<Done, proto::WireError> settle_setup(SessionContext& context,
                                                          proto::Setup& setup);

}  // namespace livegate::session
