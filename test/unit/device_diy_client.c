/* SPDX-License-Identifier: MIT */
#include "test/unit/golden.h"
#include "test/unit/http_library.h"
#include "test/unit/peer.h"

#include "device/diy_client.h"

#define INFO_36 \
	"{\"seq\":3,\"error\":0,\"data\":{\"switch\":\"off\",\"otaUnlock\":false," \
	"\"fwVersion\":\"3.6.0\",\"deviceid\":\"1000a1b2c3\",\"signalStrength\":-58}}"
#define INFO_MINIR3 \
	"{\"seq\":3,\"error\":0,\"data\":{\"switches\":[{\"switch\":\"on\",\"outlet\":0}]," \
	"\"fwVersion\":\"1.4.0\",\"deviceid\":\"1000a1b2c3\"}}"
#define SIGNAL \
	"{\"seq\":7,\"sequence\":\"1\",\"error\":0,\"data\":{\"signalStrength\":-58}}"
#define DONE "{\"seq\":2,\"error\":0}"

struct world {
	struct peer peer;
	struct device device;
	struct diy_client *client;
	struct err err;
};

static void
begin(struct world *world, const char *id, const struct peer_step *script)
{
	*world = (struct world){ 0 };
	peer_start(&world->peer, script);
	strcpy(world->device.id, id);
	world->device.address = world->peer.address;
	world->client = diy_client_new(&world->device, NULL);
}

/* Asks `info`; a success leaves no error behind. */
static bool
ask_info(struct world *world)
{
	bool ok = diy_ask_info(world->client, &world->device, &world->err);

	assert_int_equal(ok, world->err.code == NULL);
	return ok;
}

static void
end(struct world *world)
{
	diy_client_free(world->client);
	peer_stop(&world->peer);
}

static bool
heard(const struct world *world, unsigned i, const char *text)
{
	return strstr(world->peer.heard[i], text) != NULL;
}

static void
info_fills_in_the_device(void **state)
{
	static const struct peer_step script[] = { { PEER_JSON, INFO_36 }, { 0 } };
	struct world world;

	(void)state;
	begin(&world, "1000a1b2c3", script);
	assert_true(ask_info(&world));
	end(&world);
	assert_int_equal(world.device.kind, DEVICE_DIY);
	assert_int_equal(world.device.lock, LOCK_CLOSED);
	assert_int_equal(world.device.dialect, DIALECT_OBJECT);
	assert_true(world.device.answered && world.device.has_signal);
	assert_string_equal(world.device.firmware, "3.6.0");
	assert_true(heard(&world, 0, "POST /zeroconf/info HTTP/1.1\r\n"));
	assert_true(heard(&world, 0, "{\"deviceid\":\"1000a1b2c3\",\"data\":{}}"));
}

static void
an_unknown_id_is_left_out_then_learned(void **state)
{
	static const struct peer_step script[] = { { PEER_JSON, INFO_36 },
		{ PEER_JSON, DONE }, { 0 } };
	struct world world;

	(void)state;
	begin(&world, "", script);
	assert_true(ask_info(&world));
	assert_string_equal(world.device.id, "1000a1b2c3");
	assert_true(diy_switch(world.client, true, &world.err));
	end(&world);
	assert_true(heard(&world, 0, "\r\n\r\n{\"data\":{}}"));
	assert_true(heard(
		&world, 1, "{\"deviceid\":\"1000a1b2c3\",\"data\":{\"switch\":\"on\"}}"));
}

static void
requests_keep_their_distance(void **state)
{
	static const struct peer_step script[] = { { PEER_JSON, INFO_36 },
		{ PEER_JSON, DONE }, { PEER_JSON, DONE }, { 0 } };
	struct world world;

	(void)state;
	begin(&world, "1000a1b2c3", script);
	assert_true(ask_info(&world));
	assert_true(diy_startup(world.client, "stay", &world.err));
	assert_true(diy_pulse(world.client, true, 1500, &world.err));
	end(&world);
	assert_int_equal(world.peer.count, 3);
	for (unsigned i = 1; i < 3; i++)
		assert_true(world.peer.at_ms[i] - world.peer.at_ms[i - 1] >= 200);
}

static void
resets_are_repeated(void **state)
{
	static const struct peer_step script[] = { { PEER_RESET, NULL },
		{ PEER_RESET, NULL }, { PEER_JSON, INFO_36 }, { 0 } };
	struct world world;

	(void)state;
	begin(&world, "1000a1b2c3", script);
	assert_true(ask_info(&world));
	end(&world);
	assert_int_equal(world.peer.count, 3);
}

static void
an_empty_answer_leads_to_a_nameless_question(void **state)
{
	static const struct peer_step script[] = { { PEER_CLOSE, NULL },
		{ PEER_JSON, INFO_MINIR3 }, { PEER_JSON, DONE }, { 0 } };
	struct world world;

	(void)state;
	begin(&world, "1000a1b2c3", script);
	assert_true(ask_info(&world));
	assert_true(world.device.many_outlets);
	assert_true(diy_switch(world.client, false, &world.err));
	end(&world);
	assert_true(heard(&world, 1, "\r\n\r\n{\"data\":{}}"));
	assert_true(heard(&world, 2, "POST /zeroconf/switches "));
	assert_true(heard(&world, 2,
		"\r\n\r\n{\"data\":{\"switches\":[{\"switch\":\"off\",\"outlet\":0}]}}"));
}

static void
the_old_dialect_is_found_by_its_silence(void **state)
{
	static const struct peer_step script[] = { { PEER_CLOSE, NULL },
		{ PEER_JSON, SIGNAL }, { PEER_JSON, DONE }, { 0 } };
	struct world world;

	(void)state;
	begin(&world, "1000a1b2c3", script);
	diy_client_free(world.client);
	world.device.dialect = DIALECT_STRING; /* what its TXT record suggests */
	world.client = diy_client_new(&world.device, NULL);
	assert_true(ask_info(&world));
	assert_int_equal(world.device.dialect, DIALECT_STRING);
	assert_int_equal(world.device.lock, LOCK_UNKNOWN);
	assert_int_equal(world.device.signal_dbm, -58);
	assert_true(diy_switch(world.client, true, &world.err));
	end(&world);
	assert_true(heard(&world, 1, "POST /zeroconf/signal_strength "));
	assert_true(heard(&world, 1, "\"selfApikey\":"));
	assert_true(heard(&world, 2, "\"data\":\"{\\\"switch\\\":\\\"on\\\"}\"}"));
}

static void
another_device_at_the_address_is_not_touched(void **state)
{
	static const struct peer_step script[] = { { PEER_JSON, INFO_36 }, { 0 } };
	static const struct peer_step refuses[] = {
		{ PEER_JSON, "{\"seq\":1,\"error\":404}" }, { PEER_JSON, INFO_36 }, { 0 }
	};
	struct world world;

	(void)state;
	begin(&world, "1000ffffff", script);
	assert_false(ask_info(&world));
	end(&world);
	assert_string_equal(world.err.code->name, "E-DEVICE-OTHER");
	begin(&world, "1000ffffff", refuses);
	assert_false(ask_info(&world));
	end(&world);
	assert_string_equal(world.err.code->name, "E-DEVICE-OTHER");
	assert_non_null(strstr(world.err.text, "1000a1b2c3"));
	assert_string_equal(world.device.id, "1000ffffff");
}

static void
ewelink_mode_is_named_with_the_way_out(void **state)
{
	static const struct peer_step script[] = {
		{ PEER_JSON, "{\"seq\":1,\"error\":401}" }, { 0 }
	};
	struct world world;

	(void)state;
	begin(&world, "1000a1b2c3", script);
	assert_false(ask_info(&world));
	end(&world);
	assert_int_equal(world.peer.count, 1);
	assert_int_equal(world.device.kind, DEVICE_EWELINK);
	assert_string_equal(world.err.code->name, "E-EWELINK-MODE");
	assert_non_null(strstr(world.err.remedy, "ITEAD-"));
}

static void
rubbish_and_nobody_have_their_own_errors(void **state)
{
	static const struct peer_step html[] = { { PEER_JSON, "<html>" },
		{ PEER_JSON, "<html>" }, { PEER_JSON, "<html>" }, { 0 } };
	static const struct peer_step gone[] = { { 0 } };
	struct world world;

	(void)state;
	begin(&world, "1000a1b2c3", html);
	assert_false(ask_info(&world));
	end(&world);
	assert_string_equal(world.err.code->name, "E-DIY-GARBLED");
	begin(&world, "1000a1b2c3", gone);
	peer_stop(&world.peer);
	assert_false(ask_info(&world));
	diy_client_free(world.client);
	assert_string_equal(world.err.code->name, "E-DEVICE-UNREACHABLE");
}

static void
a_deadline_from_outside_is_kept(void **state)
{
	static const struct peer_step script[] = { { PEER_HANG, NULL },
		{ PEER_HANG, NULL }, { PEER_HANG, NULL }, { 0 } };
	struct world world;

	(void)state;
	begin(&world, "1000a1b2c3", script);
	diy_client_until(world.client, deadline_in(400));
	assert_false(ask_info(&world));
	end(&world);
	assert_string_equal(world.err.code->name, "E-DIY-SILENT");
}

static void
unlock_and_offer_know_a_perhaps(void **state)
{
	static const struct {
		struct peer_step script[2];
		enum diy_reply reply;
		int number;
	} cases[] = {
		{ { { PEER_JSON, DONE } }, DIY_ACCEPTED, 0 },
		{ { { PEER_CLOSE, NULL } }, DIY_PERHAPS, 0 },
		{ { { PEER_RESET, NULL } }, DIY_PERHAPS, 0 },
		{ { { PEER_SAY, "rubbish" } }, DIY_PERHAPS, 0 },
		{ { { PEER_JSON, "{\"error\":403}" } }, DIY_REFUSED, 403 },
	};
	struct world world;
	int number;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		begin(&world, "1000a1b2c3", cases[i].script);
		assert_int_equal(diy_offer(world.client, "http://192.0.2.1/a", "00",
					 &number, &world.err),
			cases[i].reply);
		end(&world);
		assert_int_equal(world.peer.count, 1);
		assert_int_equal(number, cases[i].number);
		assert_true(world.err.code != NULL || cases[i].reply == DIY_ACCEPTED);
	}
	begin(&world, "1000a1b2c3", cases[0].script);
	assert_int_equal(diy_unlock(world.client, &world.err), DIY_ACCEPTED);
	end(&world);
	assert_true(heard(&world, 0, "POST /zeroconf/ota_unlock "));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(info_fills_in_the_device),
		cmocka_unit_test(an_unknown_id_is_left_out_then_learned),
		cmocka_unit_test(requests_keep_their_distance),
		cmocka_unit_test(resets_are_repeated),
		cmocka_unit_test(an_empty_answer_leads_to_a_nameless_question),
		cmocka_unit_test(the_old_dialect_is_found_by_its_silence),
		cmocka_unit_test(another_device_at_the_address_is_not_touched),
		cmocka_unit_test(ewelink_mode_is_named_with_the_way_out),
		cmocka_unit_test(rubbish_and_nobody_have_their_own_errors),
		cmocka_unit_test(a_deadline_from_outside_is_kept),
		cmocka_unit_test(unlock_and_offer_know_a_perhaps),
	};

	return cmocka_run_group_tests(tests, open_http, close_http);
}
