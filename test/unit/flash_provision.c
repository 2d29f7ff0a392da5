/* What a device in its access point hears from us, byte for byte, and what its answers and
 * its silence are taken for. */
/* SPDX-License-Identifier: MIT */
#include "test/unit/golden.h"
#include "test/unit/http_library.h"
#include "test/unit/peer.h"

#include "flash/provision.h"

#define DEVICE \
	"{\"deviceid\":\"1000abcdef\",\"apikey\":\"11111111-2222-4333-8444-" \
	"555555555555\",\"accept\":\"post\"}"

static const struct ewelink_ap_settings home = {
	.ssid = "Home", .password = "correct horse", .server = "192.168.1.5", .port = 8443
};

/* All a device takes: this spelling, no brace before the body, 2048 bytes. */
static void
expect_settings(const char *heard, const char *name)
{
	OWN_STR body = golden_line("ewelink/pairing.txt", name);
	OWN_STR length = xasprintf("\r\nContent-Length: %zu\r\n", strlen(body));
	const char *blank = strstr(heard, "\r\n\r\n");

	assert_non_null(blank);
	assert_string_equal(blank + 4, body);
	assert_true(text_starts_with(heard, "POST /ap HTTP/1.1\r\n"));
	assert_non_null(strstr(heard, "\r\nContent-Type: application/json\r\n"));
	assert_in_range(strstr(heard, length) - heard, 1, blank - heard);
	assert_ptr_equal(strchr(heard, '{'), blank + 4);
	assert_null(strstr(heard, "Transfer-Encoding"));
	assert_null(strstr(heard, "Expect"));
	assert_in_range(strlen(heard), 1, 2048);
}

static bool
tell(struct peer *peer, const struct peer_step *script,
	const struct ewelink_ap_settings *settings, struct err *err)
{
	struct cancel cancel = { 0 };
	bool ok;

	peer_start(peer, script);
	ok = provision_tell(&peer->address, settings, &cancel, err);
	peer_stop(peer);
	return ok;
}

static void
settings_are_spelled_as_devices_read_them(void **state)
{
	static const struct peer_step script[] = { { PEER_JSON, "{\"error\":0}" },
		{ 0 } };
	struct ewelink_ap_settings odd = home;
	struct peer *peer = *state;
	struct err err = { 0 };

	assert_true(tell(peer, script, &home, &err));
	assert_int_equal(peer->count, 1);
	expect_settings(peer->heard[0], "settings");
	odd.ssid = "Caf\xc3\xa9 \"5\"";
	odd.password = "back\\slash/";
	odd.port = 443;
	assert_true(tell(peer, script, &odd, &err));
	expect_settings(peer->heard[0], "settings-odd");
}

static void
a_refusal_is_told_as_one(void **state)
{
	static const struct peer_step script[] = { { PEER_JSON, "{\"error\":402}" },
		{ 0 } };
	struct err err = { 0 };

	assert_false(tell(*state, script, &home, &err));
	assert_string_equal(err.code->name, "E-AP-REFUSED");
	assert_non_null(strstr(err.text, "402"));
}

static void
what_a_device_can_not_hold_is_not_sent(void **state)
{
	static const struct peer_step script[] = { { PEER_JSON, "{\"error\":0}" },
		{ 0 } };
	struct ewelink_ap_settings longer = home;
	struct peer *peer = *state;
	struct err err = { 0 };

	longer.ssid = "01234567890123456789012345678901";
	assert_false(tell(peer, script, &longer, &err));
	assert_string_equal(err.code->name, "E-WIFI-NAME");
	assert_int_equal(peer->count, 0);
}

/* Some firmware goes without a word. */
static void
silence_counts_when_the_device_has_gone(void **state)
{
	static const struct peer_step gone[] = { { PEER_CLOSE, NULL }, { 0 } };
	struct peer *peer = *state;
	struct err err = { 0 };

	assert_true(tell(peer, gone, &home, &err));
	expect_settings(peer->heard[0], "settings");
}

static void
a_device_in_its_access_point_tells_who_it_is(void **state)
{
	static const struct peer_step script[] = {
		{ PEER_SAY, "HTTP/1.1 200 OK\r\n\r\n" }, { PEER_JSON, DEVICE }, { 0 }
	};
	struct ewelink_ap_device device;
	struct cancel cancel = { 0 };
	struct peer *peer = *state;

	peer_start(peer, script);
	assert_true(provision_wait(
		&peer->address, deadline_in(10000), &cancel, &device, NULL));
	peer_stop(peer);
	assert_string_equal(device.id, "1000abcdef");
	assert_int_equal(peer->count, 2); /* what was no answer is asked again */
	assert_true(text_starts_with(peer->heard[1], "GET /device HTTP/1.1\r\n"));
}

static int
set_up(void **state)
{
	*state = xcalloc(1, sizeof(struct peer));
	return 0;
}

static int
tear_down(void **state)
{
	free(*state);
	return 0;
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(settings_are_spelled_as_devices_read_them),
		STORY(a_refusal_is_told_as_one),
		STORY(what_a_device_can_not_hold_is_not_sent),
		STORY(silence_counts_when_the_device_has_gone),
		STORY(a_device_in_its_access_point_tells_who_it_is),
	};

	return cmocka_run_group_tests(tests, open_http, close_http);
}
