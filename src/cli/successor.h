// A new process of this program, with the same arguments, to which the listening socket is handed
// on; and what such a process finds of it.
//
// Decides how the two speak: the socket and the end of a pipe are open in the new process, two
// variables of the environment name them, and a byte in the pipe says that it has taken over.
// Leaves to serve what the old one does then.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <sys/types.h>

#include "base/result.h"

namespace livegate::cli {

class Successor {
 public:
  // Starts what stands now at `program`. `listening_socket` stays ours too. The error is one
  // sentence.
  static Result<std::unique_ptr<Successor>, std::string> start(const std::string& program,
                                                               int listening_socket);
  ~Successor();  // goes on by itself
  Successor(const Successor&) = delete;
  Successor& operator=(const Successor&) = delete;

  // Can be read once took_over() has something to say.
  [[nodiscard]] int descriptor() const { return ready_; }
  [[nodiscard]] bool took_over() const;
  void kill();  // it has not, and is not to
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  Successor(pid_t pid, int ready) : pid_(pid), ready_(ready) {}
  pid_t pid_;
  int ready_;
};

// What a process that is a successor was given. Its variables are gone from the environment then.
struct Inheritance {
  int listening_socket = -1;
  int ready = -1;
};
[[nodiscard]] std::optional<Inheritance> take_inheritance();
// The predecessor may stop listening.
void say_taken_over(const Inheritance& inheritance);

// Where this program stands. To be asked early: once another has been put in its place, the answer
// is a file that is deleted.
[[nodiscard]] std::string own_program();

}  // namespace livegate::cli
