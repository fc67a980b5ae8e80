#include "net/fetch.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/limits.h"
#include "net/http_attempt.h"

namespace livegate::net {
namespace {

class FetchAttempt final : public HttpAttempt {
 public:
  FetchAttempt(Loop& loop, Connector::Request request, std::function<void(Fetch::Outcome)> done)
      : HttpAttempt(loop, std::move(request)), done_(std::move(done)) {}

  void give_up() {
    done_ = nullptr;
    cancel();
  }

 private:
  [[nodiscard]] Headers own_headers() const override { return {{"Connection", "close"}}; }
  [[nodiscard]] std::string_view version() const override { return "HTTP/1.0"; }
  [[nodiscard]] std::string_view goal() const override { return "no answer from"; }
  void on_head() override;
  void on_failed(ConnectError error) override { finish(Unexpected{std::move(error)}); }
  void read_body();
  void finish(Fetch::Outcome outcome);
  [[nodiscard]] FetchedPage page();

  std::function<void(Fetch::Outcome)> done_;
  std::size_t length_ = limits::kFetchBytesMax;
};

void FetchAttempt::on_head() {
  const std::string said = parser().header("Content-Length");
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(said.data(), said.data() + said.size(), length);
  if (error == std::errc() && !said.empty()) length_ = std::min(length, length_);
  if (received().size() >= length_) return finish(page());
  read_body();
}

void FetchAttempt::read_body() {
  if (over()) return;
  const auto buffer = loop().impl().receive_buffer();
  const IoResult result = stream()->read(buffer);
  const auto bytes = buffer.first(result.bytes);
  received().insert(received().end(), bytes.begin(), bytes.end());
  if (received().size() >= length_) return finish(page());
  const auto again = [self = std::static_pointer_cast<FetchAttempt>(shared_from_this())] {
    self->read_body();
  };
  switch (result.state) {
    case IoState::done:
      return loop().post(again);
    case IoState::blocked_on_read:
      return stream()->wait_readable(again);
    case IoState::blocked_on_write:
      return stream()->wait_writable(again);
    case IoState::ended:
      return finish(page());
    case IoState::failed:
      return fail(ConnectFault::upgrade,
                  "the connection to " + host_and_port() + " failed: " + stream()->error());
  }
}

FetchedPage FetchAttempt::page() {
  FetchedPage page{.status = parser().status(), .date = parser().header("Date"), .body = {}};
  const std::size_t size = std::min(received().size(), length_);
  page.body.assign(received().begin(), received().begin() + static_cast<std::ptrdiff_t>(size));
  return page;
}

void FetchAttempt::finish(Fetch::Outcome outcome) {
  const auto self = shared_from_this();
  const auto done = std::exchange(done_, nullptr);
  stop();
  if (done) done(std::move(outcome));
}

class FetchImpl final : public Fetch {
 public:
  explicit FetchImpl(std::shared_ptr<FetchAttempt> attempt) : attempt_(std::move(attempt)) {}
  ~FetchImpl() override { attempt_->give_up(); }

 private:
  std::shared_ptr<FetchAttempt> attempt_;
};

}  // namespace

std::unique_ptr<Fetch> Fetch::open(Loop& loop, Connector::Request request,
                                   std::function<void(Outcome)> done) {
  auto attempt = std::make_shared<FetchAttempt>(loop, std::move(request), std::move(done));
  attempt->begin();
  return std::make_unique<FetchImpl>(std::move(attempt));
}

}  // namespace livegate::net
