/* What is known of each device that has a seat: its websocket's thread and the HTTP
 * server write, the device's job reads and waits. */
/* SPDX-License-Identifier: MIT */
#include "flash/ewelink_seat.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"

static void
change(struct cloud_seat *seat)
{
	seat->view.version++;
	monitor_ring(&cloud_hall(seat->cloud)->monitor);
}

struct cloud_seat *
cloud_sit(struct ewelink_cloud *cloud, const char *id, const char *factory_key)
{
	struct cloud_hall *hall = cloud_hall(cloud);
	struct cloud_seat *seat = xcalloc(1, sizeof *seat), **last;

	seat->cloud = cloud;
	seat->view.acknowledged = seat->view.upgrade_state = EWELINK_NO_RESULT;
	text_copy(seat->view.id, sizeof seat->view.id, id);
	text_copy(seat->factory_key, sizeof seat->factory_key, factory_key);
	monitor_enter(&hall->monitor);
	for (last = &hall->seats; *last != NULL; last = &(*last)->next)
		continue;
	*last = seat;
	monitor_leave(&hall->monitor);
	return seat;
}

void
cloud_leave(struct cloud_seat *seat)
{
	struct cloud_hall *hall;
	struct cloud_seat **at;

	if (seat == NULL)
		return;
	hall = cloud_hall(seat->cloud);
	monitor_enter(&hall->monitor);
	for (at = &hall->seats; *at != seat; at = &(*at)->next)
		continue;
	*at = seat->next;
	/* From here on its thread finds no seat. */
	if (seat->line != NULL)
		line_cut(seat->line);
	monitor_leave(&hall->monitor);
	free(seat);
}

void
cloud_look(struct cloud_seat *seat, struct cloud_view *out)
{
	struct cloud_hall *hall = cloud_hall(seat->cloud);

	monitor_enter(&hall->monitor);
	*out = seat->view;
	monitor_leave(&hall->monitor);
}

bool
cloud_wait(struct cloud_seat *seat, struct cloud_view *seen, struct deadline until,
	const struct cancel *cancel)
{
	struct cloud_hall *hall = cloud_hall(seat->cloud);
	bool changed;

	monitor_enter(&hall->monitor);
	while (seat->view.version == seen->version &&
		monitor_wait(&hall->monitor, until, cancel))
		continue;
	changed = seat->view.version != seen->version;
	*seen = seat->view;
	monitor_leave(&hall->monitor);
	return changed;
}

/* The seat of this device, or a free one that takes anybody. A key that is known must
 * fit: an id is printed on every case. */
static struct cloud_seat *
find(const struct cloud_hall *hall, const char *id, const char *factory_key)
{
	struct cloud_seat *free_seat = NULL;

	for (struct cloud_seat *seat = hall->seats; seat != NULL; seat = seat->next) {
		if (strcmp(seat->view.id, id) == 0)
			return seat->factory_key[0] == '\0' ||
					strcmp(seat->factory_key, factory_key) == 0
				? seat
				: NULL;
		if (free_seat == NULL && seat->view.id[0] == '\0')
			free_seat = seat;
	}
	return free_seat;
}

static void
take(char *out, size_t size, const char *said)
{
	if (*said != '\0')
		text_copy(out, size, said);
}

/* Hang-ups belong to devices that have not called. With more such devices than addresses
 * it can not be told which, and some of them may still call. */
static void
attribute_hang_ups(struct cloud_hall *hall)
{
	size_t waiting = 0, given = 0;

	for (struct cloud_seat *seat = hall->seats; seat != NULL; seat = seat->next)
		waiting += !seat->view.called && !seat->view.registered;
	if (waiting > hall->hang_up_count)
		return;
	for (struct cloud_seat *seat = hall->seats; seat != NULL; seat = seat->next) {
		if (seat->view.called || seat->view.registered)
			continue;
		seat->view.hung_up = hall->hang_ups[given].peer;
		seat->view.hang_ups = hall->hang_ups[given++].count;
		change(seat);
	}
}

void
seat_note_hang_up(struct cloud_hall *hall, struct in_addr peer)
{
	size_t i = 0;

	monitor_enter(&hall->monitor);
	while (i < hall->hang_up_count && hall->hang_ups[i].peer.s_addr != peer.s_addr)
		i++;
	if (i == hall->hang_up_count && i < HANG_UPS_MOST)
		hall->hang_ups[hall->hang_up_count++] = (struct hang_up){ .peer = peer };
	if (i < hall->hang_up_count)
		hall->hang_ups[i].count++;
	attribute_hang_ups(hall);
	monitor_leave(&hall->monitor);
}

/* Whoever calls has not been turned away for good. */
static void
forget_hang_ups(struct cloud_hall *hall, struct in_addr peer)
{
	for (size_t i = 0; i < hall->hang_up_count; i++)
		if (hall->hang_ups[i].peer.s_addr == peer.s_addr) {
			hall->hang_ups[i] = hall->hang_ups[--hall->hang_up_count];
			break;
		}
	attribute_hang_ups(hall);
}

static void
learn(struct cloud_seat *seat, const char *id, const char *model, const char *firmware,
	struct in_addr peer)
{
	struct cloud_view *view = &seat->view;

	text_copy(view->id, sizeof view->id, id);
	take(view->model, sizeof view->model, model);
	take(view->firmware, sizeof view->firmware, firmware);
	view->address = peer;
	view->hang_ups = 0;
}

bool
seat_call(struct cloud_hall *hall, const struct ewelink_dispatch *dispatch,
	struct in_addr peer, bool is_secure)
{
	struct cloud_seat *seat;

	monitor_enter(&hall->monitor);
	seat = find(hall, dispatch->id, dispatch->factory_key);
	if (seat != NULL) {
		learn(seat, dispatch->id, dispatch->model, dispatch->firmware, peer);
		text_copy(seat->factory_key, sizeof seat->factory_key,
			dispatch->factory_key);
		seat->view.called = true;
		seat->view.is_secure = is_secure;
		forget_hang_ups(hall, peer);
		change(seat);
	}
	monitor_leave(&hall->monitor);
	return seat != NULL;
}

struct cloud_seat *
seat_register(struct cloud_hall *hall, struct line *line,
	const struct ewelink_message *message, struct in_addr peer)
{
	struct cloud_seat *seat = NULL;

	monitor_enter(&hall->monitor);
	if (message->action == EWELINK_REGISTER)
		seat = find(hall, message->id, message->key);
	if (seat != NULL) {
		if (seat->line != NULL)
			line_cut(seat->line);
		seat->line = line;
		learn(seat, message->id, message->model, message->firmware, peer);
		text_copy(seat->factory_key, sizeof seat->factory_key, message->key);
		seat->view.registered = seat->view.connected = true;
		seat->view.updated = seat->view.queried = false;
		seat->view.registrations++;
		change(seat);
	}
	monitor_leave(&hall->monitor);
	return seat;
}

static struct cloud_seat *
seat_of(const struct cloud_hall *hall, const struct line *line)
{
	struct cloud_seat *seat = hall->seats;

	while (seat != NULL && seat->line != line)
		seat = seat->next;
	return seat;
}

/* Only messages of this device with the key of this line count. */
static void
note(struct cloud_seat *seat, const struct ewelink_message *message)
{
	struct cloud_view *view = &seat->view;

	if (message->action == EWELINK_QUERY)
		view->queried = true;
	if (message->action == EWELINK_UPDATE) {
		view->updated = true;
		take(view->mac, sizeof view->mac, message->mac);
		if (message->upgrade_state != EWELINK_NO_RESULT)
			view->upgrade_state = message->upgrade_state;
	}
	if (message->action == EWELINK_ACKNOWLEDGE && seat->sequence[0] != '\0' &&
		strcmp(message->sequence, seat->sequence) == 0) {
		view->acknowledged = message->error;
		view->acknowledged_ms = clock_steady_ms();
	}
	change(seat);
}

bool
seat_hear(
	struct cloud_hall *hall, struct line *line, const struct ewelink_message *message)
{
	struct cloud_seat *seat;

	monitor_enter(&hall->monitor);
	seat = seat_of(hall, line);
	if (seat != NULL)
		note(seat, message);
	monitor_leave(&hall->monitor);
	return seat != NULL;
}

void
seat_hang_up(struct cloud_hall *hall, struct line *line)
{
	struct cloud_seat *seat;

	monitor_enter(&hall->monitor);
	seat = seat_of(hall, line);
	if (seat != NULL) {
		seat->line = NULL;
		seat->view.connected = false;
		change(seat);
	}
	monitor_leave(&hall->monitor);
}

bool
cloud_send_upgrade(
	struct cloud_seat *seat, const char *const url[2], const char *const digest[2])
{
	struct cloud_hall *hall = cloud_hall(seat->cloud);
	struct ewelink_upgrade upgrade = {
		.sequence = seat->sequence,
		.model = seat->view.model,
		.url = { url[0], url[1] },
		.digest = { digest[0], digest[1] },
	};
	bool ok = false;

	monitor_enter(&hall->monitor);
	seat->view.acknowledged = seat->view.upgrade_state = EWELINK_NO_RESULT;
	snprintf(seat->sequence, sizeof seat->sequence, "%lld",
		(long long)clock_wall_ms());
	if (seat->line != NULL) {
		struct ewelink_session session = { seat->view.id, line_key(seat->line) };
		OWN_STR text = ewelink_write_upgrade(&session, &upgrade);

		ok = text != NULL && line_send(seat->line, text);
	}
	monitor_leave(&hall->monitor);
	return ok;
}
