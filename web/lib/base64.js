// @ts-check
// Bytes as base64 with padding (RFC 4648 section 4), as `image` messages carry them.

/** String.fromCharCode takes its bytes as arguments, of which an engine bears some ten thousand. */
const BYTES_AT_ONCE = 8190; // divisible by 3

/**
 * @param {ArrayBuffer | Uint8Array} bytes
 * @returns {string}
 */
export function base64Of(bytes) {
  const all = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
  let text = '';
  for (let at = 0; at < all.length; at += BYTES_AT_ONCE)
    text += btoa(String.fromCharCode(...all.subarray(at, at + BYTES_AT_ONCE)));
  return text;
}
