/* Any bytes as an mDNS packet, and what its TXT records say. */
/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "wire/ewelink_txt.h"
#include "wire/mdns.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
check_printable(const char *text)
{
	assert(text_is_utf8(text, strlen(text)));
	assert(strpbrk(text, "\n\r\t\033\177") == NULL);
}

static void
check_service(const struct mdns_service *service)
{
	struct ewelink_txt txt;
	const char *string;
	size_t at = 0, len;

	check_printable(service->instance);
	check_printable(service->host);
	while (mdns_txt_next(service->txt, service->txt_len, &at, &string, &len))
		assert(len <= 255);
	assert(at == service->txt_len);
	if (!service->has_txt)
		return;
	ewelink_txt_read(service->txt, service->txt_len, &txt);
	check_printable(txt.id);
	check_printable(txt.type);
	assert(!txt.encrypt || !txt.has_state);
}

/* What was read can be asked for. */
static void
check_question(const struct mdns_host *host)
{
	uint8_t query[MDNS_QUERY_MOST];
	const struct mdns_question question = { host->name, MDNS_A };

	assert(mdns_write_query(&question, 1, true, query, sizeof query) > 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static struct mdns_packet packet;

	if (!mdns_read(bytes, len, MDNS_EWELINK, &packet, NULL))
		return 0;
	assert(packet.service_count <= MDNS_SERVICES_MOST);
	assert(packet.host_count <= MDNS_HOSTS_MOST);
	for (size_t i = 0; i < packet.service_count; i++)
		check_service(&packet.services[i]);
	for (size_t i = 0; i < packet.host_count; i++)
		check_question(&packet.hosts[i]);
	return 0;
}
