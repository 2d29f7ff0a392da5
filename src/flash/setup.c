/* The way of a Tasmota into the user's home, step by step. */
/* SPDX-License-Identifier: MIT */
#include "flash/setup.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "device/find_again.h"
#include "flash/move.h"
#include "wire/tasmota_page.h"

static bool accepts(const struct flash_job *job, struct err *err);
static bool reach_it(struct flash_job *job, struct err *err);
static bool try_broker(struct flash_job *job, struct err *err);
static bool join(struct flash_job *job, struct err *err);
static bool find(struct flash_job *job, struct err *err);
static bool write_settings(struct flash_job *job, struct err *err);
static bool see_it_online(struct flash_job *job, struct err *err);
static void finish(struct flash_job *job);

static const struct flash_step steps[] = {
	{ "reach", 5, 30000, reach_it },
	{ "broker", 5, 20000, try_broker },
	{ "wifi", 25, 40000, join },
	{ "find", 15, 90000, find },
	{ "settings", 30, 60000, write_settings },
	{ "online", 20, 60000, see_it_online },
	{ 0 },
};

extern const struct flash_method flash_setup;
const struct flash_method flash_setup = {
	.name = "setup",
	.summary = "write Wi-Fi, names and MQTT into Tasmota and prove it",
	.accepts = accepts,
	.finish = finish,
	.steps = steps,
};

static const struct err_code e_minimal = { "E-TASMOTA-MINIMAL", ERR_NOT_ELIGIBLE,
	"Flash a complete build first: airlift flash DEVICE --firmware tasmota-lite." };
static const struct err_code e_no_access_point = { "E-NO-ACCESS-POINT", ERR_NOT_FOUND,
	"Join the device's open network (tasmota-XXXXXX-####) with this computer, with no "
	"phone in it at the same time: it takes one guest only." };

static const struct err_code e_other_password = {
	"E-WEB-PASSWORD-OTHER", ERR_REFUSED,
	"It has another one at present: give that with --web-password-now-file FILE or "
	"AIRLIFT_WEB_PASSWORD_NOW. One that is lost goes only with a reset to defaults."
};

enum { WAKE_MS = 20000, WAKE_LOOK_MS = 400 };
enum { ID_DIGITS = 6, WIFI_CONFIG_OPENS = 2, WIFI_CONFIG_USUAL = 4 };

/* What lasts from step to step. */
struct setup {
	struct tasmota_client *client;
	struct tasmota_state state;
	struct online_topics topics;
	struct join_result joined;
	char *expanded[SETTING_COUNT]; /* values with %id% filled in */
};

static struct setup_wishes *
wishes_of(const struct flash_job *job)
{
	return job->wishes;
}

static struct setup *
own(struct flash_job *job)
{
	if (job->own == NULL)
		job->own = xcalloc(1, sizeof(struct setup));
	return job->own;
}

static void
finish(struct flash_job *job)
{
	struct setup *setup = job->own;

	if (setup == NULL)
		return;
	tasmota_client_free(setup->client);
	for (size_t i = 0; i < SETTING_COUNT; i++)
		free(setup->expanded[i]);
	free(setup);
}

/* "%id%" lets one command name many devices. NULL: it is not in there. */
static char *
fill_in(const char *value, const char *mac)
{
	const char *at = value != NULL ? strstr(value, "%id%") : NULL;
	size_t len = strlen(mac);

	if (at == NULL)
		return NULL;
	return xasprintf("%.*s%s%s", (int)(at - value), value,
		len > ID_DIGITS ? mac + len - ID_DIGITS : mac, at + strlen("%id%"));
}

bool
setup_check(const struct setup_wishes *wishes, struct err *err)
{
	struct settings filled = wishes->settings;
	char *owned[SETTING_COUNT];
	bool ok;

	for (size_t i = 0; i < SETTING_COUNT; i++) {
		owned[i] = fill_in(filled.want[i], "000000");
		if (owned[i] != NULL)
			filled.want[i] = owned[i];
	}
	ok = (wishes->wifi.ssid == NULL || join_check(&wishes->wifi, err)) &&
		settings_check(&filled, err);
	for (size_t i = 0; i < SETTING_COUNT; i++)
		free(owned[i]);
	return ok;
}

struct tasmota_client *
setup_client_new(const struct setup_wishes *wishes, struct sockaddr_in address,
	const struct cancel *cancel)
{
	struct tasmota_client *client = tasmota_client_new(
		address, wishes->web_password, cancel);

	tasmota_client_also(client, wishes->web_password_now);
	return client;
}

static bool
accepts(const struct flash_job *job, struct err *err)
{
	return setup_check(wishes_of(job), err);
}

static void
say(void *context, const char *sentence)
{
	flash_say(context, "%s", sentence);
}

static bool
note(void *context, const char *what, struct err *err)
{
	return flash_note(context, err, "writes %s", what);
}

static struct find_order
find_order(struct flash_job *job, struct in_addr told)
{
	const struct setup_wishes *wishes = wishes_of(job);
	const struct setup *setup = own(job);
	const char *mac = setup->state.mac;

	if (mac[0] == '\0' && wishes->mac != NULL)
		mac = wishes->mac;
	return (struct find_order){
		.mac = mac,
		.topic = wishes->topic,
		.topic_too = wishes->topic_too,
		.told = told,
		.web_port = job->web_port,
		.web_password = wishes->web_password,
		.web_password_too = wishes->web_password_now,
		.broker = wishes->broker,
		.network = wishes->network,
		.interface = wishes->interface,
		.until = deadline_in(flash_scaled_ms(job, wishes->find_ms)),
		.cancel = job->cancel,
		.say = say,
		.context = job,
	};
}

/* Named by MAC or topic. */
static bool
look_for_it(struct flash_job *job, struct err *err)
{
	struct find_order order = find_order(job, (struct in_addr){ INADDR_ANY });
	char mac[13];

	return find_again(&order, &job->device.address, mac, err);
}

static void
learn(struct flash_job *job)
{
	const struct tasmota_state *state = &own(job)->state;

	job->device.kind = DEVICE_TASMOTA;
	if (state->mac[0] != '\0')
		text_copy(job->device.id, sizeof job->device.id, state->mac);
	text_copy(job->device.firmware, sizeof job->device.firmware, state->version);
}

static bool
refuse_minimal(struct err *err)
{
	return err_set(err, &e_minimal,
		"the device runs a minimal build, which is but a step on the way");
}

static bool
ask_state(struct flash_job *job, struct err *err)
{
	struct setup *setup = own(job);
	struct tasmota_version version;
	struct err why = { 0 };

	if (tasmota_ask_state(setup->client, &setup->state, &why)) {
		tasmota_read_version(setup->state.version, &version);
		learn(job);
		return strcmp(version.variant, "minimal") != 0 || refuse_minimal(err);
	}
	if (err_kind(&why) == ERR_LOST && wishes_of(job)->in_access_point)
		return err_set(err, &e_no_access_point, "%s", why.text);
	/* In its access point a minimal build has no page that would say what it is. */
	if (why.code == &err_tasmota_unknown &&
		(wishes_of(job)->in_access_point || tasmota_is_minimal(setup->client)))
		return refuse_minimal(err);
	if (why.code == &err_tasmota_password &&
		wishes_of(job)->settings.want[SETTING_WEB_PASSWORD] != NULL)
		return err_set(err, &e_other_password, "%s", why.text);
	*err = why;
	return false;
}

/* What is to be written to just this device. */
static bool
decide(struct flash_job *job, struct err *err)
{
	struct setup_wishes *wishes = wishes_of(job);
	struct setup *setup = own(job);
	struct tasmota_version version;

	if (wishes->decide != NULL &&
		!wishes->decide(wishes->context, &setup->state, err))
		return false;
	tasmota_read_version(setup->state.version, &version);
	settings_choose_hardware(&wishes->settings, &version);
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		setup->expanded[i] = fill_in(wishes->settings.want[i], setup->state.mac);
		if (setup->expanded[i] != NULL)
			wishes->settings.want[i] = setup->expanded[i];
	}
	return setup_check(wishes, err);
}

/* It is in a network, and shall be in another one. */
static bool
is_to_move(struct flash_job *job)
{
	const struct setup_wishes *wishes = wishes_of(job);
	const char *now = own(job)->state.ssid;

	return !wishes->in_access_point && wishes->wifi.ssid != NULL && *now != '\0' &&
		strcmp(now, wishes->wifi.ssid) != 0;
}

static bool
reach_it(struct flash_job *job, struct err *err)
{
	const struct setup_wishes *wishes = wishes_of(job);
	struct setup *setup = own(job);
	char address[DEVICE_ADDRESS_SIZE];

	if (job->device.address.sin_addr.s_addr == INADDR_ANY && !look_for_it(job, err))
		return false;
	setup->client = setup_client_new(wishes, job->device.address, job->cancel);
	if (!ask_state(job, err) || !decide(job, err))
		return false;
	if (is_to_move(job) && !move_check(&setup->state, &wishes->wifi, err))
		return false;
	return flash_note(job, err, "Tasmota %s, MAC %s, at %s", setup->state.version,
		setup->state.mac, device_address(&job->device, address));
}

static struct online_order
online_order(const struct flash_job *job, const struct setup *setup)
{
	return (struct online_order){ wishes_of(job)->broker, setup->state.mac,
		flash_patience(job), job->cancel };
}

/* Wrong credentials would leave no trace on the device but silence. */
static bool
try_login(struct flash_job *job, struct err *err)
{
	const struct setup_wishes *wishes = wishes_of(job);
	struct mqtt *mqtt;

	if (wishes->login == NULL)
		return true;
	mqtt = mqtt_connect(wishes->login, flash_patience(job), job->cancel, err);
	if (mqtt == NULL)
		return err_while(err, "trying the device's login at the broker");
	mqtt_free(mqtt);
	return true;
}

/* In the device's own network the way to the broker may be missing. */
static bool
may_be_out_of_reach(struct flash_job *job, struct err *err)
{
	const struct setup_wishes *wishes = wishes_of(job);

	if (!wishes->in_access_point || !wishes->broker_was_tried ||
		err_kind(err) != ERR_LOST)
		return false;
	flash_say(job,
		"the broker is out of reach from here; it was tried before, and is asked "
		"again at the end");
	err_clear(err);
	return true;
}

static bool
try_broker(struct flash_job *job, struct err *err)
{
	const struct setup_wishes *wishes = wishes_of(job);
	struct setup *setup = own(job);
	const char *topic = wishes->settings.want[SETTING_TOPIC];
	struct online_order order = online_order(job, setup);

	if (wishes->broker == NULL)
		return true;
	flash_say(job, "trying its login at the broker from here");
	online_ask_topics(setup->client, &setup->state, &setup->topics);
	if (try_login(job, err) &&
		(topic == NULL || strcmp(topic, setup->state.topic) == 0 ||
			online_topic_is_free(&order, &setup->topics, topic, err)))
		return true;
	return may_be_out_of_reach(job, err);
}

static bool
move(struct flash_job *job, struct err *err)
{
	struct setup_wishes *wishes = wishes_of(job);
	struct setup *setup = own(job);
	struct find_order order = find_order(job, job->device.address.sin_addr);

	wishes->changed = true;
	return move_wifi(job, setup->client, &setup->state, &wishes->wifi, &order, err);
}

static bool
join(struct flash_job *job, struct err *err)
{
	struct setup_wishes *wishes = wishes_of(job);
	struct setup *setup = own(job);

	if (is_to_move(job))
		return move(job, err);
	if (!wishes->in_access_point || wishes->wifi.ssid == NULL)
		return true;
	wishes->changed = true;
	return join_wifi(
		job, setup->client, &setup->state, &wishes->wifi, &setup->joined, err);
}

/* The old versions were told to open their access point again if all goes wrong. Left so,
 * they would open it whenever the Wi-Fi is away; a 2 of before may be that of a run that
 * failed. */
static void
put_back_wifi_config(struct flash_job *job)
{
	struct setup *setup = own(job);
	int before = setup->joined.config_before;
	char command[32];

	if (!setup->joined.opens_again || before < 0)
		return;
	if (before == WIFI_CONFIG_OPENS)
		before = WIFI_CONFIG_USUAL;
	snprintf(command, sizeof command, "WifiConfig %d", before);
	if (!tasmota_tell(setup->client, "WifiConfig", command, NULL))
		flash_say(job, "WifiConfig could not be set back to %d", before);
}

/* Its access point went away before the page that tells of the success was fetched, and
 * only that page makes it restart: until then it is in both networks, without MQTT. */
static bool
wake(struct flash_job *job, struct err *err)
{
	struct setup *setup = own(job);
	struct deadline until = deadline_in(WAKE_MS);
	OWN(buf) page = BUF_UP_TO(TASMOTA_PAGE_MOST);
	struct tasmota_state now;

	if (!setup->joined.must_wake)
		return true;
	tasmota_state_init(&now);
	if (tasmota_ask_status(setup->client, 1, &now, NULL) &&
		now.boot_count == setup->state.boot_count)
		tasmota_fetch_page(setup->client, "Wi-Fi form", "/", &page, NULL);
	tasmota_client_patience(setup->client, TASMOTA_KNOCK_MS);
	while (now.boot_count == setup->state.boot_count && !deadline_passed(until) &&
		clock_pause(WAKE_LOOK_MS, job->cancel))
		tasmota_ask_status(setup->client, 1, &now, NULL);
	tasmota_client_patience(setup->client, TASMOTA_ANSWER_MS);
	return !cancel_asked(job->cancel) ||
		err_set(err, &err_cancelled, "stopped while it restarts");
}

static bool
find(struct flash_job *job, struct err *err)
{
	const struct setup_wishes *wishes = wishes_of(job);
	struct setup *setup = own(job);
	struct find_order order;
	char address[DEVICE_ADDRESS_SIZE], mac[13];

	if (!wishes->in_access_point || wishes->wifi.ssid == NULL)
		return true;
	order = find_order(job, setup->joined.told);
	flash_say(
		job, "looking for it in your network: this computer must be there again");
	if (!find_again(&order, &job->device.address, mac, err))
		return false;
	tasmota_client_move(setup->client, job->device.address);
	if (!wake(job, err))
		return false;
	put_back_wifi_config(job);
	return flash_note(
		job, err, "is at %s now", device_address(&job->device, address));
}

static void
tell_what_is_special(struct flash_job *job)
{
	const struct settings_result *result = &wishes_of(job)->result;

	for (enum setting i = 0; i < SETTING_COUNT; i++) {
		if (result->left_out[i])
			flash_say(job, "Tasmota %s has no %s: left out",
				result->state.version, setting_name(i));
		if (result->unread[i])
			flash_say(job, "written, but can not be read back: %s",
				setting_name(i));
	}
}

static bool
write_settings(struct flash_job *job, struct err *err)
{
	struct setup_wishes *wishes = wishes_of(job);
	struct setup *setup = own(job);
	struct find_order find_it = find_order(job, job->device.address.sin_addr);
	struct settings_order order = {
		.client = setup->client,
		.want = &wishes->settings,
		.renew_secrets = wishes->renew_secrets,
		.find = &find_it,
		.cancel = job->cancel,
		.note = note,
		.say = say,
		.context = job,
	};
	bool ok;

	flash_say(job, "comparing and writing its settings");
	ok = settings_apply(&order, &wishes->result, err);
	wishes->changed |= wishes->result.written > 0;
	job->device.address = tasmota_client_address(setup->client);
	if (!ok)
		return false;
	tell_what_is_special(job);
	return flash_note(job, err, "%u settings written, %u restarts",
		wishes->result.written, wishes->result.restarts);
}

static void
write_proof(struct flash_job *job, const char *online_as)
{
	const struct setup_wishes *wishes = wishes_of(job);
	char host[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &job->device.address.sin_addr, host, sizeof host);
	snprintf(job->proof, sizeof job->proof, "Tasmota %.40s at %s%s%.40s",
		wishes->result.state.version, host,
		online_as != NULL ? ", online as " : "",
		online_as != NULL ? online_as : "");
}

static bool
see_it_online(struct flash_job *job, struct err *err)
{
	const struct setup_wishes *wishes = wishes_of(job);
	struct setup *setup = own(job);
	const struct settings_result *result = &wishes->result;
	struct online_order order = online_order(job, setup);

	write_proof(job, NULL);
	if (wishes->broker == NULL)
		return true;
	flash_say(job, "waiting for \"Online\" at the broker, and for its answer there");
	text_copy(setup->topics.hostname, sizeof setup->topics.hostname,
		result->state.hostname);
	if (!online_prove(
		    &order, &setup->topics, result->state.topic, result->old_topic, err))
		return false;
	if (result->old_topic[0] != '\0' &&
		!flash_note(job, err, "cleared what the broker kept of %s",
			result->old_topic))
		return false;
	write_proof(job, result->state.topic);
	return true;
}
