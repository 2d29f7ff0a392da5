/* The DIY mode's envelope: dialects, ids and the way answers are written. What the
 * endpoints do is in endpoints.c. */
/* SPDX-License-Identifier: MIT */
#include "sim/diy_api.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "sim/endpoints.h"

static void
refuse(struct answer *out, enum id_rule rule)
{
	static const int errors[] = { [ID_ACCEPTED] = 0,
		[ID_UNKNOWN] = 404,
		[ID_INVALID] = 422,
		[ID_MALFORMED] = 400,
		[ID_NO_ANSWER] = 0 };

	out->kind = rule == ID_NO_ANSWER ? ANSWER_SILENCE : ANSWER_JSON;
	out->error = errors[rule];
}

static enum id_rule
judge_id(const struct plug *plug, const json_t *root)
{
	const struct personality *is = plug->personality;
	const json_t *member = json_object_get(root, "deviceid");
	const char *id = json_string_value(member);

	if (member == NULL)
		return is->id_missing;
	if (id == NULL)
		return ID_MALFORMED;
	if (id[0] == '\0')
		return is->id_empty;
	return strcmp(id, plug->id) == 0 ? is->id_right : is->id_wrong;
}

/* Firmware before 3.3: data is JSON in a string, selfApikey has to be there, and what
 * looks different is not answered at all. NULL then; else a new reference. */
static json_t *
open_string_data(const json_t *root, struct answer *out)
{
	const char *text = json_text(root, "data");
	const char *sequence = json_text(root, "sequence");
	json_t *data;

	if (text == NULL || !json_is_string(json_object_get(root, "selfApikey"))) {
		out->kind = ANSWER_SILENCE;
		return NULL;
	}
	if (sequence != NULL)
		text_copy(out->sequence, sizeof out->sequence, sequence);
	data = json_read(text, strlen(text), REQUEST_BYTES_MOST);
	if (json_is_object(data))
		return data;
	json_decref(data);
	out->error = 400;
	return NULL;
}

static json_t *
open_data(const struct plug *plug, const json_t *root, struct answer *out)
{
	json_t *data = json_object_get(root, "data");

	if (plug->personality->string_dialect)
		return open_string_data(root, out);
	if (data == NULL || !json_is_object(data)) {
		out->error = data == NULL ? 400 : 422;
		return NULL;
	}
	return json_incref(data);
}

static void
decide_about_body(struct plug *plug, const struct endpoint *endpoint,
	const struct http_request *request, struct answer *out)
{
	OWN_JSON root = request->body == NULL
		? NULL
		: json_read(request->body, request->body_len, REQUEST_BYTES_MOST);
	OWN_JSON data = NULL;
	enum id_rule rule;

	if (plug->personality->encrypted) {
		/* Plain: 401. Encrypted, but nobody has the key: 400. */
		out->error = json_flag(root, "encrypt", false) ? 400 : 401;
		return;
	}
	if (!json_is_object(root)) {
		out->error = 400;
		return;
	}
	if ((rule = judge_id(plug, root)) != ID_ACCEPTED) {
		refuse(out, rule);
		return;
	}
	if ((data = open_data(plug, root, out)) != NULL)
		endpoint->run(plug, data, out);
}

void
api_decide(struct plug *plug, const struct http_request *request, struct answer *out)
{
	static const char root[] = "/zeroconf/";
	const struct endpoint *endpoint = NULL;

	*out = (struct answer){ .kind = ANSWER_JSON };
	if (plug->faults.has[FAULT_SILENT]) {
		out->kind = ANSWER_SILENCE;
		return;
	}
	if (strcmp(request->method, "POST") == 0 &&
		text_starts_with(request->target, root))
		endpoint = endpoint_named(
			plug->personality, request->target + strlen(root));
	if (endpoint == NULL) {
		out->kind = plug->personality->answers_unknown_paths ? ANSWER_PAGE
								     : ANSWER_SILENCE;
		return;
	}
	decide_about_body(plug, endpoint, request, out);
}

static json_t *
data_as_text(const json_t *data)
{
	char *text = json_dumps(data, JSON_COMPACT);
	json_t *string = json_string(text);

	free(text);
	return string;
}

char *
api_write(struct plug *plug, const struct answer *answer)
{
	OWN_JSON root = json_object();

	monitor_enter(&plug->door);
	json_object_set_new(root, "seq", json_integer(plug->state.seq));
	monitor_leave(&plug->door);
	if (answer->sequence[0] != '\0')
		json_object_set_new(root, "sequence", json_string(answer->sequence));
	json_object_set_new(root, "error", json_integer(answer->error));
	if (answer->data != NULL && plug->personality->data_as_text)
		json_object_set_new(root, "data", data_as_text(answer->data));
	else if (answer->data != NULL)
		json_object_set(root, "data", answer->data);
	return json_dumps(root, JSON_COMPACT);
}

void
answer_clear(struct answer *answer)
{
	json_decref(answer->data);
	answer->data = NULL;
}
