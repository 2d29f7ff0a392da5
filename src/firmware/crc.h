/* The two CRC words found in ESP8266 files. */
/* SPDX-License-Identifier: MIT */
#ifndef FIRMWARE_CRC_H
#define FIRMWARE_CRC_H

#include <stddef.h>
#include <stdint.h>

/* Arduino core 3: polynomial 0x04C11DB7, most significant bit first, start 0xFFFFFFFF, no
 * final xor, over the whole file with the eight bytes at `hole` (its length and the CRC
 * itself) taken as zero. hole + 8 <= len. */
uint32_t crc_arduino(const uint8_t *bytes, size_t len, size_t hole);

/* Vendor's user1/user2: the ordinary CRC-32; with its top bit set stored inverted, else
 * stored plus one. */
uint32_t crc_vendor(const uint8_t *bytes, size_t len);

#endif
