/* A simulated Tasmota's life: boot, join or open the access point, serve, restart. */
/* SPDX-License-Identifier: MIT */
#include "sim/tasmota_life.h"

#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "sim/tasmota_command.h"
#include "sim/tasmota_mqtt.h"
#include "sim/tasmota_status.h"
#include "sim/tasmota_store.h"
#include "sim/tasmota_upgrade.h"
#include "sim/tasmota_web.h"
#include "sim/tasmota_wifi.h"

enum {
	HELD_MS = 200, /* a restart looks again whether the Backlog is through */
	OFF_MS = 3000, /* without power */
	IDLE_MS = 60000
};

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
tasmota_clear(struct tasmota *t)
{
	forget(t);
	free(t->upgrade.staged);
	t->upgrade.staged = NULL;
}
