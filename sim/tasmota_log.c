/* What a simulated Tasmota has heard, as event lines without secrets. */
/* SPDX-License-Identifier: MIT */
#include "sim/tasmota_log.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

/* Their arguments are secret; a digit may follow the name. */
static const char *const secret_commands[] = { "password", "mqttpassword",
	"webpassword" };
static const char *const secret_arguments[] = { "p1", "p2", "password" };

static bool
is_secret(const char *name, size_t len)
{
	while (len > 0 && isdigit((unsigned char)name[len - 1]))
		len--;
	for (size_t i = 0; i < COUNT_OF(secret_commands); i++)
		if (strlen(secret_commands[i]) == len &&
			strncasecmp(secret_commands[i], name, len) == 0)
			return true;
	return false;
}

/* One command of a Backlog. */
static void
add_masked(struct buf *out, const char *one, size_t len)
{
	size_t blanks = 0, name;
	const char *plus;

	while (blanks < len && one[blanks] == ' ')
		blanks++;
	name = blanks;
	while (name < len && one[name] != ' ')
		name++;
	/* "Backlog Password1 x" is one segment too. */
	if (name - blanks >= 7 && strncasecmp(one + blanks, "backlog", 7) == 0) {
		buf_add(out, one, name);
		add_masked(out, one + name, len - name);
		return;
	}
	plus = memchr(one, '+', len);
	if (is_secret(one + blanks, name - blanks) && name < len) {
		buf_add(out, one, name);
		buf_add_text(out, " ****");
	} else if (name - blanks >= 8 && plus != NULL &&
		strncasecmp(one + blanks, "wifitest", 8) == 0) {
		buf_add(out, one, (size_t)(plus - one));
		buf_add_text(out, "+****");
	} else {
		buf_add(out, one, len);
	}
}

char *
tasmota_mask(const char *command)
{
	OWN(buf) out = BUF_UP_TO(8 * 1024);

	for (;;) {
		size_t len = strcspn(command, ";");

		add_masked(&out, command, len);
		if (command[len] == '\0')
			break;
		buf_add_text(&out, ";");
		command += len + 1;
	}
	return buf_take(&out);
}

static void
add_argument(struct buf *out, const char *name, const char *value)
{
	OWN_STR masked = NULL;
	char shown[1024];

	for (size_t i = 0; i < COUNT_OF(secret_arguments); i++)
		if (strcmp(name, secret_arguments[i]) == 0 && value[0] != '\0')
			value = "****";
	if (strcmp(name, "cmnd") == 0 || strcmp(name, "c1") == 0)
		value = masked = tasmota_mask(value);
	buf_addf(out, "%s=", text_printable(shown, sizeof shown, name));
	buf_add_text(out, text_printable(shown, sizeof shown, value));
}

void
tasmota_log_request(const struct tasmota *t, const struct web_request *request,
	enum tasmota_face face)
{
	OWN(buf) what = BUF_UP_TO(8 * 1024);
	char shown[256];

	buf_addf(&what, "%s ", text_printable(shown, sizeof shown, request->method));
	buf_add_text(&what, text_printable(shown, sizeof shown, request->path));
	for (unsigned i = 0; i < request->arguments; i++) {
		buf_add_text(&what, i == 0 ? "?" : "&");
		add_argument(
			&what, request->argument[i].name, request->argument[i].value);
	}
	world_tell(t->world, "heard", t->id, "{s:s,s:s}", "what", buf_text(&what), "face",
		face == FACE_AP ? "ap" : "lan");
}

void
tasmota_log_message(const struct tasmota *t, const char *topic, const char *payload)
{
	const char *name = strrchr(topic, '/');
	OWN_STR command = NULL;
	OWN_STR masked = NULL;
	OWN_STR what = NULL;
	char shown[256], shown_too[1024];

	command = xasprintf("%s %s", name != NULL ? name + 1 : topic, payload);
	masked = tasmota_mask(command);
	what = xasprintf("MQTT %.*s%s", name != NULL ? (int)(name + 1 - topic) : 0,
		text_printable(shown, sizeof shown, topic),
		text_printable(shown_too, sizeof shown_too, masked));
	world_tell(t->world, "heard", t->id, "{s:s}", "what", what);
}
