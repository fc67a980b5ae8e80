#include "recording/record.h"

#include <type_traits>
#include <utility>
#include <variant>

namespace livegate::recording {
namespace {

using session::Event;

constexpr std::uint64_t kRenewsInMax = 366 * 86'400;  // seconds

std::uint32_t epoch_of(Reader& in) { return static_cast<std::uint32_t>(in.number(0xffffffff)); }

std::chrono::nanoseconds time(Reader& in) {
  return std::chrono::nanoseconds(
      static_cast<std::int64_t>(in.number(static_cast<std::uint64_t>(kLongest.count()))));
}

template <class T>
Event read_event(Reader& in, Record& record) {
  if constexpr (std::is_same_v<T, session::ClientText>) {
    record.payload.assign(in.bytes());
    return session::ClientText{record.payload.text()};
  } else if constexpr (std::is_same_v<T, session::ClientBinary>) {
    record.payload.assign(in.bytes());
    return session::ClientBinary{record.payload.text()};
  } else if constexpr (std::is_same_v<T, session::ClientAudioPiece>) {
    record.payload.assign(in.bytes());
    return session::ClientAudioPiece{record.payload.text()};
  } else if constexpr (std::is_same_v<T, session::ClientLimited>) {
    return session::ClientLimited{in.bytes()};
  } else if constexpr (std::is_same_v<T, session::ClientGone>) {
    const bool may_return = in.flag();
    return session::ClientGone{may_return, in.number()};
  } else if constexpr (std::is_same_v<T, session::ClientReturned>) {
    const bool counts = in.flag();
    const std::uint64_t received = in.number();
    return session::ClientReturned{counts ? std::optional(received) : std::nullopt, in.bytes()};
  } else if constexpr (std::is_same_v<T, session::ResumeRemembered>) {
    return session::ResumeRemembered{in.bytes()};
  } else if constexpr (std::is_same_v<T, session::Revoked>) {
    const std::uint64_t before = in.number();
    return session::Revoked{before, in.number()};
  } else if constexpr (std::is_same_v<T, session::UpstreamOpened>) {
    return session::UpstreamOpened{epoch_of(in)};
  } else if constexpr (std::is_same_v<T, session::UpstreamMessage>) {
    const std::uint32_t epoch = epoch_of(in);
    record.payload.assign(in.bytes());
    return session::UpstreamMessage{epoch, record.payload.text()};
  } else if constexpr (std::is_same_v<T, session::UpstreamGone>) {
    const std::uint32_t epoch = epoch_of(in);
    const bool connected = in.flag();
    const auto code = static_cast<std::uint16_t>(in.number(0xffff));
    return session::UpstreamGone{epoch, connected, code, in.bytes()};
  } else if constexpr (std::is_same_v<T, session::Measured>) {
    const std::chrono::nanoseconds spent = time(in);
    return session::Measured{spent, in.number()};
  } else if constexpr (std::is_same_v<T, session::DrainAnnounced>) {
    return session::DrainAnnounced{std::chrono::duration_cast<Millis>(time(in))};
  } else if constexpr (std::is_same_v<T, session::BudgetReached>) {
    meter::Verdict verdict;
    verdict.level = static_cast<meter::Level>(in.number(2));
    verdict.limit = static_cast<meter::Limit>(in.number(2));
    verdict.allowed = static_cast<std::int64_t>(in.number(meter::kMicroUsdMax));
    if (in.flag()) verdict.renews_in = std::chrono::seconds(in.number(kRenewsInMax));
    return session::BudgetReached{verdict};
  } else {
    return T{};
  }
}

template <std::size_t... I>
bool read_by_index(Reader& in, Record& record, std::index_sequence<I...>) {
  return ((record.kind == I &&
           (record.event = read_event<std::variant_alternative_t<I, Event>>(in, record), true)) ||
          ...);
}

}  // namespace

bool read_record(std::string_view entry, Record& record) {
  Reader in(entry);
  record.kind = static_cast<std::uint8_t>(in.number(kAbandoned));
  record.since_last = time(in);
  record.payload.assign({});
  if (record.kind == kAbandoned) return in.at_end();
  if (!read_by_index(in, record, std::make_index_sequence<std::variant_size_v<Event>>())) {
    return false;
  }
  record.heard = in.bytes();
  record.actions = in.number();
  record.hash = record.actions > 0 ? in.word() : 0;
  record.threw = in.flag();
  return in.at_end();
}

}  // namespace livegate::recording
