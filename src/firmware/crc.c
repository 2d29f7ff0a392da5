/* The two CRC words found in ESP8266 files. zlib has the vendor's, nobody the other. */
/* SPDX-License-Identifier: MIT */
#include "firmware/crc.h"

#include <zlib.h>

static uint32_t
add_byte(uint32_t crc, uint8_t byte)
{
	crc ^= (uint32_t)byte << 24;
	for (unsigned bit = 0; bit < 8; bit++)
		crc = crc << 1 ^ ((crc & 0x80000000U) != 0 ? 0x04c11db7U : 0);
	return crc;
}

uint32_t
crc_arduino(const uint8_t *bytes, size_t len, size_t hole)
{
	uint32_t crc = 0xffffffffU;

	for (size_t i = 0; i < len; i++)
		crc = add_byte(crc, i - hole < 8 ? 0 : bytes[i]);
	return crc;
}

uint32_t
crc_vendor(const uint8_t *bytes, size_t len)
{
	uint32_t crc = (uint32_t)crc32_z(0, bytes, len);

	return (crc & 0x80000000U) != 0 ? ~crc : crc + 1;
}
