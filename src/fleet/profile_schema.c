/* How the profile file maps to struct profile, and what its values have to look like. */
/* SPDX-License-Identifier: MIT */
#include "fleet/profile_schema.h"

#include <ctype.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "device/device.h"
#include "wire/tasmota_status.h"

#define VALUE_MOST 1024

#define TEXT(structure, member) \
	CYAML_FIELD_STRING_PTR(#member, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, \
		struct structure, member, 0, VALUE_MOST)
#define PART(structure, member, fields) \
	CYAML_FIELD_MAPPING( \
		#member, CYAML_FLAG_OPTIONAL, struct structure, member, fields)

static const cyaml_schema_field_t wifi_fields[] = {
	TEXT(profile_wifi, ssid),
	TEXT(profile_wifi, password_file),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t broker_fields[] = {
	TEXT(profile_broker, host),
	TEXT(profile_broker, port),
	TEXT(profile_broker, user),
	TEXT(profile_broker, password_file),
	TEXT(profile_broker, ca),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t naming_fields[] = {
	TEXT(profile_naming, topic),
	TEXT(profile_naming, name),
	TEXT(profile_naming, hostname),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t defaults_fields[] = {
	TEXT(profile_defaults, timezone),
	TEXT(profile_defaults, power_on),
	TEXT(profile_defaults, group_topic),
	TEXT(profile_defaults, web_password_file),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t homebridge_fields[] = {
	TEXT(profile_homebridge, config),
	TEXT(profile_homebridge, user),
	TEXT(profile_homebridge, password_file),
	TEXT(profile_homebridge, type),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t handover_fields[] = {
	PART(profile_handover, homebridge, homebridge_fields),
	CYAML_FIELD_BOOL("homeassistant", CYAML_FLAG_OPTIONAL, struct profile_handover,
		homeassistant),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t device_fields[] = {
	TEXT(profile_device, id),
	TEXT(profile_device, mac),
	TEXT(profile_device, name),
	TEXT(profile_device, topic),
	TEXT(profile_device, hostname),
	TEXT(profile_device, module),
	TEXT(profile_device, template),
	TEXT(profile_device, model),
	TEXT(profile_device, room),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t device_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct profile_device, device_fields),
};

static const cyaml_schema_field_t profile_fields[] = {
	PART(profile, wifi, wifi_fields),
	PART(profile, broker, broker_fields),
	PART(profile, naming, naming_fields),
	PART(profile, defaults, defaults_fields),
	PART(profile, handover, handover_fields),
	CYAML_FIELD_SEQUENCE_COUNT("devices", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
		struct profile, devices, device_count, &device_schema, 0,
		CYAML_UNLIMITED),
	CYAML_FIELD_END,
};

const cyaml_schema_value_t profile_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct profile, profile_fields),
};

const struct profile_placeholder profile_placeholders[] = {
	{ "{model}", offsetof(struct profile_facts, model) },
	{ "{id}", offsetof(struct profile_facts, id) },
	{ "{mac}", offsetof(struct profile_facts, mac) },
	{ "{tail}", offsetof(struct profile_facts, mac) },
	{ "{name}", offsetof(struct profile_facts, name) },
	{ "{room}", offsetof(struct profile_facts, room) },
	{ NULL },
};

static const struct {
	const char *word, *number;
} power_on[] = {
	{ "off", "0" },
	{ "on", "1" },
	{ "toggle", "2" },
	{ "saved", "3" },
};

const char *
profile_power_on_number(const char *word)
{
	for (size_t i = 0; i < COUNT_OF(power_on); i++)
		if (strcmp(power_on[i].word, word) == 0)
			return power_on[i].number;
	return NULL;
}

static bool
is_power_on(const char *value)
{
	return profile_power_on_number(value) != NULL;
}

static bool
is_ssid(const char *value)
{
	return *value != '\0' && strlen(value) <= 32;
}

static bool
is_text(const char *value)
{
	return *value != '\0';
}

/* A name or an address alone: a URL could carry a password. */
static bool
is_host(const char *value)
{
	return *value != '\0' && strlen(value) <= 253 && strpbrk(value, "/@: \t") == NULL;
}

static bool
is_port(const char *value)
{
	int64_t port;

	return text_to_number(value, 1, 65535, &port);
}

static bool
is_module(const char *value)
{
	int64_t module;

	return text_to_number(value, 0, 255, &module);
}

/* Tasmota drops blanks, wildcards and slashes from a topic; better to be told. */
static bool
is_topic(const char *value)
{
	return *value != '\0' && strlen(value) < PROFILE_NAME_SIZE &&
		strpbrk(value, " +#/$%\"\t") == NULL;
}

static bool
is_hostname(const char *value)
{
	size_t len = strlen(value);

	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)value[i]) && value[i] != '-')
			return false;
	return len > 0 && len <= 32;
}

static bool
is_mac(const char *value)
{
	char mac[13];

	return tasmota_read_mac(value, mac);
}

/* Every { opens a placeholder that there is. */
static bool
is_pattern(const char *value)
{
	const char *at = value;

	while ((at = strpbrk(at, "{}")) != NULL) {
		const struct profile_placeholder *each = profile_placeholders;

		while (each->token != NULL && !text_starts_with(at, each->token))
			each++;
		if (each->token == NULL)
			return false;
		at += strlen(each->token);
	}
	return *value != '\0';
}

static bool
is_type(const char *value)
{
	return strcmp(value, "outlet") == 0 || strcmp(value, "switch") == 0 ||
		strcmp(value, "lightbulb") == 0;
}

static bool
is_template(const char *value)
{
	OWN_JSON object = json_read(value, strlen(value), VALUE_MOST);

	return json_is_object(object) && json_is_array(json_object_get(object, "GPIO"));
}

/* "1", "-5", "+5:30", or 99 for the rules of the device itself. */
static bool
is_timezone(const char *value)
{
	const char *digits = value + (*value == '+' || *value == '-');
	size_t hours = strspn(digits, "0123456789");
	int64_t minutes = 0;

	if (hours < 1 || hours > 2 ||
		(digits[hours] == ':' &&
			!text_to_number(digits + hours + 1, 0, 59, &minutes)))
		return false;
	return (digits[hours] == ':' || digits[hours] == '\0') &&
		(strcmp(digits, "99") == 0 || atoi(digits) <= 14);
}

static bool
is_yes_or_no(const char *value)
{
	return strcmp(value, "yes") == 0 || strcmp(value, "no") == 0 ||
		strcmp(value, "true") == 0 || strcmp(value, "false") == 0;
}

#define FILE_WANTED	"the name of a file is missing"
#define PLACEHOLDERS	"{model} {id} {mac} {tail} {name} {room}"
#define PATTERN_WANTED	"the placeholders are " PLACEHOLDERS
#define HOST_WANTED	"a host is a name or an address alone, without port or user"
#define PORT_WANTED	"a port is a number from 1 to 65535"
#define TOPIC_WANTED	"a topic has no blank and none of + # / $ %, at most 64 characters"
#define HOSTNAME_WANTED "a host name has letters, digits and -, at most 32"

static const struct profile_rule rules[] = {
	{ "wifi.ssid", is_ssid, "a network's name has 1 to 32 bytes" },
	{ "wifi.password_file", is_text, FILE_WANTED },
	{ "broker.host", is_host, HOST_WANTED },
	{ "broker.port", is_port, PORT_WANTED },
	{ "broker.password_file", is_text, FILE_WANTED },
	{ "broker.ca", is_text, FILE_WANTED },
	{ "naming.topic", is_pattern, PATTERN_WANTED },
	{ "naming.name", is_pattern, PATTERN_WANTED },
	{ "naming.hostname", is_pattern, PATTERN_WANTED },
	{ "defaults.timezone", is_timezone,
		"a time zone is hours like 1, -5 or +5:30, or 99" },
	{ "defaults.power_on", is_power_on, "one of off, on, toggle, saved is meant" },
	{ "defaults.group_topic", is_topic, TOPIC_WANTED },
	{ "defaults.web_password_file", is_text, FILE_WANTED },
	{ "handover.homeassistant", is_yes_or_no, "yes or no is meant" },
	{ "handover.homebridge.config", is_text, FILE_WANTED },
	{ "handover.homebridge.password_file", is_text, FILE_WANTED },
	{ "handover.homebridge.type", is_type,
		"one of outlet, switch, lightbulb is meant" },
	{ "devices.id", device_is_id, "a device id has 10 digits, like 1000a1b2c3" },
	{ "devices.mac", is_mac, "a MAC has 12 digits, like 5C:CF:7F:3D:5E:26" },
	{ "devices.topic", is_topic, TOPIC_WANTED },
	{ "devices.hostname", is_hostname, HOSTNAME_WANTED },
	{ "devices.module", is_module, "a module is a number from 0 to 255" },
	{ "devices.template", is_template,
		"a template is Tasmota's JSON with a list GPIO, in single quotes" },
};

const struct profile_rule *
profile_rule_of(const char *path)
{
	for (size_t i = 0; i < COUNT_OF(rules); i++)
		if (strcmp(rules[i].path, path) == 0)
			return &rules[i];
	return NULL;
}
