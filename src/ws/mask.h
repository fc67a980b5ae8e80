// Masking (RFC 6455 section 5.3): byte i of a payload is XORed with byte i modulo 4 of the key.
#pragma once

#include <cstdint>
#include <span>

namespace livegate::ws {

// In place, a word at a time. `key`: its first byte is in the highest bits. `offset`: how many
// bytes of the payload came before these.
void apply_mask(std::span<std::uint8_t> bytes, std::uint32_t key, std::uint64_t offset);

}  // namespace livegate::ws
