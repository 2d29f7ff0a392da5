/* How the intermediate image fetches one file: HTTP/1.0 over a second connection, no
 * timeout once the body has begun, no hash, the boot sector last. */
/* SPDX-License-Identifier: MIT */
#include "sim/stock_final_fetch.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "net/socket.h"
#include "sim/stream.h"

enum {
	CONNECT_MS = 5000,
	HEAD_MS = 5000, /* each wait for a piece of the head, and for the first byte */
	HEAD_MOST = 4096,
	BLOCK = 1024,
	ERASE_MS = 3000, /* half of the chip; nothing is read meanwhile */
	LEAST = 4096,
	FOREVER_MS = 60000,
	PERCENT = 100
};

const struct final_file final_file_slot_2 = { .path = "/ota/image_user2-0x81000.bin",
	.most = 520192,
	.erase_at = 0x80000,
	.erase_len = 0x80000 };

const struct final_file final_file_arduino = { .path = "/ota/image_arduino.bin",
	.most = 524288,
	.erase_at = 0x1000,
	.erase_len = 0x7F000,
	.boot_sector_last = true };

struct fetch {
	struct stock *stock;
	const struct final_file *file;
	int fd;
	size_t size, got; /* of the body; got: read and on its way to flash */
	uint8_t first_sector[FLASH_SECTOR];
};

static const struct cancel *
cancel_of(const struct fetch *f)
{
	return &f->stock->world->cancel;
}

static bool
ask(struct fetch *f)
{
	char host[INET_ADDRSTRLEN];
	const struct sockaddr_in *server = &f->stock->town->final;
	OWN_STR text = NULL;

	inet_ntop(AF_INET, &server->sin_addr, host, sizeof host);
	text = xasprintf("GET %s HTTP/1.0\r\nHost: %s:%d\r\n"
			 "User-Agent: ESP8266HTTPClient\r\nConnection: close\r\n\r\n",
		f->file->path, host, ntohs(server->sin_port));
	world_tell(f->stock->world, "final-get", f->stock->id, "{s:s}", "path",
		f->file->path);
	return stream_send(f->fd, text, strlen(text), deadline_in(HEAD_MS), cancel_of(f));
}

/* One line without its end; byte by byte, so that nothing of the body is taken. */
static bool
read_line(struct fetch *f, char *line, size_t size)
{
	size_t len = 0;

	while (len + 1 < size) {
		if (!socket_wait(f->fd, POLLIN, deadline_in(HEAD_MS), cancel_of(f)) ||
			recv(f->fd, line + len, 1, 0) != 1)
			return false;
		if (line[len] == '\n')
			break;
		if (line[len] != '\r')
			len++;
	}
	line[len] = '\0';
	return len + 1 < size;
}

/* A header's value without its blanks, or NULL. */
static const char *
value_of(const char *line, const char *name)
{
	size_t len = strlen(name);

	if (strncasecmp(line, name, len) != 0 || line[len] != ':')
		return NULL;
	line += len + 1;
	return line + strspn(line, " \t");
}

/* NULL or what the image does not take. */
static const char *
read_head(struct fetch *f)
{
	char line[HEAD_MOST];
	int64_t size = -1;
	const char *value;

	if (!read_line(f, line, sizeof line))
		return "no status line within 5 s";
	if (!text_starts_with(line, "HTTP/1.") || strlen(line) < 12 ||
		strncmp(line + 9, "200", 3) != 0)
		return "the status is not 200";
	for (;;) {
		if (!read_line(f, line, sizeof line))
			return "the head does not end within 5 s";
		if (line[0] == '\0')
			break;
		if ((value = value_of(line, "Content-Length")) != NULL &&
			!text_to_number(value, 0, INT32_MAX, &size))
			return "a Content-Length that is no number";
		if ((value = value_of(line, "Transfer-Encoding")) != NULL &&
			value[0] != '\0')
			return "a Transfer-Encoding";
	}
	f->size = size > 0 ? (size_t)size : 0;
	return f->size >= LEAST && f->size <= f->file->most
		? NULL
		: "no Content-Length, or one that does not fit";
}

static const char *
read_first_byte(struct fetch *f)
{
	uint8_t first = 0;

	if (!socket_wait(f->fd, POLLIN, deadline_in(HEAD_MS), cancel_of(f)) ||
		recv(f->fd, &first, 1, MSG_PEEK) != 1)
		return "no body within 5 s";
	return first == 0xEA || first == 0xE9 ? NULL : "the file begins with other bytes";
}

/* Nothing ends this loop but bytes: when the link dies, the device hangs until somebody
 * pulls the plug. */
static enum final_end
hang(struct fetch *f)
{
	struct stock *stock = f->stock;

	world_tell(stock->world, "stuck", stock->id, "{s:i}", "bytes", (int)f->got);
	if (!stock->faults.has[STOCK_REPLUG]) {
		stock_rest(stock);
		return FINAL_ENDS;
	}
	stock_pause(stock, 1000 * stock->faults.point[STOCK_REPLUG]);
	world_tell(stock->world, "replugged", stock->id, NULL);
	return FINAL_RESTARTS;
}

static bool
receive_all(struct fetch *f, uint8_t *to, size_t len)
{
	for (size_t at = 0; at < len;) {
		ssize_t got;

		while (!socket_wait(f->fd, POLLIN, deadline_in(FOREVER_MS), cancel_of(f)))
			if (cancel_asked(cancel_of(f)))
				return false;
		got = recv(f->fd, to + at, len - at, 0);
		if (got <= 0)
			return false;
		at += (size_t)got;
		f->got += (size_t)got;
	}
	return true;
}

/* Once, in the middle of the last image. */
static bool
strikes(struct fetch *f, enum stock_fault fault)
{
	const struct fault_set *faults = &f->stock->faults;

	return f->file->boot_sector_last && faults->has[fault] &&
		(int64_t)f->got * PERCENT >= faults->point[fault] * (int64_t)f->size &&
		stock_fault_strikes(f->stock, fault, 1);
}

static bool
power_is_cut(struct fetch *f)
{
	struct stock *stock = f->stock;

	if (!strikes(f, STOCK_CUT))
		return false;
	world_tell(stock->world, "power-cut", stock->id, "{s:i}", "bytes", (int)f->got);
	return true;
}

/* The body behind what is kept back, to flash in small blocks. */
static enum final_end
write_rest(struct fetch *f, uint32_t at)
{
	struct stock *stock = f->stock;

	flash_erase(&stock->board.flash, f->file->erase_at, f->file->erase_len);
	stock_pause(stock, ERASE_MS);
	while (f->got < f->size) {
		uint8_t block[BLOCK];
		size_t len = f->size - f->got < BLOCK ? f->size - f->got : BLOCK;

		if (power_is_cut(f))
			return FINAL_RESTARTS;
		if (strikes(f, STOCK_LINK_LOST))
			return hang(f);
		if (!receive_all(f, block, len))
			return hang(f);
		flash_program(&stock->board.flash, at, block, len);
		at += (uint32_t)len;
		if (f->got % FLASH_SECTOR == 0) {
			world_tell(stock->world, "final-download", stock->id, "{s:i,s:i}",
				"bytes", (int)f->got, "of", (int)f->size);
			clock_pause(stock->world->pace_ms, cancel_of(f));
		}
	}
	return FINAL_OTHER_SLOT;
}

static enum final_end
write_body(struct fetch *f)
{
	struct stock *stock = f->stock;
	enum final_end end;

	if (!f->file->boot_sector_last)
		return write_rest(f, SLOT_2_AT);
	if (!receive_all(f, f->first_sector, sizeof f->first_sector))
		return hang(f);
	end = write_rest(f, FLASH_SECTOR);
	if (end != FINAL_OTHER_SLOT)
		return end;
	if (stock_fault_strikes(
		    stock, STOCK_FINAL_AGAIN, stock->faults.point[STOCK_FINAL_AGAIN]))
		return FINAL_RESTARTS;
	flash_write_sector(
		&stock->board.flash, 0, f->first_sector, sizeof f->first_sector);
	stock->board.image_bytes = f->size;
	return FINAL_IS_WHOLE;
}

static const char *
begin(struct fetch *f)
{
	const char *wrong;

	if (f->fd < 0)
		return "no second connection";
	if (!ask(f))
		return "the connection is lost";
	wrong = read_head(f);
	return wrong != NULL ? wrong : read_first_byte(f);
}

enum final_end
final_fetch(struct stock *stock, const struct final_file *file)
{
	struct fetch *f = xcalloc(1, sizeof *f);
	enum final_end end = FINAL_FAILED;
	const char *wrong;

	*f = (struct fetch){ .stock = stock, .file = file };
	f->fd = stream_connect_narrow(stock->final_own, stock->town->final,
		deadline_in(CONNECT_MS), cancel_of(f));
	wrong = begin(f);
	if (wrong == NULL &&
		stock_fault_strikes(stock, STOCK_FINAL_RESTART,
			stock->faults.point[STOCK_FINAL_RESTART]))
		end = FINAL_RESTARTS;
	else if (wrong == NULL)
		end = write_body(f);
	else if (!cancel_asked(cancel_of(f)))
		world_tell(
			stock->world, "final-failed", stock->id, "{s:s}", "why", wrong);
	if (end == FINAL_RESTARTS)
		stock_abandon(stock, f->fd); /* no power: no goodbye */
	else if (f->fd >= 0)
		close(f->fd);
	free(f);
	return cancel_asked(&stock->world->cancel) ? FINAL_ENDS : end;
}
