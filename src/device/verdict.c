/* Can this device be freed, by which method, and if not, why. */
/* SPDX-License-Identifier: MIT */
#include "device/verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "device/pairing.h"
#include "device/probe.h"
#include "net/resolve.h"

const struct err_code err_already_free = { "E-ALREADY-FREE", ERR_NOTHING_TO_DO,
	"Nothing: update it from its own web page, or with \"airlift flash\"." };
static const struct err_code e_model_unknown = { "E-MODEL-UNKNOWN", ERR_NOT_ELIGIBLE,
	"Tell us what is printed on it, with the output of \"airlift info\"; "
	"doc/adding-a-device.md says how a model is added." };
static const struct err_code e_model_refused = { "E-MODEL-REFUSED", ERR_NOT_ELIGIBLE,
	"Leave it as it is; the catalog knows no way to free this model." };
static const struct err_code e_model_untried = { "E-MODEL-UNTRIED", ERR_NOT_ELIGIBLE,
	"If you accept the risk, run the command again with --allow-untried." };
static const struct err_code e_firmware = { "E-FIRMWARE-UNKNOWN", ERR_NOT_ELIGIBLE,
	"Report the version to us; only versions the catalog knows are freed." };

/* The methods that start from the vendor's firmware on the LAN, best first. */
static const char *const methods[] = { "diy" };

static void __attribute__((format(printf, 3, 4)))
warn(struct verdict *verdict, const char *code, const char *format, ...)
{
	unsigned i = verdict->warning_count;
	va_list args;

	if (i == VERDICT_WARNINGS_MOST)
		return;
	verdict->warnings[i].code = code;
	va_start(args, format);
	vsnprintf(verdict->warnings[i].text, sizeof verdict->warnings[i].text, format,
		args);
	va_end(args);
	verdict->warning_count++;
}

/* The model as its owner knows it. */
static const char *
called(const struct device *device)
{
	return device->model[0] != '\0' ? device->model : "this device";
}

/* What the device is, whatever the catalog says: true when the catalog is to be asked. */
static bool
judge_mode(const struct device *device, struct err *why)
{
	char name[DEVICE_ID_SIZE];

	device_name(device, name);
	if (device->kind == DEVICE_EWELINK)
		return err_set(why, &err_ewelink_mode, "%s is in eWeLink mode", name);
	if (device->kind == DEVICE_FOREIGN)
		return err_set(why, &err_foreign_device,
			"%s is a bridge, hub or the like", name);
	if (device->kind == DEVICE_TASMOTA)
		return err_set(why, &err_already_free, "%s runs Tasmota already", name);
	return true;
}

/* A failed probe is the verdict, unless what was announced decides already. */
static bool
judge_answers(const struct device *device, const struct catalog_match *match,
	const struct err *failure, struct err *why)
{
	bool is_decided = device->type[0] != '\0' &&
		catalog_match_value(match, "refused") != NULL;

	if (failure == NULL || failure->code == NULL || is_decided)
		return true;
	*why = *failure;
	return false;
}

static bool
judge_model(const struct catalog_match *match, const struct device *device,
	const struct verdict_overrides *overrides, struct err *why)
{
	const char *refused = catalog_match_value(match, "refused");
	const char *instead = catalog_match_value(match, "instead");
	const char *untried = catalog_match_value(match, "untried");

	if (match->count == 0)
		return err_set(why, &e_model_unknown,
			"the catalog knows no model of type \"%s\" with firmware \"%s\"%s%s",
			device->type, device->firmware,
			device->many_outlets ? " and a list of outlets" : "",
			device->dimmable ? " and brightness" : "");
	if (refused != NULL) {
		err_set(why, &e_model_refused, "%s can not be freed: %s", called(device),
			refused);
		return instead != NULL ? err_remedy(why, "%s", instead) : false;
	}
	if (untried != NULL && !overrides->allow_untried)
		return err_set(why, &e_model_untried,
			"%s is not freed just like that: %s", called(device), untried);
	return true;
}

/* The first method that model and firmware both take. */
static const char *
choose_method(const struct catalog_match *match, const struct catalog_section *rule,
	const struct device *device, struct err *why)
{
	for (size_t i = 0; i < COUNT_OF(methods); i++)
		if (catalog_match_takes(match, methods[i]) &&
			catalog_lists(rule, "methods", methods[i]))
			return methods[i];
	err_set(why, &e_firmware,
		"%s runs firmware \"%s\", which the catalog does not know",
		called(device), device->firmware);
	return NULL;
}

static void
add_warnings(const struct catalog_section *rule, const struct device *device,
	struct verdict *verdict)
{
	const char *known = catalog_value(rule, "warning");

	if (device->has_signal && device->signal_dbm < VERDICT_WEAK_DBM)
		warn(verdict, "W-WEAK-SIGNAL",
			"its Wi-Fi signal is weak (%d dBm): move the access point closer, or the "
			"download may break off",
			device->signal_dbm);
	if (known != NULL)
		warn(verdict, "W-FIRMWARE", "%s", known);
	if (device->type[0] == '\0')
		warn(verdict, "W-TYPE-UNKNOWN",
			"it was asked by address only, so its announced type is not known: check "
			"that the box says BASICR3, RFR3, MINI or MINIR2");
}

static void
conclude(const struct device *device, struct verdict *verdict)
{
	char name[DEVICE_ID_SIZE];

	verdict->can_be_freed = verdict->method != NULL;
	if (!verdict->can_be_freed) {
		text_copy(verdict->reason, sizeof verdict->reason, verdict->why_not.text);
		text_copy(verdict->next_step, sizeof verdict->next_step,
			verdict->why_not.remedy);
		return;
	}
	snprintf(verdict->reason, sizeof verdict->reason, "%s in DIY mode%s%s%s",
		called(device), device->firmware[0] != '\0' ? ", firmware " : "",
		device->firmware, device->lock == LOCK_CLOSED ? ", still locked" : "");
	snprintf(verdict->next_step, sizeof verdict->next_step,
		"Run \"airlift flash %s --firmware tasmota-lite\"%s.",
		device_name(device, name),
		device->lock == LOCK_CLOSED ? ", which also unlocks it" : "");
}

void
verdict_judge(const struct catalog *catalog, const struct device *device,
	const struct err *failure, const struct verdict_overrides *overrides,
	struct verdict *out)
{
	static const struct verdict_overrides none = { 0 };
	const struct catalog_section *rule = catalog_firmware(catalog, device);
	struct catalog_match match;

	*out = (struct verdict){ 0 };
	catalog_match(catalog, device, &match);
	if (judge_mode(device, &out->why_not) &&
		judge_answers(device, &match, failure, &out->why_not) &&
		judge_model(&match, device, overrides != NULL ? overrides : &none,
			&out->why_not))
		out->method = choose_method(&match, rule, device, &out->why_not);
	if (out->why_not.code == &err_pairing_mode)
		out->perhaps = "takeover";
	if (out->method != NULL)
		add_warnings(rule, device, out);
	conclude(device, out);
}

const char *
verdict_unlock_host(const struct catalog *catalog, const struct device *device)
{
	if (device->lock != LOCK_CLOSED)
		return NULL;
	return catalog_value(catalog_firmware(catalog, device), "unlock-host");
}

bool
verdict_host_resolves(const char *host, const struct cancel *cancel)
{
	return resolve_name(host, deadline_in(VERDICT_RESOLVE_MS), cancel) == RESOLVE_YES;
}

void
verdict_warn_unlock(struct verdict *verdict, const char *host)
{
	warn(verdict, "W-UNLOCK-HOST",
		"it is locked, and %s does not resolve here: unlocking needs the vendor's "
		"service, so give the device's network Internet access first",
		host);
}
