// The endpointer's parameters by name, for those who tune it on recordings of their own.
#pragma once

#include <string>

#include "base/result.h"
#include "turn/endpointer.h"

namespace livegate::cli {

// "hangover_long=900" into `options`. Values out of their range and names that are none are refused
// in one sentence; `options` is then as it was. Whether they go together is not looked at here:
// turn::is_sound() says.
[[nodiscard]] Result<Done, std::string> set_endpointer(const std::string& setting,
                                                       turn::EndpointerOptions& options);

// Every parameter with its value, "name=value", one a line.
[[nodiscard]] std::string endpointer_settings(const turn::EndpointerOptions& options);

}  // namespace livegate::cli
