// Private to this room: the typed settings of a setup document.
#pragma once

#include "proto/gemini.h"
#include "proto/json_reader.h"

namespace livegate::proto {

// Fills the typed settings of `out` from `document`, a normalised setup object; `out.document` is
// not touched. False: `in.error()` says what the document is not.
bool read_settings(json::Reader& in, PaddedText document, Setup& out);

// The document, overlaid with the typed settings, as append_setup() writes it.
std::string setup_document(const Setup& setup);

// The text parts of a Content, joined by a newline.
bool read_texts(json::Reader& in, json::Value& content, std::string& out);

}  // namespace livegate::proto
