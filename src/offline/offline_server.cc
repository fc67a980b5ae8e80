#include "offline/offline_server.h"

#include <chrono>
#include <cstdio>
#include <random>
#include <thread>
#include <unordered_map>
#include <utility>
#include <variant>

#include "base/limits.h"
#include "net/listener.h"
#include "net/loop.h"
#include "net/tls.h"
#include "offline/live_session_handles.h"
#include "offline/offline_server_connection.h"
#include "offline/offline_server_grammars.h"
#include "offline/offline_server_request.h"
#include "speech/recognizer.h"
#include "speech/synthesizer.h"

namespace livegate::offline {
namespace {

constexpr std::string_view kWhatThisIs =
    "This is Livegate's offline assistant, not Gemini: it speaks the Live API's wire at "
    "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent and understands "
    "a "
    "small set of spoken commands, without a key and without a network.\n";

// Read once for each session: no client can compute another one's handles from its own.
std::uint64_t system_seed() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

// 256 bits as hexadecimal digits: nobody guesses a token.
std::string system_secret() {
  std::random_device device;
  std::string digits;
  for (int i = 0; i < 8; ++i) {
    char part[9];
    std::snprintf(part, sizeof part, "%08x", device());
    digits += part;
  }
  return digits;
}

class Server final : public OfflineServer, private net::Service, private ConnectionHost {
 public:
  Server(const OfflineOptions& options, obs::Log& log,
         std::unique_ptr<speech::Recognizer> recognizer,
         std::unique_ptr<speech::Synthesizer> synthesizer)
      : options_(options),
        log_(log),
        recognizer_(std::move(recognizer)),
        synthesizer_(std::move(synthesizer)),
        grammars_(std::make_unique<GrammarCompiler>(*recognizer_)) {
    handles_.set_time_max(options_.settings.handle_time);
  }

  ~Server() override {
    loop_.stop();
    if (thread_.joinable()) thread_.join();
    listener_.reset();
    connections_.clear();
    // Their threads still post to the loop, which ignores that, until they are gone.
    grammars_.reset();
    synthesizer_.reset();
    recognizer_.reset();
  }

  // The error is the listener's.
  std::optional<std::string> open() {
    net::Listener::Options address{.host = options_.host, .port = options_.port};
    if (!options_.tls_cert_file.empty() || !options_.tls_key_file.empty()) {
      auto tls = net::TlsContext::server(options_.tls_cert_file, options_.tls_key_file);
      if (!tls) return tls.error();
      address.tls = std::move(*tls);
    }
    address.on_trouble = [this](std::string_view sentence) {
      log_.warn("offline assistant: {}", sentence);
    };
    auto listener = net::Listener::open(address, {&loop_}, {this});
    if (!listener) return listener.error();
    listener_ = std::move(*listener);
    port_ = listener_->port();
    thread_ = std::thread([this] { loop_.run(); });
    log_.info("offline assistant (not Gemini) listens on {}:{}", options_.host, port_);
    return std::nullopt;
  }

  std::uint16_t port() const override { return port_; }

 private:
  net::HttpResponse on_request(const net::HttpRequest& request) override {
    const bool reads = request.method == "GET" || request.method == "HEAD";
    if (request.path == "/" && reads) return {.body = std::string(kWhatThisIs)};
    if (request.path == "/stats" && reads) {
      return {.content_type = "application/json", .body = book_.to_json()};
    }
    if (is_token_path(request.path) && request.method == "POST") return make_token(request);
    return refuse(404, "Not found: " + std::string(request.path) + ".", "NOT_FOUND");
  }

  // As the service tells an HTTP client what was wrong.
  static net::HttpResponse refuse(int status, std::string_view message, std::string_view name) {
    return {.status = status,
            .content_type = "application/json; charset=UTF-8",
            .body = proto::http_error_json(status, message, name)};
  }

  net::HttpResponse make_token(const net::HttpRequest& request) {
    switch (check_key(request, options_.key)) {
      case KeyCheck::passed:
        break;
      case KeyCheck::wrong:
        return refuse(400, "API key not valid. Please pass a valid API key.", "INVALID_ARGUMENT");
      default:
        return refuse(403, "Method doesn't allow unregistered callers.", "PERMISSION_DENIED");
    }
    const auto wanted = proto::read_auth_token_request(request.body);
    if (!wanted) return refuse(400, wanted.error(), "INVALID_ARGUMENT");
    std::string name = "auth_tokens/" + system_secret();
    const auto wall = std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now());
    const auto made = tokens_.create(*wanted, name, loop_.now(), wall);
    if (!made) return refuse(400, made.error(), "INVALID_ARGUMENT");
    return {.content_type = "application/json; charset=UTF-8",
            .body = proto::auth_token_json(name, to_rfc3339(made->expires_at),
                                           to_rfc3339(made->new_until))};
  }

  std::variant<Accept, net::HttpResponse> on_upgrade(const net::HttpRequest& request) override {
    if (!live_path(request.path)) {
      return refuse(404, "Not found: " + std::string(request.path) + ".", "NOT_FOUND");
    }
    if (connections_.size() >= limits::kSessionsDefaultMax) {
      return refuse(503, "Too many sessions.", "UNAVAILABLE");
    }
    return Accept{.subprotocol = {},
                  .options = {.message_bytes_max = limits::kClientMessageBytesMax,
                              .outbox_bytes_max = limits::kClientOutboxBytesMax}};
  }

  void on_websocket(const net::HttpRequest& request,
                    std::unique_ptr<net::WebSocket> socket) override {
    const std::uint64_t id = ++last_id_;
    const LivePath path = live_path(request.path).value_or(LivePath{});
    Admission admission = admit(request, path, options_.key, tokens_);
    const LiveSessionOptions options{.id = id,
                                     .key = admission.check,
                                     .api_version = path.version,
                                     .silence_ms = options_.silence_ms,
                                     .settings = options_.settings,
                                     .vertex = path.vertex,
                                     .token = std::move(admission.token)};
    LiveSessionParts session_parts{
        .decoder = decoder_,
        .handles = handles_,
        .knows_word = [this](const std::string& word) { return recognizer_->knows_word(word); },
        .make_vad =
            [](int aggressiveness) { return audio::make_webrtc_vad(aggressiveness, kEarFrameMs); },
        .book = &book_,
        .seed = system_seed()};
    const ConnectionParts parts{.host = *this,
                                .loop = loop_,
                                .recognizer = *recognizer_,
                                .synthesizer = *synthesizer_,
                                .grammars = *grammars_,
                                .log = log_,
                                .report = options_.report};
    auto connection =
        std::make_unique<Connection>(parts, options, std::move(session_parts), std::move(socket));
    Connection& added = *connection;
    connections_.emplace(id, std::move(connection));
    log_.info("offline session {} opened, {} open", id, connections_.size());
    added.start();
  }

  void post_to(std::uint64_t id, std::function<void(Connection&)> work) override {
    loop_.post([this, id, work = std::move(work)] {
      const auto found = connections_.find(id);
      if (found != connections_.end()) work(*found->second);
    });
  }

  void on_finished(std::uint64_t id) override {
    loop_.post([this, id] { connections_.erase(id); });
  }

  OfflineOptions options_;
  obs::Log& log_;
  net::Loop loop_;
  std::unique_ptr<speech::Recognizer> recognizer_;
  std::unique_ptr<speech::Synthesizer> synthesizer_;
  std::unique_ptr<GrammarCompiler> grammars_;
  proto::GeminiDecoder decoder_;  // one thread, one message at a time
  HandleStore handles_;
  ConversationBook book_;
  AuthTokenStore tokens_;
  std::uint64_t last_id_ = 0;
  std::unordered_map<std::uint64_t, std::unique_ptr<Connection>> connections_;
  std::unique_ptr<net::Listener> listener_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<OfflineServer>, std::string> OfflineServer::start(
    const OfflineOptions& options, obs::Log& log) {
  const int threads =
      options.recognizer_threads > 0 ? options.recognizer_threads : speech::default_threads();
  auto recognizer = speech::Recognizer::open({.threads = threads, .work = {}});
  if (!recognizer) return Unexpected{recognizer.error()};
  auto server =
      std::make_unique<Server>(options, log, std::move(*recognizer), speech::Synthesizer::open());
  if (auto error = server->open()) return Unexpected{std::move(*error)};
  return std::unique_ptr<OfflineServer>(std::move(server));
}

}  // namespace livegate::offline
