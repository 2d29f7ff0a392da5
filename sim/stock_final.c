/* The intermediate image's life: boots, waits for its server, fetches, boots again. How
 * one file is fetched is in stock_final_fetch.c. */
/* SPDX-License-Identifier: MIT */
#include "sim/stock_final.h"

#include "sim/boot.h"
#include "sim/stock_final_fetch.h"
#include "sim/stock_image.h"
#include "sim/stream.h"

enum {
	BLINK_MS = 10000,
	KNOCK_MS = 500, /* between two tries to find the server */
	CONNECT_MS = 5000,
	REBOOT_MS = 1500,
	TRIES = 3
};

/* What to fetch, by slot and by what lies at 0x1000; NULL: it stops for ever. */
static const struct final_file *
choose(const struct stock *stock, const struct stock_image *image)
{
	uint8_t first = stock->board.flash.bytes[SLOT_1_AT];

	if (first == 0xEA)
		return stock->slot == 1 ? &final_file_slot_2 : &final_file_arduino;
	if (first == 0xE9 && stock->slot == 2 && image->resumes)
		return &final_file_arduino;
	return NULL;
}

/* The first connection that is taken stays open, unused. -1 when the world ends. */
static int
knock(struct stock *stock)
{
	int fd = -1;

	while (fd < 0 && !cancel_asked(&stock->world->cancel)) {
		fd = stream_connect(stock->final_own, stock->town->final,
			deadline_in(CONNECT_MS), &stock->world->cancel);
		if (fd < 0)
			stock_pause(stock, KNOCK_MS);
	}
	return fd;
}

static void
die(struct stock *stock, const char *why)
{
	world_tell(stock->world, "dead", stock->id, "{s:s}", "why", why);
	stock_rest(stock);
}

/* One life of the image, from boot to boot. */
static enum final_end
live_once(struct stock *stock)
{
	enum final_end end = FINAL_RESTARTS;
	const struct final_file *file;
	struct stock_image image;
	int idle;

	stock_image_read(stock->board.flash.bytes, stock->slot, &image);
	if (!image.starts) {
		die(stock, image.why_not);
		return FINAL_ENDS;
	}
	world_tell(stock->world, "boots", stock->id, "{s:s,s:i}", "program", "FinalStage",
		"slot", (int)stock->slot);
	if (!stock_pause(stock, BLINK_MS))
		return FINAL_ENDS;
	file = choose(stock, &image);
	world_tell(stock->world, "final-wait", stock->id, "{s:i,s:s}", "slot",
		(int)stock->slot, "wants", file != NULL ? file->path : "nothing");
	idle = knock(stock);
	if (idle >= 0 && file == NULL)
		die(stock, "the byte at 0x1000 is neither EA nor E9");
	for (unsigned i = 0; idle >= 0 && file != NULL && i < TRIES; i++)
		if ((end = final_fetch(stock, file)) != FINAL_FAILED)
			break;
	stock_abandon(stock, idle);
	return idle >= 0 && file != NULL ? end : FINAL_ENDS;
}

/* All is written; what is in flash now decides. */
static void
become_another(struct stock *stock)
{
	struct world *world = stock->world;
	struct plug *board = &stock->board;
	struct err err = { 0 };
	char sha256[65];

	if (world->flash_dir != NULL &&
		!flash_save(&board->flash, world->flash_dir, stock->id, &err))
		world_tell(world, "error", stock->id, "{s:s}", "text", err.text);
	flash_sha256(&board->flash, 0, board->image_bytes, sha256);
	world_tell(world, "flashed", stock->id, "{s:s,s:i}", "sha256", sha256, "bytes",
		(int)board->image_bytes);
	boot_live(board);
}

void
stock_final_live(struct stock *stock)
{
	enum final_end end = FINAL_RESTARTS;

	while (!cancel_asked(&stock->world->cancel)) {
		end = live_once(stock);
		if (end == FINAL_ENDS)
			return;
		if (end == FINAL_IS_WHOLE)
			break;
		if (end == FINAL_OTHER_SLOT)
			stock->slot = 2;
		stock_pause(stock, REBOOT_MS);
	}
	if (end == FINAL_IS_WHOLE)
		become_another(stock);
}
