#include "server/front.h"

#include <algorithm>
#include <utility>

#include <malloc.h>

#include "base/limits.h"
#include "policy/access.h"
#include "server/web_assets.h"
#include "ws/handshake.h"

namespace livegate::server {
namespace {

constexpr std::string_view kNativePath = "/v1/live";
constexpr std::string_view kNativeProtocol = "livegate.v1";
constexpr std::string_view kOfflineNotice =
    "This is the offline assistant: it runs inside the gateway, without a key and without a "
    "network, and "
    "understands a small set of home commands.";

// Sockets of one shard that are being told why they are not wanted; more are told over HTTP.
constexpr std::size_t kFarewellsMax = 128;

// Of whom will be turned away nothing is read but the answer to the close.
constexpr std::size_t kRefusedMessageBytesMax = 1024;
constexpr std::size_t kRefusedOutboxBytesMax = 4096;

constexpr std::size_t kLoggedOriginBytesMax = 200;

// The page asks for nothing from elsewhere, and nobody may frame it.
constexpr std::string_view kPagePolicy =
    "default-src 'self'; connect-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'none'";

Admission::Refusal too_many_failures(Millis wait) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
  return {.code = "too_many_failed_logins",
          .message =
              "limits.failed_logins_per_minute: too many wrong tokens came from this "
              "address; try again in " +
              std::to_string(seconds) + " s.",
          .retry_after = wait,
          .metric = obs::Metric::refused_failed_logins};
}

// What a JWT lets its user spend in a day, where it says so.
std::optional<meter::MicroUsd> day_budget(const Users::Entry& entry) {
  const auto& dollars = entry.claims.limits.budget_usd_per_day;
  return dollars ? std::optional(meter::micro_usd_from(*dollars)) : std::nullopt;
}

net::HttpResponse text_response(int status, std::string body) {
  net::HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

net::HttpResponse page_response(const net::HttpRequest& request,
                                const std::shared_ptr<const WebAsset>& file) {
  const WebAsset& asset = *file;
  net::HttpResponse response;
  response.content_type = asset.content_type;
  const bool compressed =
      !asset.gzip.empty() && ws::header_has_token(request.header("Accept-Encoding"), "gzip");
  if (ws::header_has_token(request.header("If-None-Match"), asset.etag)) {
    response.status = 304;
  } else {
    response.shared_body = {file, compressed ? &asset.gzip : &asset.body};
    if (compressed) response.headers.emplace_back("Content-Encoding", "gzip");
  }
  const std::initializer_list<std::pair<std::string, std::string>> more = {
      {"Vary", "Accept-Encoding"},
      {"ETag", asset.etag},
      {"Content-Security-Policy", std::string(kPagePolicy)},
      {"X-Content-Type-Options", "nosniff"},
      {"Referrer-Policy", "no-referrer"},
      {"Permissions-Policy", "microphone=(self), camera=(self), display-capture=(self)"},
      {"Cache-Control", "no-cache"}};
  response.headers.insert(response.headers.end(), more);
  return response;
}

bool offers_protocol(const net::HttpRequest& request, std::string_view protocol) {
  return ws::header_has_token(request.header("Sec-WebSocket-Protocol"), protocol);
}

// malloc returns of itself only what is free at the end of an arena. 40 ms for 300 MB: only where
// no conversation has to wait for it.
void give_back_heap() { ::malloc_trim(0); }

}  // namespace

bool is_live_path(std::string_view path) {
  // "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent" and its kin:
  // the service and version between vary with the SDK and the platform, the method does not.
  // Firebase AI Logic names a place behind it: ".../BidiGenerateContent/locations/us-central1".
  if (path.find("/ws/") == std::string_view::npos) return false;
  constexpr std::string_view kPlace = "/locations/";
  const std::size_t last = path.rfind('/');
  const std::string_view before_last = path.substr(0, last + 1);
  if (before_last.ends_with(kPlace) && last + 1 < path.size())
    path = before_last.substr(0, before_last.size() - kPlace.size());
  for (const std::string_view method : {"BidiGenerateContent", "BidiGenerateContentConstrained"}) {
    if (!path.ends_with(method) || path.size() == method.size()) continue;
    const char before = path[path.size() - method.size() - 1];
    if (before == '.' || before == '/') return true;
  }
  return false;
}

// Says why, closes, and waits for the socket to be gone.
class Front::Farewell final : public net::WebSocket::Handler {
 public:
  Farewell(Front& front, std::unique_ptr<net::WebSocket> socket)
      : front_(front), socket_(std::move(socket)) {
    socket_->start(*this);
  }
  [[nodiscard]] net::WebSocket& socket() { return *socket_; }
  void on_message(ws::Opcode, PaddedText) override {}
  void on_closed(const net::Closed&) override {
    front_.farewells_.remove_if([this](const auto& one) { return one.get() == this; });
  }

 private:
  Front& front_;
  std::unique_ptr<net::WebSocket> socket_;
};

Front::Front(Shared& shared, net::Loop& loop, obs::ShardMetrics& counters, Rng rng)
    : shared_(shared),
      loop_(loop),
      counters_(counters),
      rng_(rng),
      tools_{loop_,        codecs_,        actions_,         shared.dialer,   shared.log,
             counters,     shared.metrics, shared.directory, shared.users,    shared.recordings,
             shared.watch, shared.learned, shared.spending,  shared.admission} {}

Front::~Front() = default;

// ---- HTTP

net::HttpResponse Front::on_request(const net::HttpRequest& request) {
  if (Users::is_token_path(request.path)) return mint(request);
  if (request.method != "GET" && request.method != "HEAD") {
    auto response =
        refusal_of(request.path, 405, "UNIMPLEMENTED",
                   "Only GET is answered here: this gateway serves the Live API over WebSocket, "
                   "and no other method.");
    response.headers = {{"Allow", "GET, HEAD"}};
    return response;
  }
  if (request.path == "/healthz") return text_response(200, "ok\n");
  if (request.path == "/readyz") return readiness();
  if (request.path == "/metrics") return metrics(request);
  if (request.path == kNativePath || is_live_path(request.path)) {
    auto response =
        refusal_of(request.path, 426, "FAILED_PRECONDITION",
                   "This path speaks WebSocket: docs/wire-browser.md, docs/wire-gemini.md.");
    response.headers = {{"Upgrade", "websocket"}};
    return response;
  }
  const bool page = shared_.config->admission.page;
  if (const auto asset = page ? shared_.config.get()->web.find(request.path) : nullptr)
    return page_response(request, asset);
  return refusal_of(request.path, 404, "NOT_FOUND",
                    page ? "There is nothing here. The page is at /, conversations are at /v1/live."
                         : "There is nothing here. Conversations are at /v1/live.");
}

net::HttpResponse Front::metrics(const net::HttpRequest& request) {
  if (!shared_.admission.may_read_metrics(request)) {
    counters_.add(obs::Metric::refused_metrics);
    audit_refusal(request, {}, "metrics_refused", "neither metrics.token nor metrics.allow fits");
    return refusal_of(request.path, 403, "PERMISSION_DENIED",
                      "/metrics is for those whom metrics.token or metrics.allow names.");
  }
  auto response =
      text_response(200, shared_.metrics.text() + shared_.spending.metrics(Spending::wall_clock()));
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  return response;
}

net::HttpResponse Front::mint(const net::HttpRequest& request) {
  if (const auto refusal = shared_.admission.may_mint(request, loop_.now())) {
    return refuse(request, {}, *refusal);
  }
  auto response = shared_.users.mint(request, loop_.now());
  if (response.status == 200) shared_.admission.minted(request, loop_.now());
  if (response.status == 401 || response.status == 403 || response.status == 429) {
    audit_refusal(request, {}, std::to_string(response.status), "no token is handed out");
  }
  if (response.status != 401) return response;
  const auto wait =
      shared_.admission.login_failed(shared_.admission.address_of(request), loop_.now());
  if (wait) return refuse(request, {}, too_many_failures(*wait));
  counters_.add(obs::Metric::refused_unauthorized);
  return response;
}

net::HttpResponse Front::readiness() const {
  if (shared_.draining) return text_response(503, "shutting down\n");
  if (shared_.admission.is_full()) return text_response(503, "full: every session is taken\n");
  const UpstreamWatch* const watch = shared_.watch;
  if (watch != nullptr && watch->state() != UpstreamState::good)
    return text_response(503, watch->sentence() + '\n');
  return text_response(200, "ready\n");
}

// ---- upgrades

std::variant<net::Service::Accept, net::HttpResponse> Front::on_upgrade(
    const net::HttpRequest& request) {
  const bool native = request.path == kNativePath;
  if (!native && !is_live_path(request.path)) {
    return refusal_of(
        request.path, 404, "NOT_FOUND",
        "No conversations here. Native: /v1/live. Live API: /ws/google.ai.generativelanguage."
        "v1beta.GenerativeService.BidiGenerateContent.");
  }
  if (shared_.draining)
    return refusal_of(request.path, 503, "UNAVAILABLE", "This gateway is shutting down.");

  Accept accept;
  accept.options = {.message_bytes_max = limits::kClientMessageBytesMax,
                    .outbox_bytes_max = limits::kClientOutboxBytesMax};
  if (auto refused = page_allowed(request) ? admit(request) : refuse_page(request)) return *refused;
  if (!page_allowed(request) || !entry_.allowed) {
    accept.options = {.message_bytes_max = kRefusedMessageBytesMax,
                      .outbox_bytes_max = kRefusedOutboxBytesMax};
  }
  if (native) accept.options.binary_piece_bytes = limits::kAudioPieceBytes;
  if (native && offers_protocol(request, kNativeProtocol)) accept.subprotocol = kNativeProtocol;
  return accept;
}

// Before the upgrade: what is refused costs no socket.
std::optional<net::HttpResponse> Front::refused_for_budget(const net::HttpRequest& request,
                                                           const Users::Entry& entry) {
  const meter::Verdict verdict =
      shared_.spending.may_begin(entry.user, Spending::wall_clock(), day_budget(entry));
  if (verdict.level != meter::Level::hard) return std::nullopt;
  if (entry.grant && !entry.only_resume) shared_.users.went_on(*entry.grant);  // no use is spent
  const std::string why = meter::sentence(verdict);
  audit_refusal(request, entry.user, "budget_spent", why);
  auto response = refusal_of(request.path, 429, "RESOURCE_EXHAUSTED", why);
  if (verdict.renews_in)
    response.headers.emplace_back("Retry-After", std::to_string(verdict.renews_in->count()));
  return response;
}

// Many clients cannot read an answer that is no 101, and those of the Live API wait for the
// service's own close: as long as there is room they are let in to be told why they may not stay.
std::optional<net::HttpResponse> Front::refuse_page(const net::HttpRequest& request) {
  if (farewells_.size() < kFarewellsMax) return std::nullopt;
  counters_.add(obs::Metric::refused_origin);
  return refusal_of(request.path, 403, "PERMISSION_DENIED",
                    origin_refusal(request.header("Origin")));
}

std::optional<net::HttpResponse> Front::admit(const net::HttpRequest& request) {
  const Instant now = loop_.now();
  const std::string address = shared_.admission.address_of(request);
  entry_ = shared_.users.enter(request, now);
  if (entry_.allowed) {
    if (auto refused = refused_for_budget(request, entry_)) return refused;
    const auto refusal = shared_.admission.connects(entry_.user, address, now);
    if (!refusal) return std::nullopt;
    if (entry_.grant && !entry_.only_resume) shared_.users.went_on(*entry_.grant);
    return refuse(request, entry_.user, *refusal);
  }
  if (const auto wait = shared_.admission.login_failed(address, now)) {
    return refuse(request, {}, too_many_failures(*wait));
  }
  if (farewells_.size() < kFarewellsMax) return std::nullopt;
  counters_.add(obs::Metric::refused_unauthorized);
  audit_refusal(request, {}, entry_.code, entry_.message);
  return refusal_of(request.path, 401, "UNAUTHENTICATED", entry_.message);
}

// In few words, and before anything is done for the client.
net::HttpResponse Front::refuse(const net::HttpRequest& request, std::string_view user,
                                const Admission::Refusal& why) {
  counters_.add(why.metric);
  audit_refusal(request, user, why.code, why.message);
  auto response = refusal_of(request.path, 429, "RESOURCE_EXHAUSTED", why.message);
  tell_when(response, why.retry_after);
  return response;
}

bool Front::page_allowed(const net::HttpRequest& request) const {
  return policy::origin_allowed(request.header("Origin"), request.header("Host"),
                                shared_.config->allowed_origins);
}

void Front::on_websocket(const net::HttpRequest& request, std::unique_ptr<net::WebSocket> socket) {
  const auto kind =
      request.path == kNativePath ? session::ClientKind::native : session::ClientKind::live;
  if (!page_allowed(request)) return turn_away_page(kind, request, std::move(socket));
  ClientIdentity identity{.origin = std::string(request.header("Origin")),
                          .address = shared_.admission.address_of(request)};
  const Users::Entry entry = std::exchange(entry_, {});
  if (!entry.allowed) {
    counters_.add(obs::Metric::refused_unauthorized);
    audit_refusal(request, {}, entry.code, entry.message);
    return turn_away(kind, std::move(socket), entry.code, entry.message, entry.native_close,
                     entry.live_close, entry.live_reason);
  }
  if (!entry.user.empty()) {
    shared_.log.say(obs::LogLevel::info, {{}, identity.address, entry.user}, "connects");
  }
  identity.user = entry.user;
  identity.day_budget = day_budget(entry);
  identity.grant = entry.grant;
  if (entry.grant && !entry.only_resume) identity.counted = ClientIdentity::Counted::begun;
  begin_session(session_config(kind, request, entry), std::move(socket), std::move(identity));
}

// What clients can cause at will is counted by its metric, and not each time a line.
void Front::audit_refusal(const net::HttpRequest& request, std::string_view user,
                          std::string_view code, std::string_view why) {
  if (!tools_.refusals_logged.take(loop_.now())) return;
  const std::string address = shared_.admission.address_of(request);
  shared_.log.audit({{}, address, user}, "refused {} ({}): {}", request.path, code, why);
}

void Front::turn_away_page(session::ClientKind kind, const net::HttpRequest& request,
                           std::unique_ptr<net::WebSocket> socket) {
  const std::string_view origin = request.header("Origin");
  counters_.add(obs::Metric::refused_origin);
  audit_refusal(request, {}, "origin_refused",
                "a page of the origin " + shown_origin(origin, kLoggedOriginBytesMax) +
                    " was refused: it is not in server.allowed_origins");
  const std::string sentence = origin_refusal(origin);
  turn_away(kind, std::move(socket), "origin_refused", sentence, 1008, 1008, sentence);
}

void Front::turn_away(session::ClientKind kind, std::unique_ptr<net::WebSocket> socket,
                      std::string_view code, std::string_view message, std::uint16_t native_close,
                      std::uint16_t live_close, std::string_view live_reason) {
  farewells_.push_back(std::make_unique<Farewell>(*this, std::move(socket)));
  net::WebSocket& leaving = farewells_.back()->socket();
  const session::Goodbye goodbye =
      session::goodbye(kind, {native_close, live_close}, code,
                       kind == session::ClientKind::live ? live_reason : message);
  if (!goodbye.message.empty()) leaving.send_text(goodbye.message);
  leaving.close(goodbye.close_code, goodbye.close_reason);
}

// ---- sessions

void Front::begin_session(session::SessionConfig config, std::unique_ptr<net::WebSocket> socket,
                          ClientIdentity identity) {
  const std::uint64_t number = next_number_++;
  const SessionDirectory::Place place{.loop = &loop_, .front = this, .number = number};
  const auto admission = shared_.admission.arrive(identity.user, identity.address, place);
  SessionStart start{.config = std::move(config),
                     .client = std::move(socket),
                     .identity = std::move(identity),
                     .place = place,
                     .admission = admission,
                     .rng = Rng(rng_.next()),
                     .began = loop_.now()};
  const config::ClientLimits limits = shared_.config->client_limits;
  start.rates = config::session_rates(limits);
  if (!start.identity.user.empty()) {
    start.user_allowance =
        shared_.allowances.of(start.identity.user, config::user_rates(limits), loop_.now());
  }
  start.recorder = some_recorder(start);
  sessions_.emplace(number, std::make_unique<SessionDriver>(
                                tools_, std::move(start), [this, number] { end_session(number); }));
}

// For a share of the sessions.
std::unique_ptr<recording::Recorder> Front::some_recorder(const SessionStart& start) {
  const std::shared_ptr<const config::Config> settings = shared_.config.config();
  const config::Config& from = *settings;
  if (shared_.recordings == nullptr || rng_.uniform() >= from.recorder_share) return nullptr;
  const recording::Recorder::Options options{.speech = from.recorder_speech,
                                             .salt = rng_.next(),
                                             .bytes_max = from.recorder_session_bytes_max};
  return std::make_unique<recording::Recorder>(options, start.config, start.rng.state(),
                                               start.began);
}

void Front::end_session(std::uint64_t number) {
  {
    const auto driver = sessions_.extract(number);
    if (!driver.mapped()->has_begun()) return end_drain();
  }
  if (shared_.admission.is_empty()) loop_.post(give_back_heap);
  end_drain();
}

void Front::end_drain() {
  if (sessions_.empty() && drained_) std::exchange(drained_, nullptr)();
}

void Front::arrive(std::uint64_t number, Arrival& arrival) {
  const auto driver = sessions_.find(number);
  const bool taken = driver != sessions_.end() && driver->second->take_over(arrival);
  const SessionDirectory::Place from = arrival.from;
  if (taken) return from.loop->post([from] { from.front->client_moved(from.number); });
  auto back = std::make_shared<Arrival>(std::move(arrival));
  from.loop->post([from, back] { from.front->client_refused(from.number, *back); });
}

void Front::client_moved(std::uint64_t number) {
  if (const auto driver = sessions_.find(number); driver != sessions_.end())
    driver->second->client_moved();
}

void Front::client_refused(std::uint64_t number, Arrival& arrival) {
  if (const auto driver = sessions_.find(number); driver != sessions_.end())
    driver->second->client_refused(arrival);
}

void Front::lose_place(std::uint64_t number) {
  counters_.add(obs::Metric::gave_way);
  if (const auto driver = sessions_.find(number); driver != sessions_.end())
    driver->second->lose_place();
}

void Front::when_empty(std::function<void()> empty) {
  if (sessions_.empty()) return empty();
  drained_ = std::move(empty);
}

void Front::budget_spent(const std::optional<std::string>& user, const meter::Verdict& verdict) {
  for (const auto& [number, driver] : sessions_) {
    if (!user || driver->user() == *user) driver->budget_spent(verdict);
  }
}

void Front::drain(Millis time_max, std::function<void()> drained) {
  if (sessions_.empty()) return drained();
  when_empty(std::move(drained));
  for (const auto& [number, driver] : sessions_) driver->drain(time_max);
}

session::SessionConfig Front::session_config(session::ClientKind kind,
                                             const net::HttpRequest& request,
                                             const Users::Entry& entry) {
  const std::shared_ptr<const Settings> settings = shared_.config.get();
  const config::Config& from = settings->config;
  session::SessionConfig config;
  config.id = new_session_id();
  config.client = kind;
  config.live_wire = session::live_wire_of(request.path, request.header("User-Agent"),
                                           request.header("x-goog-api-client"));
  config.upstream_name = from.offline() ? "offline" : "gemini";
  if (from.offline()) config.notice = kOfflineNotice;
  config.default_model = from.model;
  config.facts = from.facts;
  shared_.learned.append_to(config.facts);
  config.pinned_model = from.pinned_model;
  config.pinned_voice = from.pinned_voice;
  config.pinned_system_instruction = from.pinned_system_instruction;
  config.pinned_tools_json = from.pinned_tools_json;
  if (entry.grant) {
    config.token_setup = entry.grant->setup;
    config.token_mask = entry.grant->mask;
    config.expires_at = entry.grant->expires_at;
    config.only_resume = entry.only_resume;
  }
  if (!entry.claims.model.empty()) config.pinned_model = entry.claims.model;
  if (!entry.claims.voice.empty()) config.pinned_voice = entry.claims.voice;
  if (!entry.claims.instruction.empty()) {
    config.pinned_system_instruction = entry.claims.instruction;
  }
  if (entry.expires_at) config.expires_at = entry.expires_at;
  config.uplink =
      kind == session::ClientKind::native ? settings->hearing.native : settings->hearing.live;
  config.tell_heard = from.tell_heard;
  config.resume_grace = from.resume_grace;
  config.resume_token = new_resume_token(config.id);
  config.time_max = std::chrono::minutes(from.client_limits.session_minutes);
  config.idle_max = std::chrono::minutes(from.client_limits.idle_minutes);
  config.connection_age_max = from.connection_age_max;
  // The embedded assistant may be slow on a busy machine, and is slower the more it is asked.
  config.watchdog = {.enabled = from.treats_stalls && !from.offline(),
                     .first_audio = from.stall_first_audio,
                     .starvation = from.stall_starvation,
                     .interrupt = from.stall_interrupt,
                     .tool = from.stall_tool,
                     .pace = tools_.pace};
  config.prices = from.metering.prices;
  config.budgets = from.metering.budgets;
  config.backoff = {.base = from.backoff_base,
                    .cap = from.backoff_cap,
                    .tries_max = from.tries_max,
                    .first_tries_max = from.first_tries_max};
  return config;
}

std::string Front::new_session_id() {
  constexpr std::string_view kAlphabet = "0123456789abcdefghijkmnpqrstuvwxyz";
  std::string id;
  for (int i = 0; i < 8; ++i) id += kAlphabet[rng_.next() % kAlphabet.size()];
  return id;
}

}  // namespace livegate::server
