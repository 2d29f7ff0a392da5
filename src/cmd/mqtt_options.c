/* The options that name a broker. */
/* SPDX-License-Identifier: MIT */
#include "cmd/mqtt_options.h"

#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "cmd/prompt.h"
#include "cmd/secret.h"
#include "host/broker.h"

enum { PLAIN_PORT = 1883, TLS_PORT = 8883, PASSWORD_MOST = 256 };

void
mqtt_choice_clear(struct mqtt_choice *choice)
{
	free(choice->host);
	free(choice->user);
	secret_free(choice->password);
	*choice = (struct mqtt_choice){ 0 };
}

static const struct err_code e_down = {
	"E-BROKER-DOWN", ERR_UNREACHABLE,
	"Start it with \"airlift broker --background\", or name another one with --mqtt."
};

/* The broker that "airlift broker" runs keeps its password beside its configuration. */
static char *
own_password_path(const struct app *app)
{
	return xasprintf("%s/broker/password", app->state_directory);
}

/* Where the broker that "airlift broker" runs listens; else the usual place, unless what
 * is meant is that broker, and it does not run. */
static bool
choose_own_place(
	const struct app *app, struct mqtt_choice *choice, bool tls, struct err *err)
{
	OWN_STR path = own_password_path(app);
	struct broker_alive alive;
	bool runs = !tls && broker_runs_here(app->state_directory, &alive);

	if (!tls && !runs && choice->user == NULL && access(path, R_OK) == 0)
		return err_set(
			err, &e_down, "the broker of \"airlift broker\" does not run");
	choice->host = xstrdup(
		runs && alive.listen_on[0] != '\0' ? alive.listen_on : "127.0.0.1");
	choice->broker.port = runs ? alive.port : tls ? TLS_PORT : PLAIN_PORT;
	return true;
}

static bool
choose_host(struct mqtt_choice *choice, const char *text, bool tls, struct err *err)
{
	int64_t port = tls ? TLS_PORT : PLAIN_PORT;
	size_t len = strcspn(text, ":");
	char shown[128];

	if (len == 0 ||
		(text[len] == ':' && !text_to_number(text + len + 1, 1, 65535, &port)))
		return err_set(err, &err_usage, "--mqtt takes HOST or HOST:PORT, not %s",
			text_printable(shown, sizeof shown, text));
	choice->host = xstrndup(text, len);
	choice->broker.port = (uint16_t)port;
	return true;
}

/* The own broker's password is for that one only, not for whoever listens at its place. */
static bool
choose_own(const struct app *app, struct mqtt_choice *choice, struct err *err)
{
	OWN_STR path = own_password_path(app);
	struct broker_alive alive;

	if (!broker_runs_here(app->state_directory, &alive) ||
		choice->broker.port != alive.port || access(path, R_OK) != 0)
		return true;
	if (choice->user == NULL)
		choice->user = xstrdup(BROKER_USER);
	choice->password = file_read_line(path, PASSWORD_MOST, err);
	return choice->password != NULL;
}

static bool
choose_password(const struct app *app, const struct options *options,
	struct mqtt_choice *choice, struct err *err)
{
	const char *path = option_value(options, "mqtt-password-file");
	const char *environment = getenv("AIRLIFT_MQTT_PASSWORD");

	if (path != NULL) {
		choice->password = file_read_line(path, PASSWORD_MOST, err);
		return choice->password != NULL;
	}
	if (environment != NULL) {
		choice->password = xstrdup(environment);
		return true;
	}
	if (choice->user != NULL && prompt_is_possible(app)) {
		choice->password = prompt_line(app, "password at the broker", true);
		return choice->password != NULL ||
			err_set(err, &err_cancelled, "stopped before anything was done");
	}
	return option_given(options, "mqtt") || choose_own(app, choice, err);
}

bool
mqtt_choose(const struct app *app, const struct options *options,
	struct mqtt_choice *choice, struct err *err)
{
	const char *user = option_value(options, "mqtt-user");
	const char *ca = option_value(options, "mqtt-ca");
	const char *host = option_value(options, "mqtt");

	if (user != NULL)
		choice->user = xstrdup(user);
	if (host == NULL ? !choose_own_place(app, choice, ca != NULL, err)
			 : !choose_host(choice, host, ca != NULL, err))
		return false;
	if (!choose_password(app, options, choice, err))
		return false;
	choice->broker.host = choice->host;
	choice->broker.user = choice->user;
	choice->broker.password = choice->password;
	choice->broker.ca_file = ca;
	return true;
}

bool
mqtt_is_known(const struct app *app, const struct options *options)
{
	struct broker_alive alive;

	return option_given(options, "mqtt") ||
		broker_runs_here(app->state_directory, &alive);
}
