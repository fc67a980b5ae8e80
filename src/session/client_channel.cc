#include "session/client_channel.h"

#include <string>

namespace livegate::session {

ClientChannel::ClientChannel(SessionContext& context, Codecs& codecs)
    : context_(context),
      codec_(context.config.client == ClientKind::native
                 ? make_native_codec(codecs)
                 : make_live_codec(codecs, context.config.live_wire)),
      line_(context.config.resume_grace) {}

Encoded ClientChannel::tell(const ClientNotice& notice) {
  const Encoded encoded = codec_->encode(notice, context_);
  context_.counters.parts_withheld += encoded.parts_withheld;
  return encoded;
}

void ClientChannel::refuse(std::string_view code, std::string_view message) {
  ++context_.counters.messages_refused;
  tell(notice::Error{code, message, /*fatal=*/false});
  // The Live API's wire has no words for it: the log is where a developer finds the sentence.
  const bool told = context_.config.client == ClientKind::native;
  context_.note(NoteKind::message_refused, 0,
                std::string(code) + (told ? std::string() : ": " + std::string(message)));
}

}  // namespace livegate::session
