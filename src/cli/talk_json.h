// JSON as a person writes it: Boost.JSON puts every double as 2.15E1.
#pragma once

#include <boost/json/value.hpp>
#include <string>

namespace livegate::cli {

// `value` on one line, numbers in their shortest plain form.
std::string plain_json(const boost::json::value& value);

}  // namespace livegate::cli
