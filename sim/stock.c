/* What the stages of a simulated old device's life have in common. */
/* SPDX-License-Identifier: MIT */
#include "sim/stock.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "sim/stream.h"

enum { REST_SLICE_MS = 1000 };

void
stock_init(struct stock *stock, struct stock_town *town,
	const struct stock_personality *personality, const struct fault_set *faults,
	const char *id, struct in_addr address, unsigned slot)
{
	struct fault_set none = { .has = { false } };

	stock->town = town;
	stock->world = &town->world;
	stock->personality = personality;
	stock->faults = *faults;
	stock->address = stock->pairing = stock->final_own = address;
	stock->slot = slot;
	stock->listener = -1;
	text_copy(stock->id, sizeof stock->id, id);
	snprintf(stock->key, sizeof stock->key, "5a1f0000-2222-4333-8444-00%s", id);
	none.has[FAULT_DEAD] = faults->has[STOCK_NO_TASMOTA];
	none.has[FAULT_AP_ONLY] = faults->has[STOCK_AP_ONLY];
	plug_init(&stock->board, &town->world, personality_named("3.6"), &none, id,
		address, false);
}

void
stock_clear(struct stock *stock)
{
	for (unsigned i = 0; i < stock->ghost_count; i++)
		close(stock->ghosts[i]);
	if (stock->listener >= 0)
		close(stock->listener);
	plug_clear(&stock->board);
}

int64_t
stock_delay(const struct stock *stock, int64_t ms)
{
	return ms * 100 / stock->town->speed;
}

bool
stock_pause(struct stock *stock, int64_t ms)
{
	return clock_pause(stock_delay(stock, ms), &stock->world->cancel);
}

bool
stock_fault_strikes(struct stock *stock, enum stock_fault fault, int64_t times)
{
	if (!stock->faults.has[fault] || stock->struck[fault] >= times)
		return false;
	stock->struck[fault]++;
	return true;
}

uint32_t
stock_random(struct stock *stock, uint32_t most)
{
	stock->noise = stock->noise * 1103515245u + 12345u;
	return (stock->noise >> 1) % most;
}

void
stock_abandon(struct stock *stock, int fd)
{
	if (fd < 0)
		return;
	if (stock->ghost_count < GHOSTS_MOST)
		stock->ghosts[stock->ghost_count++] = fd;
	else
		stream_reset(fd);
}

void
stock_rest(struct stock *stock)
{
	while (clock_pause(REST_SLICE_MS, &stock->world->cancel))
		continue;
}

/* The vendor's code is not ours to have: heads as they are, and nothing behind them. */
void
stock_fill_flash(struct stock *stock)
{
	static const uint8_t loader[] = { 0xE9, 3, 3, 0x20, 0, 0, 0x10, 0x40 };
	static const uint8_t firmware[] = { 0xEA, 4, 0, 1, 4, 0, 0x10, 0x40 };
	struct flash_memory *flash = &stock->board.flash;

	if (flash->bytes != NULL)
		return;
	flash_write_sector(flash, 0, loader, sizeof loader);
	flash_write_sector(flash, SLOT_1_AT, firmware, sizeof firmware);
	if (stock->slot == 2)
		flash_write_sector(flash, SLOT_2_AT, firmware, sizeof firmware);
}
