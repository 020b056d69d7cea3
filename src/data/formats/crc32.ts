/** @file CRC-32 as zip and gzip define it. */

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  // The polynomial of IEEE 802.3, its bits in reverse.
  for (let bit = 0; bit < 8; bit++) {
    remainder = (remainder >>> 1) ^ (remainder & 1 ? 0xedb88320 : 0);
  }
  return remainder;
});

/** The CRC-32 of bytes, as an unsigned number. */
export function crc32(bytes: Uint8Array): number {
  let remainder = 0xffffffff;
  for (const byte of bytes) remainder = (remainder >>> 8) ^ table[(remainder ^ byte) & 255];
  return (remainder ^ 0xffffffff) >>> 0;
}
