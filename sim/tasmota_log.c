/* What a simulated Tasmota has heard, as event lines without secrets. */
/* SPDX-License-Identifier: MIT */
#include "sim/tasmota_log.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "sim/tasmota_command.h"

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

/* Where the first word ends. */
static size_t
word(const char *text)
{
	return strcspn(text, " ;");
}

/* One command; true when its argument was a secret. */
static bool
add_masked(struct buf *out, const char *one, size_t len)
{
	size_t name = word(one);
	const char *plus = memchr(one, '+', len);

	if (name < len && is_secret(one, name)) {
		buf_add(out, one, name);
		buf_add_text(out, " ****");
		return true;
	}
	if (plus != NULL && strncasecmp(one, "wifitest", 8) == 0) {
		buf_add(out, one, (size_t)(plus - one));
		buf_add_text(out, "+****");
		return true;
	}
	buf_add(out, one, len);
	return false;
}

/* A password with a semicolon breaks a Backlog: what follows it is a secret too, unless it
 * begins as a command does. */
static void
add_backlog(struct buf *out, const char *rest)
{
	bool after_secret = false;

	for (;;) {
		size_t len = strcspn(rest, ";");
		size_t blanks = strspn(rest, " ");

		buf_add(out, rest, blanks < len ? blanks : len);
		if (blanks < len && after_secret &&
			!tasmota_command_exists(rest + blanks, word(rest + blanks)))
			buf_add_text(out, "****");
		else if (blanks < len)
			after_secret = add_masked(out, rest + blanks, len - blanks);
		if (rest[len] == '\0')
			return;
		buf_add_text(out, ";");
		rest += len + 1;
	}
}

char *
tasmota_mask(const char *command)
{
	OWN(buf) out = BUF_UP_TO(8 * 1024);
	const char *slash = memrchr(command, '/', strcspn(command, " "));

	/* "cmnd/lamp/Password1 x" is a command too. */
	if (slash != NULL)
		buf_add(&out, command, (size_t)(slash + 1 - command));
	command = slash != NULL ? slash + 1 : command;
	if (strncasecmp(command, "backlog", 7) == 0) {
		buf_add(&out, command, word(command));
		add_backlog(&out, command + word(command));
	} else {
		buf_add(&out, command, strspn(command, " "));
		command += strspn(command, " ");
		add_masked(&out, command, strlen(command));
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
