// Reads [auth.jwt] and the files that it and auth.revoked_file name. Private to this room.
#pragma once

#include "config/identity_config.h"
#include "config/toml_reader.h"

namespace livegate::config {

void read_identity(TomlReader& in, Identity& identity);

}  // namespace livegate::config
