/* The stock firmware's crude reader of download URLs. */
/* SPDX-License-Identifier: MIT */
#include "sim/ota_url.h"

#include <string.h>

#include "base/text.h"

bool
ota_url_read(const char *text, struct ota_url *out)
{
	static const char scheme[] = "http://";
	const char *host = text + strlen(scheme), *slash, *colon, *end;
	char port[8];
	int64_t number = 80;

	*out = (struct ota_url){ 0 };
	if (!text_starts_with(text, scheme) || strpbrk(text, " \r\n\t") != NULL)
		return false;
	slash = strchr(host, '/');
	colon = strchr(host, ':');
	if (slash == NULL || slash[1] == '\0' || (colon != NULL && colon > slash))
		return false;
	end = colon != NULL ? colon : slash;
	if (colon != NULL &&
		(!text_copy_bytes(
			 port, sizeof port, colon + 1, (size_t)(slash - colon - 1)) ||
			!text_to_number(port, 1, 65535, &number)))
		return false;
	out->port = (uint16_t)number;
	return end > host &&
		text_copy_bytes(
			out->host, sizeof out->host, host, (size_t)(end - host)) &&
		text_copy(out->path, sizeof out->path, slash);
}
