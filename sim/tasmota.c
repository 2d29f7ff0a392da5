/* What all parts of a simulated Tasmota need of it: its timers, its two faces, its faults. */
/* SPDX-License-Identifier: MIT */
#include "sim/tasmota.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "sim/stream.h"

enum {
	RESTART_MS = 2000,
	SAVE_MS = 1000,
	LISTEN_RETRY_MS = 200,
	POWER_CUT_MS = 10 /* the answer to the command is on its way or not */
};

static const struct fault_row fault_rows[] = {
	[TASMOTA_ADDRESS_CHANGE] = { "address-change", NULL, 0, 0,
		"gets another address (last number + 100) at its second join" },
	[TASMOTA_AP_TIMEOUT] = { "ap-timeout", NULL, 0, 0,
		"the router does not answer tests of credentials, but lets it in" },
	[TASMOTA_CHANNEL] = { "channel", NULL, 0, 0,
		"the home is on another channel: joining it drops the access point's guest" },
	[TASMOTA_NO_RETURN] = { "no-return", NULL, 0, 0,
		"does not come up again after its first restart" },
	[TASMOTA_POWER_LOSS] = { "power-loss", "N", 1, 1000,
		"loses its power right after the Nth setting" },
	[TASMOTA_SLOW_RETURN] = { "slow-return", "SECONDS", 1, 3600,
		"needs so much longer for each restart", 20 },
};
_Static_assert(COUNT_OF(fault_rows) == TASMOTA_FAULTS, "one row per fault");

const struct fault_table fault_table_tasmota = { fault_rows, COUNT_OF(fault_rows) };

int64_t
tasmota_ms(const struct tasmota *t, int64_t ms)
{
	int64_t speed = t->world->speed;

	return speed > 0 ? ms * 100 / speed : ms;
}

void
tasmota_timer(struct tasmota *t, enum tasmota_timer timer, int64_t ms)
{
	t->timer[timer] = deadline_in(tasmota_ms(t, ms));
}

void
tasmota_timer_off(struct tasmota *t, enum tasmota_timer timer)
{
	t->timer[timer].at_ms = 0;
}

void
tasmota_restart_soon(struct tasmota *t, const char *why)
{
	t->restart_why = why;
	tasmota_timer(t, TIMER_RESTART, RESTART_MS);
}

void
tasmota_changed(struct tasmota *t)
{
	const struct fault_set *faults = &t->faults;

	if (t->timer[TIMER_SAVE].at_ms == 0)
		tasmota_timer(t, TIMER_SAVE, SAVE_MS);
	if (faults->has[TASMOTA_POWER_LOSS] &&
		++t->settings_made == faults->point[TASMOTA_POWER_LOSS])
		tasmota_timer(t, TIMER_POWER_CUT, POWER_CUT_MS);
}

void
tasmota_open(struct tasmota *t, enum tasmota_face face)
{
	struct in_addr address = face == FACE_AP ? t->ap_address : t->lan_address;
	struct err err = { 0 };
	int on = 1;

	if (t->face[face] >= 0 || address.s_addr == INADDR_ANY)
		return;
	while ((t->face[face] = stream_listen(address, t->world->web_port, &err)) < 0) {
		world_tell(t->world, "error", t->id, "{s:s}", "text", err.text);
		if (!clock_pause(LISTEN_RETRY_MS, &t->world->cancel))
			return;
	}
	setsockopt(t->face[face], SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

void
tasmota_close(struct tasmota *t, enum tasmota_face face)
{
	if (t->face[face] >= 0)
		close(t->face[face]);
	t->face[face] = -1;
}

void
tasmota_expand(const struct tasmota *t, const char *pattern, char *out, size_t size)
{
	unsigned chip = (unsigned)t->mac[3] << 16 | (unsigned)t->mac[4] << 8 | t->mac[5];
	OWN(buf) text = BUF_UP_TO(TASMOTA_TEXT_SIZE);

	for (const char *at = pattern; *at != '\0'; at++) {
		if (text_starts_with(at, "%06X")) {
			buf_addf(&text, "%06X", chip);
			at += 3;
		} else if (text_starts_with(at, "%04d")) {
			buf_addf(&text, "%04u", chip & 0x1FFF);
			at += 3;
		} else if (text_starts_with(at, "%d")) {
			buf_addf(&text, "%u", chip);
			at += 1;
		} else {
			buf_add(&text, at, 1);
		}
	}
	text_copy(out, size, buf_text(&text));
}

void
tasmota_init(struct tasmota *t, uint32_t version, const char *variant, uint32_t bytes)
{
	tasmota_firmware_set(&t->firmware, version, variant, bytes);
	tasmota_settings_init(&t->settings, &t->firmware);
	t->saved = t->settings;
	t->face[FACE_AP] = t->face[FACE_LAN] = -1;
	t->test.slot = -1;
	t->restart_why = "power";
}
