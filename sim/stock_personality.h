/* Which old device a simulated one is: model, firmware, and every rule in which builds
 * differ. A row each; the code asks the row, never the name.
 * Source: doc/protocol/simulator-stock.md, "Personalities". */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_STOCK_PERSONALITY_H
#define SIM_STOCK_PERSONALITY_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/fault.h"

/* How it reaches its cloud. */
enum stock_transport {
	TRANSPORT_PLAIN, /* a fixed port, whatever it is told */
	TRANSPORT_TLS_1_1_ONLY,
	TRANSPORT_TLS_1_1, /* at most */
	TRANSPORT_TLS_1_2
};

/* What it does with a certificate that is not the vendor's. */
enum stock_pin {
	PIN_NONE, /* takes any */
	PIN_CLOSES,
	PIN_ALERTS
};

struct stock_personality {
	const char *name; /* as --personality takes it */
	const char *model;
	const char *firmware; /* romVersion, five characters */
	enum stock_transport transport;
	enum stock_pin pin;
	bool whole_file; /* asks without Range... */
	uint32_t bytes_per_second; /* ...and can not take more than this */
	bool late; /* acknowledges first, reports by upgradeState, demands autoRestart */
	bool never_answers_ap; /* takes POST /ap, says nothing */
	bool tells_chip; /* chipid in GET /device */
	bool hangs_up_on_model; /* another model than its own ends the websocket */
	bool asks_time_zone; /* in its query */
	const char *params; /* of its `update`, in front of the common ones */
};

/* NULL when there is none of this name. */
const struct stock_personality *stock_personality_named(const char *name);

/* All names, separated by blanks. The caller frees it. */
char *stock_personality_names(void);

enum stock_fault {
	STOCK_AP_ONLY,
	STOCK_AP_SILENT,
	STOCK_CLAIMS_DONE,
	STOCK_CUT,
	STOCK_DISPATCH_RETRY,
	STOCK_DROP,
	STOCK_FINAL_AGAIN,
	STOCK_FINAL_RESTART,
	STOCK_LINK_LOST,
	STOCK_NO_DATE,
	STOCK_NO_MAC,
	STOCK_NO_REPORT,
	STOCK_NO_TASMOTA,
	STOCK_NO_UPGRADE,
	STOCK_OTHER_MAC,
	STOCK_REPLUG,
	STOCK_REPORT_404,
	STOCK_SLOW_FLASH,
	STOCK_STALL,
	STOCK_WIFI_FAILS,
	STOCK_WRONG_DIGEST,
	STOCK_WS_DROP,
	STOCK_FAULTS
};

extern const struct fault_table fault_table_stock;

#endif
