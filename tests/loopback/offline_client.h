// A Live API client over a real socket, for tests: a WebSocket on a loop of its own, and a test
// that waits for what comes, never for a while.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/limits.h"
#include "net/connector.h"
#include "net/loop.h"
#include "net/websocket.h"
#include "offline/live_session_facts.h"
#include "proto/gemini.h"

namespace livegate::offline {

inline constexpr std::string_view kLivePath =
    "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent";

// How long a test waits for something that has to come. Reached only by failures.
inline constexpr std::chrono::seconds kPatience{30};

class OfflineClient final : private net::WebSocket::Handler {
 public:
  struct Address {
    std::uint16_t port = 0;
    std::string path{kLivePath};
    std::string query;
    std::vector<std::pair<std::string, std::string>> headers;
  };

  OfflineClient() : thread_([this] { loop_.run(); }) {}
  ~OfflineClient() override {
    loop_.stop();
    thread_.join();
  }

  // Nothing if the upgrade was done, the HTTP status if it was refused.
  std::optional<int> connects(Address address) {
    net::Connector::Request request{
        .url = {.tls = false,
                .host = "127.0.0.1",
                .port = address.port,
                .path = std::move(address.path)},
        .secret_query = std::move(address.query),
        .headers = std::move(address.headers),
        .subprotocols = {},
        .options = {.message_bytes_max = limits::kUpstreamMessageBytesMax,
                    .outbox_bytes_max = limits::kUpstreamOutboxBytesMax},
        .tls = nullptr,
        .time_max = std::chrono::duration_cast<Millis>(kPatience)};
    std::promise<std::optional<int>> refused;
    auto result = refused.get_future();
    on_loop([&] {
      connector_ =
          net::Connector::open(loop_, std::move(request), [&](net::Connector::Outcome outcome) {
            if (!outcome) return refused.set_value(outcome.error().http_status);
            socket_ = std::move(*outcome);
            socket_->start(*this);
            refused.set_value(std::nullopt);
          });
    });
    return result.get();
  }

  void sends(std::string text, ws::Opcode opcode = ws::Opcode::text) {
    on_loop([&] {
      const std::span bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
      EXPECT_TRUE(socket_->send(opcode, bytes));
    });
  }
  void sends_audio(std::span<const std::int16_t> samples, int rate_hz) {
    constexpr std::size_t kChunk = 1600;  // 100 ms at 16 kHz
    for (std::size_t at = 0; at < samples.size(); at += kChunk) {
      std::string json;
      proto::append_realtime_audio(json, samples.subspan(at, std::min(kChunk, samples.size() - at)),
                                   rate_hz);
      sends(std::move(json));
    }
  }
  void types(std::string_view text) {
    std::string json;
    proto::append_client_text(json, "user", text, true);
    sends(std::move(json));
  }
  void answers_call(std::string_view id, std::string_view name) {
    std::string json;
    proto::append_tool_response(
        json, {.id = id, .name = name, .response_json = R"({"result":"ok"})", .scheduling = {}});
    sends(std::move(json));
  }
  void leaves() {
    on_loop([&] { socket_->close(1000, ""); });
    waits_until_closed();
  }

  // Waits until that many facts of the kind have come; false if they do not come.
  bool waits_for(std::string_view what, std::size_t count = 1) {
    std::unique_lock lock(mutex_);
    const bool came = changed_.wait_for(
        lock, kPatience, [&] { return count_facts(facts_, what) >= count || closed_.has_value(); });
    return came && count_facts(facts_, what) >= count;
  }
  bool waits_until_closed() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return closed_.has_value(); });
  }

  [[nodiscard]] std::vector<Fact> facts() const {
    const std::lock_guard lock(mutex_);
    return facts_;
  }
  [[nodiscard]] net::Closed closed() const {
    const std::lock_guard lock(mutex_);
    return closed_.value_or(net::Closed{});
  }
  [[nodiscard]] bool only_binary() const {
    const std::lock_guard lock(mutex_);
    return only_binary_;
  }
  // The last message with a toolCall, as it came.
  [[nodiscard]] std::string last_call() const {
    const std::lock_guard lock(mutex_);
    return last_call_;
  }
  void forgets() {
    const std::lock_guard lock(mutex_);
    facts_.clear();
  }

 private:
  void on_loop(const std::function<void()>& work) {
    std::promise<void> done;
    auto finished = done.get_future();
    loop_.post([&] {
      work();
      done.set_value();
    });
    finished.get();
  }

  void on_message(ws::Opcode opcode, PaddedText payload) override {
    const std::lock_guard lock(mutex_);
    only_binary_ = only_binary_ && opcode == ws::Opcode::binary;
    if (payload.view().find("\"toolCall\"") != std::string_view::npos) last_call_ = payload.view();
    read_facts(payload.view(), decoder_, loop_.now(), facts_);
    changed_.notify_all();
  }
  void on_closed(const net::Closed& closed) override {
    const std::lock_guard lock(mutex_);
    closed_ = closed;
    changed_.notify_all();
  }

  net::Loop loop_;
  std::unique_ptr<net::Connector> connector_;
  std::unique_ptr<net::WebSocket> socket_;
  proto::GeminiDecoder decoder_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Fact> facts_;
  std::optional<net::Closed> closed_;
  bool only_binary_ = true;
  std::string last_call_;
  std::thread thread_;  // last: it uses the others
};

}  // namespace livegate::offline
