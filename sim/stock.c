/* The stages of a simulated old device's life, in order. */
/* SPDX-License-Identifier: MIT */
#include "sim/stock.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "sim/stock_cloud.h"
#include "sim/stock_config_ap.h"
#include "sim/stock_final.h"
#include "sim/stream.h"

enum {
	REST_SLICE_MS = 1000,
	WIFI_JOIN_MS = 2500,
	REBOOT_MS = 1500,
	BUTTON_MS = 60000 /* until somebody has seen that it does not join */
};

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
	stock->address = stock->pairing = address;
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

/* One that nobody has paired here was told before, and rightly. */
static bool
is_let_in(const struct stock *stock)
{
	const struct world *world = stock->world;
	const struct stock_settings *told = &stock->settings;

	if (!stock->town->wifi_is_checked || told->ssid[0] == '\0')
		return stock->town->wifi_ok && !stock->faults.has[STOCK_WIFI_FAILS];
	return strcmp(told->ssid, world->home_ssid) == 0 &&
		strcmp(told->password, world->home_password) == 0;
}

/* It tries for ever, and nobody is told. False when it is in pairing mode again. */
static bool
join_wifi(struct stock *stock)
{
	struct err err = { 0 };

	if (is_let_in(stock))
		return stock_pause(stock, WIFI_JOIN_MS);
	world_tell(stock->world, "wifi-fails", stock->id, NULL);
	if (!stock->town->wifi_is_checked) {
		stock_rest(stock);
		return false;
	}
	if (!stock_pause(stock, BUTTON_MS))
		return false;
	if (stock_open_ap(stock, &err))
		world_tell(stock->world, "pairing", stock->id, NULL);
	else
		world_tell(stock->world, "error", stock->id, "{s:s}", "text", err.text);
	return false;
}

/* From pairing mode, if it is in it, to the network it is told. */
static bool
be_paired(struct stock *stock)
{
	do {
		if (stock->listener >= 0 && !stock_config_ap(stock)) {
			stock_rest(stock);
			return false;
		}
		if (join_wifi(stock))
			return true;
	} while (stock->listener >= 0);
	return false;
}

void *
stock_live(void *context)
{
	struct stock *stock = context;

	if (be_paired(stock) && stock_cloud_live(stock) && stock_pause(stock, REBOOT_MS))
		stock_final_live(stock);
	return NULL;
}
