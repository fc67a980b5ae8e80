// The tokens with which one session's client may come back: good once, and until then as often as
// it takes.
//
// Decides which token opens the session now. Leaves to the server where tokens come from and whose
// they are.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace livegate::policy {

class ResumeTokens {
 public:
  // `first` is the one the client was told first; empty: nothing opens this session.
  explicit ResumeTokens(std::string first) : offered_(std::move(first)) {}

  // Takes the same time whichever byte is wrong.
  [[nodiscard]] bool open(std::string_view presented) const;
  // `presented`, which opens the session, has opened a connection, over which `next` was offered.
  // It may be tried again: the client may never have learned of the next one.
  void taken(std::string_view presented, std::string next);
  // The client has shown that it has the newest one.
  void spend() { opened_.clear(); }

 private:
  std::string offered_;
  std::string opened_;  // the connection that is there now; empty: spent
};

}  // namespace livegate::policy
