/* A Tasmota for unit tests: keeps settings, splits Backlogs, counts restarts, remembers
 * what it heard. Not a simulation: it has no network, no time and no mercy. */
/* SPDX-License-Identifier: MIT */
#ifndef TEST_UNIT_FAKE_TASMOTA_H
#define TEST_UNIT_FAKE_TASMOTA_H

#include <arpa/inet.h>
#include <strings.h>

#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "net/http_server.h"
#include "test/unit/unit.h"

#define FAKE_KEYS_MOST	24
#define FAKE_HEARD_MOST 64
#define FAKE_VALUE_SIZE 512

struct fake_tasmota {
	struct http_server *server;
	struct http_handler handler;
	struct sockaddr_in address;
	const char *version;
	struct {
		char name[24], value[FAKE_VALUE_SIZE];
	} keys[FAKE_KEYS_MOST];
	unsigned key_count;
	const char *deaf_to; /* a setting it never takes */
	char password[64]; /* of its pages; "" when open */
	unsigned boots;
	unsigned mqtt_count;
	bool must_restart;
	char heard[FAKE_HEARD_MOST][FAKE_VALUE_SIZE]; /* commands that are no questions */
	unsigned heard_count;
	bool saw_referer; /* with every request so far */
	const char *const
		*pages; /* answers to what is no command, in turn; the last stays */
	const char *const *tests; /* answers to WifiTest, in turn */
	char targets[8][256]; /* pages asked for */
	unsigned target_count;
	char body[8192]; /* of the answer on its way */
};

static inline char *
fake_value(struct fake_tasmota *fake, const char *name)
{
	for (unsigned i = 0; i < fake->key_count; i++)
		if (strcasecmp(fake->keys[i].name, name) == 0)
			return fake->keys[i].value;
	assert_true(fake->key_count < FAKE_KEYS_MOST);
	text_copy(fake->keys[fake->key_count].name, sizeof fake->keys->name, name);
	return fake->keys[fake->key_count++].value;
}

static inline void
fake_set(struct fake_tasmota *fake, const char *name, const char *value)
{
	text_copy(fake_value(fake, name), FAKE_VALUE_SIZE, value);
}

static inline json_t *
fake_status(struct fake_tasmota *fake)
{
	json_t *status = json_pack(
		"{s:{s:i,s:[s],s:s},s:{s:s,s:s,s:i},s:{s:s},s:{s:i,s:i},"
		"s:{s:s,s:s,s:s,s:i},s:{s:s}}",
		"Status", "Module", atoi(fake_value(fake, "Module")), "FriendlyName",
		fake_value(fake, "FriendlyName1"), "Topic", fake_value(fake, "Topic"),
		"StatusPRM", "GroupTopic", fake_value(fake, "GroupTopic"), "OtaUrl",
		fake_value(fake, "OtaUrl"), "BootCount", fake->boots, "StatusFWR",
		"Version", fake->version, "StatusMEM", "Free", 500, "ProgramSize", 500,
		"StatusNET", "Hostname", fake_value(fake, "Hostname"), "IPAddress",
		"127.0.0.1", "Mac", "5C:CF:7F:3D:5E:26", "WifiConfig", 4, "StatusSTS",
		"Uptime", "0T00:01:00");

	json_object_set_new(json_object_get(status, "Status"), "DeviceName",
		json_string(fake_value(fake, "DeviceName")));
	json_object_set_new(status, "StatusMQT",
		json_pack("{s:s,s:i,s:s,s:i}", "MqttHost", fake_value(fake, "MqttHost"),
			"MqttPort", atoi(fake_value(fake, "MqttPort")), "MqttUser",
			fake_value(fake, "MqttUser"), "MqttCount", fake->mqtt_count));
	return status;
}

static inline bool
fake_restarts_on(const char *name)
{
	static const char *const quiet[] = { "DeviceName", "FriendlyName1",
		"PowerOnState", "Timezone", "WebPassword", "WifiConfig", "OtaUrl" };

	for (size_t i = 0; i < COUNT_OF(quiet); i++)
		if (strcasecmp(quiet[i], name) == 0)
			return false;
	return true;
}

static inline json_t *
fake_write(struct fake_tasmota *fake, const char *name, const char *value)
{
	static const struct {
		const char *sent, *kept;
	} hidden[] = { { "MqttPassword2", "MqttPassword" },
		{ "WebPassword2", "WebPassword" }, { "GroupTopic1", "GroupTopic" } };

	for (size_t i = 0; i < COUNT_OF(hidden); i++)
		if (strcasecmp(hidden[i].sent, name) == 0)
			name = hidden[i].kept;
	fake->must_restart |= fake_restarts_on(name);
	if (fake->deaf_to == NULL || strcasecmp(fake->deaf_to, name) != 0)
		fake_set(fake, name, value);
	if (strcasecmp(name, "WebPassword") == 0)
		text_copy(fake->password, sizeof fake->password, value);
	return json_pack("{s:s}", name, value);
}

static inline json_t *
fake_execute(struct fake_tasmota *fake, char *command)
{
	char *value = strchr(command, ' ');

	if (strncasecmp(command, "Status", 6) == 0)
		return fake_status(fake);
	if (strncasecmp(command, "WifiTest", 8) == 0 && value == NULL)
		return json_pack("{s:s}", "WifiTest1",
			*fake->tests != NULL && fake->tests[1] != NULL ? *fake->tests++
								       : *fake->tests);
	if (value == NULL && strcasecmp(command, "Template") == 0)
		return json_loads(fake_value(fake, "Template"), 0, NULL);
	if (value == NULL)
		return json_pack("{s:s}", command, fake_value(fake, command));
	assert_true(fake->heard_count < FAKE_HEARD_MOST);
	text_copy(fake->heard[fake->heard_count++], FAKE_VALUE_SIZE, command);
	*value++ = '\0';
	return fake_write(fake, command, value);
}

/* Restarts when all is done, as a Backlog makes a device do. */
static inline json_t *
fake_command(struct fake_tasmota *fake, char *command)
{
	json_t *answer = NULL;
	char *rest = command + strlen("Backlog ");

	if (strncasecmp(command, "Backlog ", 8) == 0) {
		for (char *one; (one = strsep(&rest, ";")) != NULL;)
			json_decref(fake_execute(fake, one));
		answer = json_object();
	} else {
		answer = fake_execute(fake, command);
	}
	fake->boots += fake->must_restart;
	fake->must_restart = false;
	return answer;
}

static inline void
fake_unescape(const char *text, char *out, size_t size)
{
	size_t len = 0;

	for (; *text != '\0' && len + 1 < size; text++) {
		unsigned code;

		if (*text == '%' && sscanf(text + 1, "%2x", &code) == 1) {
			out[len++] = (char)code;
			text += 2;
		} else {
			out[len++] = *text == '+' ? ' ' : *text;
		}
	}
	out[len] = '\0';
}

static inline bool
fake_lets_in(struct fake_tasmota *fake, const struct http_request *request)
{
	const char *login = http_request_header(request, "Authorization");

	/* "admin:s3cr3t" is the only login the tests know. */
	return fake->password[0] == '\0' ||
		(login != NULL && strcmp(login, "Basic YWRtaW46czNjcjN0") == 0 &&
			strcmp(fake->password, "s3cr3t") == 0);
}

static inline void
fake_answer(void *context, const struct http_request *request, struct http_answer *out)
{
	struct fake_tasmota *fake = context;
	const char *escaped = http_request_argument(request, "cmnd");
	const char *referer = http_request_header(request, "Referer");
	char command[2048];
	json_t *answer;
	char *text;

	fake->saw_referer &= referer != NULL && strcmp(referer, "http://127.0.0.1/") == 0;
	out->status = 200;
	if (!fake_lets_in(fake, request)) {
		out->status = 401;
		text_copy(fake->body, sizeof fake->body,
			"{\"WARNING\":\"Need user=<username>&password=<password>\"}");
	} else if (escaped != NULL) {
		fake_unescape(escaped, command, sizeof command);
		answer = fake_command(fake, command);
		text = json_dumps(answer, JSON_COMPACT);
		text_copy(fake->body, sizeof fake->body, text);
		free(text);
		json_decref(answer);
	} else {
		if (fake->target_count < COUNT_OF(fake->targets))
			text_copy(fake->targets[fake->target_count++],
				sizeof fake->targets[0], request->path);
		text_copy(fake->body, sizeof fake->body, *fake->pages);
		fake->pages += fake->pages[1] != NULL;
	}
	out->body = fake->body;
	out->body_len = strlen(fake->body);
}

static inline void
fake_open(struct fake_tasmota *fake, const char *version)
{
	static const char *const no_pages[] = { "<html></html>", NULL };
	static const char *const no_tests[] = { "Not Started", NULL };
	struct http_options options = { .body_most = 2 * 1024 * 1024 };

	*fake = (struct fake_tasmota){ .version = version,
		.boots = 5,
		.saw_referer = true,
		.pages = no_pages,
		.tests = no_tests };
	fake_set(fake, "Module", "1");
	fake_set(fake, "Topic", "tasmota_3D5E26");
	fake_set(fake, "GroupTopic", "tasmotas");
	fake_set(fake, "FriendlyName1", "Tasmota");
	fake_set(fake, "DeviceName", "Tasmota");
	fake_set(fake, "Hostname", "tasmota-3D5E26-7718");
	fake_set(fake, "MqttPort", "1883");
	fake_set(fake, "PowerOnState", "3");
	fake_set(fake, "Timezone", "+00:00");
	fake_set(fake, "Template",
		"{\"NAME\":\"Generic\",\"GPIO\":[1,1,1,1,1,1,1,1,1,1,1,1,1,1],"
		"\"FLAG\":0,\"BASE\":18}");
	options.address.s_addr = htonl(INADDR_LOOPBACK);
	fake->handler = (struct http_handler){ .context = fake, .answer = fake_answer };
	fake->server = http_server_new(&options, &fake->handler, NULL);
	assert_non_null(fake->server);
	fake->address = (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = htons(http_server_port(fake->server)),
		.sin_addr = options.address };
}

static inline void
fake_close(struct fake_tasmota *fake)
{
	http_server_free(fake->server);
}

/* How often a command that begins like this was heard. */
static inline unsigned
fake_count(const struct fake_tasmota *fake, const char *beginning)
{
	unsigned count = 0;

	for (unsigned i = 0; i < fake->heard_count; i++)
		count += text_starts_with(fake->heard[i], beginning);
	return count;
}

#endif
