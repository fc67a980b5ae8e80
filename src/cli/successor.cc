#include "cli/successor.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX has it in no header

namespace livegate::cli {
namespace {

constexpr const char* kSocketVariable = "LIVEGATE_LISTENING_SOCKET";
constexpr const char* kReadyVariable = "LIVEGATE_READY_PIPE";
// Where the two stand in the new process; all behind them is closed there.
constexpr int kSocketThere = 3;
constexpr int kReadyThere = 4;

std::string failure(const char* what, int error) {
  return std::string(what) + ": " + std::system_category().message(error);
}

std::vector<std::string> own_arguments() {
  std::ifstream in("/proc/self/cmdline", std::ios::binary);
  const std::string all((std::istreambuf_iterator<char>(in)), {});
  std::vector<std::string> arguments;
  for (std::size_t at = 0; at < all.size();) {
    const std::size_t end = all.find('\0', at);
    arguments.push_back(all.substr(at, end - at));
    at = end == std::string::npos ? all.size() : end + 1;
  }
  return arguments;
}

std::vector<std::string> environment_of_successor() {
  std::vector<std::string> variables;
  for (char** each = environ; *each != nullptr; ++each) variables.emplace_back(*each);
  variables.push_back(std::string(kSocketVariable) + "=" + std::to_string(kSocketThere));
  variables.push_back(std::string(kReadyVariable) + "=" + std::to_string(kReadyThere));
  return variables;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (std::string& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

// 0 or the error. Both descriptors stand above those where they go.
int spawn(const std::string& program, int listening_socket, int ready, pid_t& pid) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&files);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_adddup2(&files, listening_socket, kSocketThere);
  posix_spawn_file_actions_adddup2(&files, ready, kReadyThere);
  // Sockets of our sessions among them, whose peers would not see us close.
  posix_spawn_file_actions_addclosefrom_np(&files, kReadyThere + 1);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  std::vector<std::string> arguments = own_arguments();
  std::vector<std::string> variables = environment_of_successor();
  const int error = ::posix_spawn(&pid, program.c_str(), &files, &attributes,
                                  pointers(arguments).data(), pointers(variables).data());
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  return error;
}

std::optional<int> number_in(const char* variable) {
  const char* const text = std::getenv(variable);
  if (text == nullptr) return std::nullopt;
  const std::string_view view = text;
  int value = -1;
  const auto [end, error] = std::from_chars(view.data(), view.data() + view.size(), value);
  ::unsetenv(variable);
  if (error != std::errc{} || end != view.data() + view.size() || value < 0) return std::nullopt;
  return value;
}

}  // namespace

std::string own_program() {
  std::error_code failed;
  return std::filesystem::read_symlink("/proc/self/exe", failed).string();
}

Result<std::unique_ptr<Successor>, std::string> Successor::start(const std::string& program,
                                                                 int listening_socket) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
    return Unexpected{failure("no pipe", errno)};
  }
  const int socket = ::fcntl(listening_socket, F_DUPFD_CLOEXEC, kReadyThere + 1);
  const int ready = ::fcntl(pipe[1], F_DUPFD_CLOEXEC, kReadyThere + 1);
  ::close(pipe[1]);
  pid_t pid = 0;
  const int error = socket < 0 || ready < 0 ? EMFILE : spawn(program, socket, ready, pid);
  if (socket >= 0) ::close(socket);
  if (ready >= 0) ::close(ready);
  if (error != 0) {
    ::close(pipe[0]);
    return Unexpected{failure(program.c_str(), error)};
  }
  return std::unique_ptr<Successor>(new Successor(pid, pipe[0]));
}

Successor::~Successor() { ::close(ready_); }

bool Successor::took_over() const {
  char byte = 0;
  return ::read(ready_, &byte, 1) == 1;
}

void Successor::kill() {
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

std::optional<Inheritance> take_inheritance() {
  const auto socket = number_in(kSocketVariable);
  const auto ready = number_in(kReadyVariable);
  if (!socket || !ready) return std::nullopt;
  for (const int descriptor : {*socket, *ready}) ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  return Inheritance{*socket, *ready};
}

void say_taken_over(const Inheritance& inheritance) {
  [[maybe_unused]] const auto written = ::write(inheritance.ready, "1", 1);
  ::close(inheritance.ready);
}

}  // namespace livegate::cli
