/* The tables of simulated old devices and of what may go wrong with them. */
/* SPDX-License-Identifier: MIT */
#include "sim/stock_personality.h"

#include <string.h>

#include "base/buf.h"

#define ONE_SWITCH "\"switch\":\"off\""
#define FOUR_SWITCHES \
	"\"switches\":[{\"switch\":\"off\",\"outlet\":0},{\"switch\":\"off\"," \
	"\"outlet\":1},{\"switch\":\"off\",\"outlet\":2},{\"switch\":\"off\",\"outlet\":3}]"

/* 1400 bytes each 0.3 s are known to work; twice that is known to fail on some. */
#define SLOW_STREAM .whole_file = true, .bytes_per_second = 4800
#define LESS_SLOW   .whole_file = true, .bytes_per_second = 9600

static const struct stock_personality rows[] = {
	{ .name = "basic-1.5.5",
		.model = "ITA-GZ1-GL",
		.firmware = "1.5.5",
		.transport = TRANSPORT_TLS_1_1,
		.params = ONE_SWITCH },
	{ .name = "basic-1.2.0",
		.model = "ITA-GZ1-GL",
		.firmware = "1.2.0",
		.transport = TRANSPORT_TLS_1_1_ONLY,
		.hangs_up_on_model = true,
		.params = ONE_SWITCH },
	{ .name = "basic-1.5.2",
		.model = "ITA-GZ1-GL",
		.firmware = "1.5.2",
		.transport = TRANSPORT_TLS_1_1,
		LESS_SLOW,
		.params = ONE_SWITCH },
	{ .name = "th-2.0.4",
		.model = "PSA-BHA-GL",
		.firmware = "2.0.4",
		.transport = TRANSPORT_TLS_1_2,
		.asks_time_zone = true,
		.params = ONE_SWITCH },
	{ .name = "pow-2.0.2",
		.model = "PSC-B01-GL",
		.firmware = "2.0.2",
		.transport = TRANSPORT_PLAIN,
		SLOW_STREAM,
		.asks_time_zone = true,
		.params = ONE_SWITCH ",\"power\":\"0.00\"" },
	{ .name = "th-2.0.1",
		.model = "PSA-BHA-GL",
		.firmware = "2.0.1",
		.transport = TRANSPORT_PLAIN,
		.asks_time_zone = true,
		.params = ONE_SWITCH },
	{ .name = "dual-1.3.0",
		.model = "PSB-B04-GL",
		.firmware = "1.3.0",
		.transport = TRANSPORT_TLS_1_1,
		SLOW_STREAM,
		.params = FOUR_SWITCHES },
	{ .name = "late",
		.model = "PSA-B01-GL",
		.firmware = "2.3.0",
		.transport = TRANSPORT_TLS_1_2,
		.late = true,
		.tells_chip = true,
		.asks_time_zone = true,
		.params = ONE_SWITCH },
	{ .name = "4ch",
		.model = "PSB-B04-GL",
		.firmware = "2.0.1",
		.transport = TRANSPORT_TLS_1_2,
		.asks_time_zone = true,
		.params = FOUR_SWITCHES },
	{ .name = "pinned-1.6.0",
		.model = "ITA-GZ1-GL",
		.firmware = "1.6.0",
		.transport = TRANSPORT_TLS_1_2,
		.pin = PIN_CLOSES,
		.params = ONE_SWITCH },
	{ .name = "pinned-2.6.1",
		.model = "ITA-GZ1-GL",
		.firmware = "2.6.1",
		.transport = TRANSPORT_TLS_1_2,
		.pin = PIN_ALERTS,
		.tells_chip = true,
		.params = ONE_SWITCH },
	{ .name = "silent-ap-1.7.0",
		.model = "PSF-B04-GL",
		.firmware = "1.7.0",
		.transport = TRANSPORT_TLS_1_2,
		.pin = PIN_CLOSES,
		.never_answers_ap = true,
		.params = ONE_SWITCH },
};

static const struct fault_row fault_rows[] = {
	[STOCK_AP_ONLY] = { "ap-only", NULL, 0, 0,
		"the last firmware opens its own access point, whatever the image holds",
		0 },
	[STOCK_AP_SILENT] = { "ap-silent", NULL, 0, 0,
		"takes POST /ap and never answers it", 0 },
	[STOCK_CLAIMS_DONE] = { "claims-done", NULL, 0, 0,
		"acknowledges every `upgrade` with 0 and fetches nothing", 0 },
	[STOCK_CUT] = { "cut", "PERCENT", 0, 99,
		"loses its power once, in the middle of the final write", 0 },
	[STOCK_DISPATCH_RETRY] = { "dispatch-retry", "N", 1, 1000,
		"breaks its first N dispatch connections off", 1 },
	[STOCK_DROP] = { "drop", "PERCENT", 0, 100,
		"loses its download connection once and goes on", 0 },
	[STOCK_FINAL_AGAIN] = { "final-again", "N", 1, 1000,
		"fetches the whole last image N times too often", 1 },
	[STOCK_FINAL_RESTART] = { "final-restart", "N", 1, 1000,
		"the intermediate image restarts N times when its download is answered",
		1 },
	[STOCK_LINK_LOST] = { "link-lost", "PERCENT", 0, 99,
		"gets nothing more, once, in the middle of the final write: stuck", 0 },
	[STOCK_NO_DATE] = { "no-date", "N", 1, 1000,
		"does not hear its first N dates, and so starts anew", 1 },
	[STOCK_NO_MAC] = { "no-mac", NULL, 0, 0, "does not tell its MAC", 0 },
	[STOCK_NO_REPORT] = { "no-report", NULL, 0, 0,
		"never reports how the download went", 0 },
	[STOCK_NO_TASMOTA] = { "no-tasmota", NULL, 0, 0,
		"never comes up again after the final write", 0 },
	[STOCK_NO_UPGRADE] = { "no-upgrade", NULL, 0, 0,
		"takes every `upgrade` and does nothing", 0 },
	[STOCK_OTHER_MAC] = { "other-mac", NULL, 0, 0, "tells a MAC that is not its own",
		0 },
	[STOCK_REPLUG] = { "replug", "SECONDS", 1, 100000,
		"somebody pulls its plug when its final download has been stuck so long",
		5 },
	[STOCK_REPORT_404] = { "report-404", "N", 1, 1000,
		"its first N downloads fail after the first piece: reports 404", 1 },
	[STOCK_SLOW_FLASH] = { "slow-flash", NULL, 0, 0,
		"takes a whole file only half as fast as others of its kind", 0 },
	[STOCK_STALL] = { "stall", "PERCENT", 0, 100,
		"stops asking in the middle of the download, once, connection open", 0 },
	[STOCK_WIFI_FAILS] = { "wifi-fails", NULL, 0, 0,
		"never gets into the Wi-Fi network it was told", 0 },
	[STOCK_WRONG_DIGEST] = { "wrong-digest", "N", 1, 1000,
		"in its first N downloads a bit falls over: reports 409", 1 },
	[STOCK_WS_DROP] = { "ws-drop", "N", 1, 1000,
		"loses its first N websockets when it should begin the upgrade", 1 },
};
_Static_assert(COUNT_OF(fault_rows) == STOCK_FAULTS, "one row per fault");
_Static_assert(STOCK_FAULTS <= FAULT_KINDS_MOST, "faults fit their set");

const struct fault_table fault_table_stock = { fault_rows, COUNT_OF(fault_rows) };

const struct stock_personality *
stock_personality_named(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	return NULL;
}

char *
stock_personality_names(void)
{
	OWN(buf) names = BUF_UP_TO(1024);

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		buf_addf(&names, "%s%s", i > 0 ? " " : "", rows[i].name);
	return buf_take(&names);
}
