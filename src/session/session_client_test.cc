// A client that loses its connection and comes back, as the session core sees it.
#include "session/session_fixture.h"

namespace livegate::session {
namespace {

class ComingBack : public CallTest {
 protected:
  void begin_resumable(ClientKind kind = ClientKind::native) {
    begin({.client = kind, .resume_grace = 30s, .resume_token = "token-one"});
    client_sends(kind == ClientKind::native
                     ? R"({"type":"start"})"
                     : R"({"setup":{"model":"models/m","sessionResumption":{}}})");
    upstream_comes_up();
  }
  void breaks() { happens(ClientGone{}); }
  void returns(std::uint64_t received, const std::string& token = "token-two") {
    ASSERT_TRUE(session->may_return(received));
    happens(ClientReturned{received, token});
  }
};

TEST_F(ComingBack, the_way_back_is_offered_in_ready_and_only_with_grace) {
  begin_resumable();
  EXPECT_TRUE(client_was_told(R"("resume":{"token":"token-one","grace_ms":30000}})"));
  EXPECT_FALSE(client_was_told("resumed"));
  begin({.client = ClientKind::native});
  forget();
  client_sends(R"({"type":"start"})");
  upstream_comes_up();
  EXPECT_TRUE(client_was_told(R"("type":"ready")"));
  EXPECT_FALSE(client_was_told("resume"));
}

TEST_F(ComingBack, the_call_goes_on_with_the_model_while_nobody_is_there) {
  begin_resumable();
  forget();
  breaks();
  EXPECT_TRUE(session->is_client_away());
  reply_audio();
  upstream_says(R"({"serverContent":{"turnComplete":true}})");
  EXPECT_FALSE(finished);
  EXPECT_TRUE(client_texts.empty()) << "nobody is there to be told";
  EXPECT_EQ(client_audio_bytes, 0u);
  returns(0);
  EXPECT_TRUE(
      client_texts.front().find(R"("resumed":true,"received":0,"resume":{"token":"token-two")") !=
      std::string::npos)
      << client_texts.front();
  EXPECT_EQ(client_audio_bytes, 6u);
  EXPECT_TRUE(client_was_told("turn_started"));
  EXPECT_TRUE(client_was_told("turn_complete"));
}

}  // namespace
}  // namespace livegate::session
