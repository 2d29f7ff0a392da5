/* Where a Tasmota speaks and listens. */
/* SPDX-License-Identifier: MIT */
#include "wire/tasmota_topic.h"

#include <string.h>

#include "base/text.h"

bool
tasmota_topic(struct buf *out, const struct tasmota_names *names, const char *prefix,
	const char *last)
{
	const struct {
		const char *token, *value;
	} tokens[] = {
		{ "%prefix%", prefix },
		{ "%topic%", names->topic },
		{ "%hostname%", names->hostname },
		{ "%id%", names->mac },
	};
	bool fits = true;

	for (const char *at = names->full_topic; *at != '\0';) {
		const char *value = NULL;
		size_t step = 1;

		for (size_t i = 0; i < COUNT_OF(tokens) && value == NULL; i++)
			if (text_starts_with(at, tokens[i].token)) {
				value = tokens[i].value;
				step = strlen(tokens[i].token);
			}
		fits = (value != NULL ? buf_add_text(out, value) : buf_add(out, at, 1)) &&
			fits;
		at += step;
	}
	if (out->len > 0 && out->data[out->len - 1] != '/')
		fits = buf_add_text(out, "/") && fits;
	return buf_add_text(out, last) && fits;
}

bool
tasmota_topic_is_plain(const char *topic)
{
	return *topic != '\0' && strpbrk(topic, " +#/$\t%\"") == NULL;
}
