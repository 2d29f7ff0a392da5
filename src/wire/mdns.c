/* Multicast DNS packets, taken apart with libresolv's ns_parse. It checks names, lengths
 * and compression pointers; what is checked here is what stands inside the records. */
/* SPDX-License-Identifier: MIT */
#include "wire/mdns.h"

#include <arpa/nameser.h>
#include <resolv.h>
#include <string.h>

#include "base/text.h"

static const struct err_code garbled = { "E-MDNS-GARBLED", ERR_GARBLED,
	"Nothing to do: the packet was ignored; its sender is faulty." };
static const struct err_code too_large = { "E-MDNS-TOO-LARGE", ERR_GARBLED,
	"Nothing to do: the packet was ignored; its sender is faulty." };

/* The top bit of a class: "answer to me alone" in questions, "forget older records" in
 * answers (RFC 6762 §5.4, §10.2). */
enum { TOP_BIT = 0x8000 };

/* Weight, priority and port stand in front of an SRV record's host. */
enum { SRV_HEAD = 6 };

size_t
mdns_write_query(const struct mdns_question *questions, size_t count, bool unicast,
	uint8_t *out, size_t size)
{
	size_t used = NS_HFIXEDSZ;

	if (size < NS_HFIXEDSZ || count == 0 || count > 255)
		return 0;
	memset(out, 0, NS_HFIXEDSZ);
	ns_put16((unsigned)count, out + 4);
	for (size_t i = 0; i < count; i++) {
		int len = dn_comp(
			questions[i].name, out + used, (int)(size - used), NULL, NULL);

		if (len < 0 || size - used - (size_t)len < NS_QFIXEDSZ)
			return 0;
		used += (size_t)len;
		ns_put16((unsigned)questions[i].type, out + used);
		ns_put16(ns_c_in | (unicast ? TOP_BIT : 0), out + used + 2);
		used += NS_QFIXEDSZ;
	}
	return used;
}

/* Copies "eWeLink_1" from "eWeLink_1._ewelink._tcp.local"; false for other names. */
static bool
instance_of(const char *name, const char *service, char out[MDNS_NAME_SIZE])
{
	size_t len = strlen(name), tail = strlen(service);

	if (len < tail + 2 || name[len - tail - 1] != '.' ||
		!text_equal_nocase(name + len - tail, service))
		return false;
	return text_copy_bytes(out, MDNS_NAME_SIZE, name, len - tail - 1);
}

/* The row of an instance, made when it is new; NULL when the table is full. The records of
 * an instance mostly stand together, so the last row is looked at first. */
static struct mdns_service *
service_named(struct mdns_packet *packet, const char *instance)
{
	struct mdns_service *row;

	for (size_t i = packet->service_count; i-- > 0;)
		if (text_equal_nocase(packet->services[i].instance, instance))
			return &packet->services[i];
	if (packet->service_count == MDNS_SERVICES_MOST)
		return NULL;
	row = &packet->services[packet->service_count++];
	*row = (struct mdns_service){ 0 };
	text_copy(row->instance, sizeof row->instance, instance);
	return row;
}

/* Expands the name at `at`, which must end exactly where the record does. */
static bool
read_name(const ns_msg *msg, const ns_rr *record, size_t at, char *out, struct err *err)
{
	char name[NS_MAXDNAME];
	int len = ns_name_uncompress(ns_msg_base(*msg), ns_msg_end(*msg),
		ns_rr_rdata(*record) + at, name, sizeof name);

	if (len < 0 || at + (size_t)len != ns_rr_rdlen(*record))
		return err_set(err, &garbled, "a record holds a broken name");
	if (!text_copy(out, MDNS_NAME_SIZE, name))
		*out = '\0'; /* no device of ours has such a name */
	return true;
}

static bool
read_ptr(const ns_msg *msg, const ns_rr *record, const char *service,
	struct mdns_packet *out, struct err *err)
{
	char target[MDNS_NAME_SIZE], instance[MDNS_NAME_SIZE];
	struct mdns_service *row;

	if (!text_equal_nocase(ns_rr_name(*record), service))
		return true;
	if (!read_name(msg, record, 0, target, err))
		return false;
	if (!instance_of(target, service, instance) ||
		(row = service_named(out, instance)) == NULL)
		return true;
	row->has_ptr = true;
	row->ptr_ttl = ns_rr_ttl(*record);
	return true;
}

static bool
read_srv(const ns_msg *msg, const ns_rr *record, const char *service,
	struct mdns_packet *out, struct err *err)
{
	char host[MDNS_NAME_SIZE], instance[MDNS_NAME_SIZE];
	struct mdns_service *row;

	if (!instance_of(ns_rr_name(*record), service, instance))
		return true;
	if (ns_rr_rdlen(*record) <= SRV_HEAD)
		return err_set(err, &garbled, "an SRV record of %u bytes is too short",
			ns_rr_rdlen(*record));
	if (!read_name(msg, record, SRV_HEAD, host, err))
		return false;
	if ((row = service_named(out, instance)) == NULL)
		return true;
	row->has_srv = true;
	row->srv_ttl = ns_rr_ttl(*record);
	row->port = (uint16_t)ns_get16(ns_rr_rdata(*record) + 4);
	memcpy(row->host, host, sizeof row->host);
	return true;
}

/* Every string has to end inside the record. */
static bool
txt_is_whole(const uint8_t *txt, size_t len)
{
	size_t at = 0;

	while (at < len)
		at += 1U + txt[at];
	return at == len;
}

static bool
read_txt(const ns_rr *record, const char *service, struct mdns_packet *out,
	struct err *err)
{
	char instance[MDNS_NAME_SIZE];
	struct mdns_service *row;

	if (!instance_of(ns_rr_name(*record), service, instance))
		return true;
	if (ns_rr_rdlen(*record) > MDNS_TXT_MOST)
		return err_set(err, &too_large, "a TXT record has %u bytes, more than %d",
			ns_rr_rdlen(*record), MDNS_TXT_MOST);
	if (!txt_is_whole(ns_rr_rdata(*record), ns_rr_rdlen(*record)))
		return err_set(err, &garbled, "a TXT string reaches over its record");
	if ((row = service_named(out, instance)) == NULL)
		return true;
	row->has_txt = true;
	row->txt_ttl = ns_rr_ttl(*record);
	row->txt = ns_rr_rdata(*record);
	row->txt_len = ns_rr_rdlen(*record);
	return true;
}

static bool
read_a(const ns_rr *record, struct mdns_packet *out, struct err *err)
{
	struct mdns_host *host;

	if (ns_rr_rdlen(*record) != sizeof host->address)
		return err_set(err, &garbled, "an A record has %u bytes instead of 4",
			ns_rr_rdlen(*record));
	if (out->host_count == MDNS_HOSTS_MOST)
		return true;
	host = &out->hosts[out->host_count];
	if (!text_copy(host->name, sizeof host->name, ns_rr_name(*record)))
		return true;
	memcpy(&host->address, ns_rr_rdata(*record), sizeof host->address);
	host->ttl = ns_rr_ttl(*record);
	out->host_count++;
	return true;
}

static bool
read_record(const ns_msg *msg, const ns_rr *record, const char *service,
	struct mdns_packet *out, struct err *err)
{
	if ((ns_rr_class(*record) & ~TOP_BIT) != ns_c_in)
		return true;
	switch ((int)ns_rr_type(*record)) {
	case MDNS_PTR:
		return read_ptr(msg, record, service, out, err);
	case MDNS_SRV:
		return read_srv(msg, record, service, out, err);
	case MDNS_TXT:
		return read_txt(record, service, out, err);
	case MDNS_A:
		return read_a(record, out, err);
	default:
		return true;
	}
}

static bool
read_section(ns_msg *msg, ns_sect section, const char *service, struct mdns_packet *out,
	struct err *err)
{
	for (int i = 0; i < ns_msg_count(*msg, section); i++) {
		ns_rr record;

		if (ns_parserr(msg, section, i, &record) != 0)
			return err_set(err, &garbled, "record %d is broken", i + 1);
		if (!read_record(msg, &record, service, out, err))
			return false;
	}
	return true;
}

bool
mdns_read(const uint8_t *bytes, size_t len, const char *service, struct mdns_packet *out,
	struct err *err)
{
	ns_msg msg;

	out->is_answer = false;
	out->service_count = out->host_count = 0;
	if (len > MDNS_PACKET_MOST)
		return err_set(err, &too_large, "a packet of %zu bytes, more than %d",
			len, MDNS_PACKET_MOST);
	if (ns_initparse(bytes, (int)len, &msg) != 0)
		return err_set(err, &garbled,
			"%zu bytes that are no DNS packet, or only a part of one", len);
	if (!ns_msg_getflag(msg, ns_f_qr) ||
		ns_msg_getflag(msg, ns_f_opcode) != ns_o_query ||
		ns_msg_getflag(msg, ns_f_rcode) != ns_r_noerror)
		return true;
	out->is_answer = true;
	return read_section(&msg, ns_s_an, service, out, err) &&
		read_section(&msg, ns_s_ar, service, out, err);
}

bool
mdns_txt_next(const uint8_t *txt, size_t len, size_t *at, const char **string,
	size_t *string_len)
{
	if (*at >= len || txt[*at] >= len - *at)
		return false;
	*string = (const char *)txt + *at + 1;
	*string_len = txt[*at];
	*at += 1U + txt[*at];
	return true;
}
