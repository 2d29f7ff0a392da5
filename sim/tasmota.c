/* A simulated Tasmota's life: boot, join or open the access point, serve, restart. */
/* SPDX-License-Identifier: MIT */
#include "sim/tasmota.h"

#include <arpa/inet.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "sim/stream.h"
#include "sim/tasmota_command.h"
#include "sim/tasmota_mqtt.h"
#include "sim/tasmota_status.h"
#include "sim/tasmota_store.h"
#include "sim/tasmota_upgrade.h"
#include "sim/tasmota_web.h"
#include "sim/tasmota_wifi.h"

enum {
	RESTART_MS = 2000,
	SAVE_MS = 1000,
	LISTEN_RETRY_MS = 200,
	HELD_MS = 200, /* a restart looks again whether the Backlog is through */
	POWER_CUT_MS = 10, /* the answer to the command is on its way or not */
	OFF_MS = 3000, /* without power */
	IDLE_MS = 60000
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

static void
save(struct tasmota *t)
{
	tasmota_timer_off(t, TIMER_SAVE);
	t->settings.save_count++;
	t->saved = t->settings;
}

static void
restart(struct tasmota *t)
{
	if (t->queued > 0) {
		tasmota_timer(t, TIMER_RESTART, HELD_MS);
		return;
	}
	save(t);
	t->restarts = true;
}

static void
lose_power(struct tasmota *t)
{
	t->settings = t->saved;
	t->upgrade.goes_on = false; /* the flag was in RTC memory */
	t->restart_why = "power-loss";
	t->restarts = true;
	clock_pause(tasmota_ms(t, OFF_MS), &t->world->cancel);
}

static void (*const due[TIMERS])(struct tasmota *t) = {
	[TIMER_BACKLOG] = tasmota_backlog_next,
	[TIMER_SAVE] = save,
	[TIMER_RESTART] = restart,
	[TIMER_TEST] = tasmota_wifi_test_look,
	[TIMER_JOIN] = tasmota_wifi_attempt,
	[TIMER_JOIN_END] = tasmota_wifi_attempt_end,
	[TIMER_AP_END] = tasmota_wifi_ap_end,
	[TIMER_MQTT] = tasmota_mqtt_connect,
	[TIMER_MQTT_TICK] = tasmota_mqtt_tick,
	[TIMER_STATE] = tasmota_status_publish_state,
	[TIMER_DISCOVERY] = tasmota_mqtt_discovery,
	[TIMER_TELE] = tasmota_status_tele,
	[TIMER_UPGRADE] = tasmota_upgrade_run,
	[TIMER_UPGRADE_TOLD] = tasmota_upgrade_tell,
	[TIMER_POWER_CUT] = lose_power,
};

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

/* The default host name is made of the topic; other names stand as they are. */
static void
take_host_name(struct tasmota *t)
{
	const char *set = t->settings.text[TEXT_HOSTNAME];
	OWN_STR pattern = NULL;

	if (strchr(set, '%') == NULL) {
		text_copy(t->names.host, sizeof t->names.host, set);
		return;
	}
	pattern = xasprintf("%s-%%04d", t->names.topic);
	tasmota_expand(t, pattern, t->names.host, sizeof t->names.host);
	if (tasmota_has(&t->firmware, TRAIT_DASHED_HOST))
		for (char *at = t->names.host; *at != '\0'; at++)
			if (*at == '_')
				*at = '-';
}

static void
take_names(struct tasmota *t)
{
	struct tasmota_settings *s = &t->settings;
	struct tasmota_names *n = &t->names;

	tasmota_expand(t, s->text[TEXT_TOPIC], n->topic, sizeof n->topic);
	tasmota_expand(t, s->text[TEXT_MQTT_CLIENT], n->client, sizeof n->client);
	text_copy(n->full_topic, sizeof n->full_topic, s->text[TEXT_FULL_TOPIC]);
	for (unsigned i = 0; i < 3; i++)
		text_copy(n->prefix[i], sizeof n->prefix[i], s->text[TEXT_PREFIX1 + i]);
	for (unsigned i = 0; i < 4; i++)
		text_copy(
			n->group[i], sizeof n->group[i], s->text[TEXT_GROUP_TOPIC1 + i]);
	take_host_name(t);
}

/* Waits for a socket, the bell, or the next timer. */
static void
wait_for_something(struct tasmota *t, struct pollfd fds[4])
{
	struct deadline next = deadline_in(IDLE_MS);
	int64_t left;
	uint64_t rung;

	for (unsigned i = 0; i < TIMERS; i++)
		if (t->timer[i].at_ms != 0)
			next = deadline_sooner(next, t->timer[i]);
	fds[0] = (struct pollfd){ .fd = t->face[FACE_AP], .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = t->face[FACE_LAN], .events = POLLIN };
	fds[2] = tasmota_mqtt_poll(t);
	fds[3] = (struct pollfd){ .fd = t->bell, .events = POLLIN };
	left = deadline_left_ms(next);
	poll(fds, 4, left < INT_MAX ? (int)left : INT_MAX);
	if (fds[3].revents != 0)
		(void)!read(t->bell, &rung, sizeof rung);
}

static void
receive(struct tasmota *t, enum tasmota_face face)
{
	int fd = accept4(t->face[face], NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	tasmota_web_answer(t, fd, face);
	shutdown(fd, SHUT_WR);
	close(fd);
}

static void
serve(struct tasmota *t)
{
	struct pollfd fds[4];

	while (!t->restarts && !cancel_asked(&t->world->cancel)) {
		wait_for_something(t, fds);
		for (unsigned i = 0; i < TIMERS && !t->restarts; i++)
			if (t->timer[i].at_ms != 0 && deadline_passed(t->timer[i])) {
				tasmota_timer_off(t, (enum tasmota_timer)i);
				due[i](t);
			}
		if (fds[2].revents != 0 && !t->restarts)
			tasmota_mqtt_ready(t, fds[2].revents);
		for (int face = 0; face < FACES && !t->restarts; face++)
			if (fds[face].revents != 0 && t->face[face] >= 0)
				receive(t, (enum tasmota_face)face);
	}
}

/* Everything that lives in RAM is gone. */
static void
forget(struct tasmota *t)
{
	tasmota_mqtt_drop(t);
	tasmota_close(t, FACE_AP);
	tasmota_close(t, FACE_LAN);
	memset(t->timer, 0, sizeof t->timer);
	tasmota_backlog_clear(t);
	t->test = (struct tasmota_wifi_test){ .slot = -1 };
	t->attempts = 0;
	t->mqtt = (struct tasmota_mqtt){ .client = NULL };
	t->manager = t->joined = t->restarts = false;
}

/* How long until the new life begins; false when there is none. */
static bool
stay_away(struct tasmota *t)
{
	const struct fault_set *faults = &t->faults;
	int64_t ms = t->boots == 0 && t->boots_at_once ? 0 : tasmota_ms(t, t->boot_ms);

	if (t->boots > 0 && faults->has[TASMOTA_NO_RETURN]) {
		world_tell(t->world, "dead", t->id, "{s:s}", "why", "fault");
		return false;
	}
	if (t->boots > 0 && faults->has[TASMOTA_SLOW_RETURN])
		ms += tasmota_ms(t, 1000 * faults->point[TASMOTA_SLOW_RETURN]);
	return clock_pause(ms, &t->world->cancel);
}

static void
power_on(struct tasmota *t)
{
	struct tasmota_settings *s = &t->settings;

	for (unsigned i = 0; i < TASMOTA_RELAYS_MOST; i++)
		switch (s->number[NUMBER_POWER_ON_STATE]) {
		case 0:
			s->power[i] = false;
			break;
		case 1:
			s->power[i] = true;
			break;
		case 2:
			s->power[i] = !s->power[i];
			break;
		default: /* 3: as it was saved */
			break;
		}
}

/* One life, from power or restart to the next. */
static bool
live_once(struct tasmota *t)
{
	if (!stay_away(t) || !tasmota_store_boot(t))
		return false;
	t->settings.boot_count++;
	t->booted_ms = clock_steady_ms();
	take_names(t);
	power_on(t);
	t->boots++;
	tasmota_wifi_begin(t);
	serve(t);
	forget(t);
	if (cancel_asked(&t->world->cancel))
		return false;
	world_tell(t->world, "restart", t->id, "{s:s}", "why", t->restart_why);
	return true;
}

void
tasmota_live(struct tasmota *t)
{
	while (live_once(t))
		continue;
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

void
tasmota_clear(struct tasmota *t)
{
	forget(t);
	free(t->upgrade.staged);
	t->upgrade.staged = NULL;
}
