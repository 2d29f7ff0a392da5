/* How simulated devices are heard by mDNS: one avahi-core responder in its own thread.
 *
 * The records are made one by one, not with avahi's service calls, because a device that
 * has been flashed falls silent without a goodbye, and only raw records can be told so. */
/* SPDX-License-Identifier: MIT */
#include "sim/presence.h"

#include <avahi-common/error.h>
#include <avahi-common/malloc.h>
#include <avahi-common/thread-watch.h>
#include <avahi-core/core.h>
#include <avahi-core/log.h>
#include <avahi-core/publish.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "sim/announcement.h"
#include "sim/bare_responder.h"

enum { HOST_TTL = 120, OTHER_TTL = 4500 };

#define CHANGE	((AvahiPublishFlags)(AVAHI_PUBLISH_UPDATE))
#define SILENCE ((AvahiPublishFlags)(AVAHI_PUBLISH_UPDATE | AVAHI_PUBLISH_NO_ANNOUNCE))
#define FIRST	((AvahiPublishFlags)0)

static const struct err_code e_mdns = { "E-SIM-MDNS", ERR_SYSTEM,
	"Name another interface with --interface, or leave mDNS out with --no-mdns." };

struct guest {
	struct presence *presence;
	struct plug *plug;
	AvahiSEntryGroup *group; /* NULL: the bare responder speaks for it */
	struct bare_responder *bare;
	bool was_ready;
	struct guest *next;
};

struct presence {
	struct world *world;
	AvahiThreadedPoll *poll;
	AvahiServer *server;
	AvahiIfIndex interface;
	struct guest *guests; /* under the poll's lock */
};

static void
log_of_avahi(AvahiLogLevel level, const char *text)
{
	(void)level;
	log_debug("avahi: %s", text);
}

static void
on_server(AvahiServer *server, AvahiServerState state, void *context)
{
	(void)server;
	(void)context;
	log_debug("mDNS responder is in state %d", (int)state);
}

static AvahiServer *
new_server(struct presence *p, const char *interface, struct err *err)
{
	AvahiServerConfig config;
	AvahiServer *server;
	int error = 0;

	avahi_server_config_init(&config);
	avahi_free(config.host_name);
	config.host_name = avahi_strdup_printf("airlift-sim-%d", (int)getpid());
	config.use_ipv6 = 0;
	config.allow_interfaces = avahi_string_list_add(NULL, interface);
	config.enable_wide_area = 0;
	/* The computer's own names belong to its own responder, if there is one. */
	config.publish_addresses = 0;
	config.publish_hinfo = 0;
	config.publish_workstation = 0;
	config.publish_domain = 0;
	config.ratelimit_interval = 0;
	server = avahi_server_new(
		avahi_threaded_poll_get(p->poll), &config, on_server, p, &error);
	avahi_server_config_free(&config);
	if (server == NULL)
		err_set(err, &e_mdns, "the mDNS responder does not start: %s",
			avahi_strerror(error));
	return server;
}

struct presence *
presence_new(struct world *world, const char *interface, struct err *err)
{
	struct presence *p = xcalloc(1, sizeof *p);

	p->world = world;
	p->interface = (AvahiIfIndex)if_nametoindex(interface);
	avahi_set_log_function(log_of_avahi);
	if (p->interface == 0) {
		err_set(err, &e_mdns, "there is no interface %s", interface);
	} else if ((p->poll = avahi_threaded_poll_new()) == NULL ||
		(p->server = new_server(p, interface, err)) == NULL) {
		err_set(err, &e_mdns, "the mDNS responder does not start");
	} else if (avahi_threaded_poll_start(p->poll) == 0) {
		return p;
	}
	presence_free(p);
	return NULL;
}

/* Adds or changes one record and lets go of it. */
static int
put(struct guest *guest, AvahiPublishFlags flags, AvahiRecord *record)
{
	int result = avahi_server_add(guest->presence->server, guest->group,
		guest->presence->interface, AVAHI_PROTO_INET, flags, record);

	avahi_record_unref(record);
	return result;
}

static int
put_pointer(
	struct guest *guest, AvahiPublishFlags flags, const char *from, const char *to)
{
	AvahiRecord *record = avahi_record_new_full(
		from, AVAHI_DNS_CLASS_IN, AVAHI_DNS_TYPE_PTR, OTHER_TTL);

	record->data.ptr.name = avahi_strdup(to);
	return put(guest, flags, record);
}

static int
put_service(struct guest *guest, AvahiPublishFlags flags, const char *name,
	const struct announcement *a)
{
	AvahiRecord *record = avahi_record_new_full(
		name, AVAHI_DNS_CLASS_IN, AVAHI_DNS_TYPE_SRV, HOST_TTL);

	record->data.srv.port = guest->presence->world->api_port;
	record->data.srv.name = avahi_strdup(a->host);
	return put(guest, flags | AVAHI_PUBLISH_UNIQUE, record);
}

static int
put_text(struct guest *guest, AvahiPublishFlags flags, const char *name,
	const struct announcement *a)
{
	AvahiRecord *record = avahi_record_new_full(
		name, AVAHI_DNS_CLASS_IN, AVAHI_DNS_TYPE_TXT, OTHER_TTL);

	for (unsigned i = 0; i < a->count; i++)
		record->data.txt.string_list = avahi_string_list_add(
			record->data.txt.string_list, a->strings[i]);
	return put(guest, flags | AVAHI_PUBLISH_UNIQUE, record);
}

static int
put_address(struct guest *guest, AvahiPublishFlags flags, const struct announcement *a)
{
	AvahiRecord *record = avahi_record_new_full(
		a->host, AVAHI_DNS_CLASS_IN, AVAHI_DNS_TYPE_A, HOST_TTL);

	record->data.a.address.address = a->address.s_addr;
	return put(guest, flags | AVAHI_PUBLISH_UNIQUE, record);
}

/* All records of a device; 0 or avahi's error. */
static int
put_all(struct guest *guest, AvahiPublishFlags flags)
{
	struct announcement a;
	OWN_STR name = NULL;
	int error;

	announcement_make(guest->plug, &a);
	name = xasprintf("%s.%s", a.instance, EWELINK_SERVICE);
	error = put_address(guest, flags, &a);
	if (error >= 0)
		error = put_service(guest, flags, name, &a);
	if (error >= 0)
		error = put_text(guest, flags, name, &a);
	if (error >= 0)
		error = put_pointer(guest, flags, EWELINK_SERVICE, name);
	if (error >= 0)
		error = put_pointer(
			guest, flags, "_services._dns-sd._udp.local", EWELINK_SERVICE);
	announcement_clear(&a);
	return error < 0 ? error : 0;
}

static void
on_group(AvahiServer *server, AvahiSEntryGroup *group, AvahiEntryGroupState state,
	void *context)
{
	struct guest *guest = context;

	(void)server;
	(void)group;
	if (state == AVAHI_ENTRY_GROUP_ESTABLISHED && !guest->was_ready) {
		guest->was_ready = true;
		world_ready(guest->presence->world, guest->plug);
	}
	if (state == AVAHI_ENTRY_GROUP_COLLISION)
		world_tell(guest->presence->world, "error", guest->plug->id, "{s:s}",
			"text", "another device announces the same name");
}

static void
free_guest(struct guest *guest)
{
	if (guest->group != NULL)
		avahi_s_entry_group_free(guest->group);
	bare_responder_free(guest->bare);
	free(guest);
}

/* 0 or avahi's error. */
static int
publish(struct guest *guest)
{
	struct presence *p = guest->presence;
	int error;

	guest->group = avahi_s_entry_group_new(p->server, on_group, guest);
	if (guest->group == NULL)
		return avahi_server_errno(p->server);
	error = put_all(guest, FIRST);
	return error < 0 ? error : avahi_s_entry_group_commit(guest->group);
}

static bool
is_odd(const struct plug *plug)
{
	return plug->faults.has[FAULT_NO_A_RECORD] || plug->faults.has[FAULT_DEAF_MDNS];
}

static bool
enter(struct guest *guest, struct err *err)
{
	int error;

	if (is_odd(guest->plug)) {
		guest->bare = bare_responder_new(
			guest->plug, (unsigned)guest->presence->interface, err);
		if (guest->bare != NULL)
			world_ready(guest->presence->world, guest->plug);
		return guest->bare != NULL;
	}
	error = publish(guest);
	return error >= 0 ||
		err_set(err, &e_mdns, "can not announce %s: %s", guest->plug->id,
			avahi_strerror(error));
}

bool
presence_enter(struct presence *p, struct plug *plug, struct err *err)
{
	struct guest *guest = xcalloc(1, sizeof *guest);
	bool good;

	*guest = (struct guest){ .presence = p, .plug = plug };
	avahi_threaded_poll_lock(p->poll);
	good = enter(guest, err);
	if (good) {
		guest->next = p->guests;
		p->guests = guest;
	} else {
		free_guest(guest);
	}
	avahi_threaded_poll_unlock(p->poll);
	return good;
}

static void
renew(struct guest *guest)
{
	if (guest->bare != NULL)
		bare_responder_renew(guest->bare);
	else
		put_all(guest, CHANGE);
}

void
presence_changed(struct plug *plug)
{
	struct presence *p = plug->world->presence;

	monitor_enter(&plug->door);
	plug->state.seq++;
	monitor_leave(&plug->door);
	if (p == NULL)
		return;
	avahi_threaded_poll_lock(p->poll);
	for (struct guest *guest = p->guests; guest != NULL; guest = guest->next)
		if (guest->plug == plug)
			renew(guest);
	avahi_threaded_poll_unlock(p->poll);
}

/* Records that are not announced are not taken back either: no goodbye. */
static void
withdraw(struct guest *guest, bool goodbye)
{
	if (!goodbye && guest->group != NULL)
		put_all(guest, SILENCE);
	free_guest(guest);
}

void
presence_leave(struct presence *p, struct plug *plug)
{
	avahi_threaded_poll_lock(p->poll);
	for (struct guest **at = &p->guests; *at != NULL; at = &(*at)->next) {
		struct guest *guest = *at;

		if (guest->plug != plug)
			continue;
		*at = guest->next;
		withdraw(guest, plug->faults.has[FAULT_GOODBYE]);
		break;
	}
	avahi_threaded_poll_unlock(p->poll);
}

void
presence_free(struct presence *p)
{
	if (p == NULL)
		return;
	if (p->poll != NULL)
		avahi_threaded_poll_stop(p->poll);
	while (p->guests != NULL) {
		struct guest *guest = p->guests;

		p->guests = guest->next;
		withdraw(guest, false);
	}
	if (p->server != NULL)
		avahi_server_free(p->server);
	if (p->poll != NULL)
		avahi_threaded_poll_free(p->poll);
	free(p);
}
