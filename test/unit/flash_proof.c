/* Whose Tasmota it is that answers, by what it says when it is asked for its MAC. */
/* SPDX-License-Identifier: MIT */
#include "flash/proof.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/text.h"
#include "device/tasmota_client.h"
#include "net/http_client.h"
#include "test/unit/unit.h"

#define OWN_MAC	  "5CCF7F000001"
#define OTHER_MAC "5CCF7F000002"

const struct err_code err_tasmota_unknown = { "E-TASMOTA-UNKNOWN", ERR_REFUSED, "" };
static const struct err_code closed = { "E-CLOSED", ERR_REFUSED, "" };
static const struct err_code silent = { "E-SILENT", ERR_LOST, "" };

static const struct answer {
	const char *mac; /* NULL: the error */
	const struct err_code *code;
} own = { OWN_MAC, NULL }, other = { OTHER_MAC, NULL }, none = { "", NULL },
  unknown = { NULL, &err_tasmota_unknown }, busy = { NULL, &closed },
  gone = { NULL, &silent };

static const struct answer *answer_now;

enum http_end
http_ask(const struct http_request *request, struct http_answer *answer)
{
	(void)request;
	*answer = (struct http_answer){
		.end = HTTP_ANSWERED, .status = 200, .body = BUF_UP_TO(200)
	};
	buf_add_text(&answer->body, "{\"StatusFWR\":{\"Version\":\"14.1.0(lite)\"}}");
	return answer->end;
}

bool
http_is_good(const struct http_request *request, const struct http_answer *answer,
	struct err *err)
{
	(void)request;
	(void)err;
	return answer->status == 200;
}

void
http_answer_clear(struct http_answer *answer)
{
	buf_clear(&answer->body);
}

struct tasmota_client *
tasmota_client_new(
	struct sockaddr_in address, const char *password, const struct cancel *cancel)
{
	(void)address;
	(void)password;
	(void)cancel;
	return NULL;
}

void
tasmota_client_free(struct tasmota_client *client)
{
	(void)client;
}

void
tasmota_client_patience(struct tasmota_client *client, int64_t ms)
{
	(void)client;
	(void)ms;
}

bool
tasmota_ask_status(struct tasmota_client *client, unsigned number,
	struct tasmota_state *state, struct err *err)
{
	(void)client;
	assert_int_equal(number, 5);
	if (answer_now->mac == NULL)
		return err_set(err, answer_now->code, "no");
	text_copy(state->mac, sizeof state->mac, answer_now->mac);
	return true;
}

static void
only_the_device_itself_proves_its_new_firmware(void **state)
{
	static const struct {
		const char *told;
		bool is_in_doubt;
		const struct answer *answer;
		bool proves;
	} rows[] = {
		{ "", false, &own, true },
		{ "", false, &unknown, true },
		{ "", false, &gone, true },
		{ OWN_MAC, false, &own, true },
		{ OWN_MAC, false, &other, false },
		/* Not every build tells it. */
		{ OWN_MAC, false, &none, true },
		{ OWN_MAC, false, &unknown, true },
		/* Then it is asked again. */
		{ OWN_MAC, false, &busy, false },
		{ OWN_MAC, false, &gone, false },
		{ OWN_MAC, true, &own, true },
		{ OWN_MAC, true, &other, false },
		{ OWN_MAC, true, &none, false },
		{ OWN_MAC, true, &unknown, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct image image = { .program = "Tasmota", .version = "14.1.0" };
		struct flash_job job = { .image = &image,
			.is_in_doubt = rows[i].is_in_doubt };
		struct sockaddr_in nowhere = { 0 };
		struct err last = { 0 }, err = { 0 };
		bool good = false;

		answer_now = rows[i].answer;
		text_copy(job.told_mac, sizeof job.told_mac, rows[i].told);
		job.device.address.sin_addr.s_addr = htonl(0xC0000207);
		assert_int_equal(proof_look_around(&job, nowhere, &last, &good, &err),
			rows[i].proves);
		assert_int_equal(good, rows[i].proves);
		assert_int_equal(
			last.code == &err_other_device, rows[i].answer == &other);
		assert_string_equal(job.proof,
			rows[i].proves ? "Tasmota 14.1.0(lite) at 192.0.2.7" : "");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_device_itself_proves_its_new_firmware),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
