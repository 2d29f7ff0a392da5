/* The stages of a simulated old device's life, in order. */
/* SPDX-License-Identifier: MIT */
#include "sim/stock_life.h"

#include <string.h>

#include "sim/stock.h"
#include "sim/stock_cloud.h"
#include "sim/stock_config_ap.h"
#include "sim/stock_final.h"

enum {
	WIFI_JOIN_MS = 2500,
	REBOOT_MS = 1500,
	BUTTON_MS = 60000 /* until somebody has seen that it does not join */
};

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
