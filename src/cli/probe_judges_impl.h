// Private to the judges: how evidence is worded, and the judges that probe_judges.h does not name.
#pragma once

#include <string>
#include <string_view>

#include "cli/probe_judges.h"

namespace livegate::cli {

[[nodiscard]] const ProbeRecord& record_of(const ProbeRecords& records, std::string_view name);
[[nodiscard]] Seen unknown(std::string why);
// Why nothing can be said of a record in which what was waited for did not come.
[[nodiscard]] Seen unknown_of(const ProbeRecord& record, std::string_view missing);
[[nodiscard]] Seen seen(bool value, std::string evidence);
[[nodiscard]] std::string after_ms(double ms);            // "360 ms"
[[nodiscard]] std::string close_text(const ProbeEvent&);  // close 1007 "..."

[[nodiscard]] Seen see_marks_refused(const ProbeRecords& records);
[[nodiscard]] Seen see_turns(const ProbeRecords& records);
[[nodiscard]] Seen see_voice_activity(const ProbeRecords& records);
[[nodiscard]] Seen see_first_audio(const ProbeRecords& records);
[[nodiscard]] Seen see_idle_by_status(const ProbeRecords& records);
[[nodiscard]] Seen see_always_proactive(const ProbeRecords& records);
[[nodiscard]] Seen see_blank(const ProbeRecords& records);
[[nodiscard]] Seen see_many_parts(const ProbeRecords& records);
[[nodiscard]] Seen see_empty_frames(const ProbeRecords& records);
[[nodiscard]] Seen see_blocking_refused(const ProbeRecords& records);
[[nodiscard]] Seen see_takes_tools(const ProbeRecords& records);
[[nodiscard]] Seen see_scheduling(const ProbeRecords& records);
[[nodiscard]] Seen see_thinking(const ProbeRecords& records);
[[nodiscard]] Seen see_video(const ProbeRecords& records);
[[nodiscard]] Seen see_content(const ProbeRecords& records);
[[nodiscard]] Seen see_media_chunks(const ProbeRecords& records);
[[nodiscard]] Seen see_text_refused(const ProbeRecords& records);
[[nodiscard]] Seen see_stop(const ProbeRecords& records);
[[nodiscard]] Seen see_empty_content(const ProbeRecords& records);
[[nodiscard]] Seen see_pongs(const ProbeRecords& records);

}  // namespace livegate::cli
