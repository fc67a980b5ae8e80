// A container's memory goes back to the heap. `x = {}` keeps it: of a vector or a string that is an
// assignment of no elements.
#pragma once

namespace livegate {

template <class Container>
void give_back(Container& container) {
  Container().swap(container);
}

}  // namespace livegate
