/* The shared world of simulated devices: event lines on standard output. */
/* SPDX-License-Identifier: MIT */
#include "sim/world.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>

#include "base/memory.h"
#include "sim/plug.h"

void
world_init(struct world *world, FILE *out)
{
	*world = (struct world){ .out = out, .began_ms = clock_steady_ms() };
	pthread_mutex_init(&world->print_lock, NULL);
}

void
world_clear(struct world *world)
{
	pthread_mutex_destroy(&world->print_lock);
}

void
world_tell(struct world *world, const char *what, const char *device, const char *format,
	...)
{
	json_t *event = json_pack("{s:s,s:s*}", "sim", what, "device", device);
	json_t *more = NULL;
	char *line;
	va_list args;

	if (format != NULL) {
		va_start(args, format);
		more = json_vpack_ex(NULL, 0, format, args);
		va_end(args);
		json_object_update(event, more);
		json_decref(more);
	}
	json_object_set_new(
		event, "ms", json_integer(clock_steady_ms() - world->began_ms));
	line = json_dumps(event, JSON_COMPACT);
	json_decref(event);
	if (line == NULL)
		return;
	pthread_mutex_lock(&world->print_lock);
	fprintf(world->out, "%s\n", line);
	fflush(world->out);
	pthread_mutex_unlock(&world->print_lock);
	free(line);
}

void
world_ready(struct world *world, struct plug *plug)
{
	struct in_addr address = plug_address(plug);
	char text[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &address, text, sizeof text);
	world_tell(world, "ready", plug->id, "{s:s,s:i,s:s}", "address", text, "port",
		(int)world->api_port, "personality", plug->personality->name);
}
