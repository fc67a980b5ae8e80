// A value or a reason why there is none. The member names are those of std::expected, which GCC 12
// offers only from C++23 on: the day we can, this header goes.
#pragma once

#include <utility>
#include <variant>

#include "base/check.h"

namespace livegate {

template <class E>
struct Unexpected {
  E error;
};
template <class E>
Unexpected(E) -> Unexpected<E>;

template <class T, class E>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Unexpected<E> failure) : state_(std::in_place_index<1>, std::move(failure.error)) {}

  [[nodiscard]] bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  // Reading the side that is not there is the caller's bug.
  [[nodiscard]] T& value() & { return LIVEGATE_CHECK(has_value()), std::get<0>(state_); }
  [[nodiscard]] const T& value() const& { return LIVEGATE_CHECK(has_value()), std::get<0>(state_); }
  [[nodiscard]] T&& value() && {
    return LIVEGATE_CHECK(has_value()), std::get<0>(std::move(state_));
  }
  [[nodiscard]] const E& error() const { return LIVEGATE_CHECK(!has_value()), std::get<1>(state_); }

  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  std::variant<T, E> state_;
};

struct Done {};  // the value of a Result that has nothing to say but "it worked"

}  // namespace livegate
