/* The road's last step: the device is handed over as the profile says. */
/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/memory.h"
#include "fleet/handover_homeassistant.h"
#include "fleet/handover_homebridge.h"
#include "fleet/road_steps.h"

static bool accepts_all(const struct flash_job *job, struct err *err);
static bool hand_over(struct flash_job *job, struct err *err);

static const struct flash_step steps[] = { { "handover", 100, 30000, hand_over }, { 0 } };
const struct flash_method road_hand_over = {
	.name = "handover",
	.summary = "hand the device over as the profile says",
	.accepts = accepts_all,
	.steps = steps,
};

static bool
accepts_all(const struct flash_job *job, struct err *err)
{
	(void)job;
	(void)err;
	return true;
}

bool
road_wants_handover(const struct profile *profile)
{
	return profile != NULL &&
		(profile->handover.homeassistant ||
			profile->handover.homebridge.config != NULL);
}

static bool
to_homeassistant(struct flash_job *job, struct mqtt *mqtt,
	const struct descriptions *known, const char *topic, struct err *err)
{
	struct road *road = job->wishes;
	struct homeassistant_order order = {
		.mqtt = mqtt,
		.known = known,
		.wait_ms = flash_scaled_ms(job, job->step->patience_ms),
		.cancel = job->cancel,
	};
	enum homeassistant_way way;

	if (!homeassistant_hand_over(&order, topic, &way, err))
		return err_while(err, "handing over to Home Assistant");
	road->wishes.changed |= homeassistant_way_changed(way);
	return flash_note(job, err, "Home Assistant: %s", homeassistant_way_text(way));
}

static void
tell_nothing(void *context, const struct homebridge_change *change)
{
	(void)context;
	(void)change;
}

static bool
write_homebridge(struct flash_job *job, const struct homebridge_order *order,
	const struct tasmota_discovery *device, struct err *err)
{
	struct road *road = job->wishes;
	OWN(homebridge_result) result = { 0 };

	if (!homebridge_hand_over(order, &device, 1, &result, err))
		return err_while(err, "handing over to homebridge");
	if (result.added + result.changed == 0)
		return flash_note(job, err, "homebridge has it already");
	road->wishes.changed = true;
	flash_say(job, "homebridge has it in its configuration: restart homebridge");
	return flash_note(job, err, "homebridge: %u new, %u changed accessories",
		result.added, result.changed);
}

static bool
to_homebridge(
	struct flash_job *job, const struct tasmota_discovery *device, struct err *err)
{
	struct road *road = job->wishes;
	const struct profile_homebridge *wanted =
		&road->plan->home.profile->handover.homebridge;
	const struct mqtt_broker *broker = road->wishes.broker;
	struct homebridge_order order = {
		.config_path = wanted->config,
		.account = { broker->host, broker->port, wanted->user, NULL,
			broker->ca_file },
		.needs_account = broker->user != NULL,
		.type = wanted->type,
		.cancel = job->cancel,
		.tell = tell_nothing,
	};
	char *password = NULL;
	bool ok = profile_secret(
		wanted->password_file, "AIRLIFT_HOMEBRIDGE_PASSWORD", &password, err);

	order.account.password = password;
	ok = ok && write_homebridge(job, &order, device, err);
	if (password != NULL)
		explicit_bzero(password, strlen(password));
	free(password);
	return ok;
}

/* As it describes itself at the broker, or as it answers. */
static bool
describe_to_homebridge(struct flash_job *job, struct mqtt *mqtt,
	const struct descriptions *known, const char *topic, struct err *err)
{
	const struct tasmota_discovery *described = descriptions_find(known, topic);
	struct tasmota_discovery asked;

	if (described == NULL &&
		!description_ask(
			mqtt, topic, flash_patience(job), job->cancel, &asked, err))
		return false;
	return to_homebridge(job, described != NULL ? described : &asked, err);
}

static bool
hand_over(struct flash_job *job, struct err *err)
{
	struct road *road = job->wishes;
	const struct profile_handover *wanted = &road->plan->home.profile->handover;
	const char *topic = road->wishes.result.state.topic;
	OWN(descriptions) known = { 0 };
	OWN_NEW(mqtt)
	mqtt = road->wishes.broker != NULL
		? mqtt_connect(road->wishes.broker, flash_patience(job), job->cancel, err)
		: NULL;

	if (road->wishes.broker == NULL) {
		flash_say(job, "not handed over: that needs MQTT");
		return true;
	}
	return mqtt != NULL && descriptions_gather(mqtt, job->cancel, &known, err) &&
		(!wanted->homeassistant ||
			to_homeassistant(job, mqtt, &known, topic, err)) &&
		(wanted->homebridge.config == NULL ||
			describe_to_homebridge(job, mqtt, &known, topic, err));
}
