// The words of a home, and taking apart the names that programmers give to things of it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace livegate::assistant {

using Words = std::vector<std::string>;

// "setLightValues", "living_room_lamp", "TURN_ON" -> their words in lower case. Digits stay with
// their letters.
[[nodiscard]] Words split_name(std::string_view name);
// "living room" from {"living", "room"}.
[[nodiscard]] std::string joined(const Words& words, std::string_view separator);

// The same as a pattern of a phrase book: numbers as digits or as words.
[[nodiscard]] std::string spoken_pattern(const Words& words);

[[nodiscard]] bool has_any(const Words& words, const std::vector<std::string_view>& wanted);
[[nodiscard]] bool has(const Words& words, std::string_view wanted);

// Rooms that are understood even where no tool names them, as spoken: so that "the office" is
// refused as the office and not taken for another room.
[[nodiscard]] const std::vector<std::string>& common_rooms();

[[nodiscard]] bool is_light_word(std::string_view word);  // light, lamps, bulb ...
[[nodiscard]] bool is_heat_word(std::string_view word);   // thermostat, heating ...
[[nodiscard]] bool is_query_word(
    std::string_view word);  // get, list, read ...: reports, changes nothing
[[nodiscard]] bool means_everything(
    const Words& words);                          // all, everything, "all lights", "whole house"
[[nodiscard]] bool means_on(const Words& words);  // on, "turn on", enabled, true ...
[[nodiscard]] bool means_off(const Words& words);

}  // namespace livegate::assistant
