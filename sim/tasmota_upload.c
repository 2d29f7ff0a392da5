/* The upload form of a simulated Tasmota. */
/* SPDX-License-Identifier: MIT */
#include "sim/tasmota_upload.h"

#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "sim/tasmota_backup.h"
#include "sim/tasmota_store.h"
#include "sim/tasmota_upgrade.h"

/* The file within a form, pointing into the request's body. */
struct part {
	const char *bytes;
	size_t len;
};

static const char form[] = "<form method='get' action='u1'><input id='o' name='o'></form>"
			   "<form method='post' action='u2' "
			   "enctype='multipart/form-data'>"
			   "<input type='file' name='u2'><button>Start upgrade</button>"
			   "</form>";

void
tasmota_upload_page(const struct tasmota_visit *visit)
{
	visit->t->uploads_settings = false;
	tasmota_web_page(visit, form);
}

void
tasmota_upload_restore_page(const struct tasmota_visit *visit)
{
	visit->t->uploads_settings = true;
	tasmota_web_page(visit, form);
}

void
tasmota_upload_by_url(const struct tasmota_visit *visit)
{
	struct tasmota *t = visit->t;
	const char *url = web_request_argument(visit->request, "o");

	if (url != NULL && url[0] != '\0' &&
		tasmota_settings_text(&t->settings, TEXT_OTA_URL, url))
		tasmota_changed(t);
	tasmota_upgrade_begin(t);
	tasmota_web_page(visit, "<div><b>Upgrade started ...</b></div>");
}

/* Takes one line away, without its end; false when there is none. */
static bool
take_line(struct part *rest, struct part *line)
{
	const char *end = memmem(rest->bytes, rest->len, "\r\n", 2);

	if (end == NULL)
		return false;
	*line = (struct part){ rest->bytes, (size_t)(end - rest->bytes) };
	rest->len -= line->len + 2;
	rest->bytes = end + 2;
	return true;
}

static bool
names_a_file(const struct part *line)
{
	static const char wanted[] =
		"Content-Disposition: form-data; name=\"u2\"; filename=\"";
	size_t len = strlen(wanted);

	/* At least one letter before the closing quote. */
	return line->len > len + 1 && memcmp(line->bytes, wanted, len) == 0 &&
		line->bytes[len] != '"' &&
		memchr(line->bytes + len, '"', line->len - len);
}

/* Boundary, disposition, perhaps one more line, an empty line, the file, the boundary. The
 * device throws away the line behind that one more line without a look at it: whoever
 * sends two has his data spoiled. */
static bool
find_file(const struct web_request *request, struct part *out)
{
	const char *boundary = strstr(request->content_type, "boundary=");
	struct part rest = { request->body, request->body_len }, line;
	OWN_STR mark = NULL;
	const char *end;

	if (boundary == NULL || request->body == NULL)
		return false;
	mark = xasprintf("\r\n--%s", boundary + strlen("boundary="));
	if (!take_line(&rest, &line) || line.len != strlen(mark + 2) ||
		memcmp(line.bytes, mark + 2, line.len) != 0 || !take_line(&rest, &line) ||
		!names_a_file(&line) || !take_line(&rest, &line) ||
		(line.len > 0 && !take_line(&rest, &line)))
		return false;
	end = memmem(rest.bytes, rest.len, mark, strlen(mark));
	if (end == NULL)
		return false;
	*out = (struct part){ rest.bytes, (size_t)(end - rest.bytes) };
	return true;
}

/* From 8.1 on a raw image has to be one of Tasmota's own. */
static bool
is_foreign(const struct tasmota *t, const struct part *file)
{
	enum { OPTION_TAKE_FOREIGN = 78 };

	return t->firmware.version >= TASMOTA_VERSION(8, 1, 0, 0) &&
		t->settings.option[OPTION_TAKE_FOREIGN] == 0 &&
		(uint8_t)file->bytes[0] == 0xE9 &&
		memmem(file->bytes, file->len, "Tasmota", 7) == NULL;
}

/* NULL, or what the page says. */
static const char *
refuse(const struct tasmota_visit *visit, struct part *file)
{
	struct tasmota *t = visit->t;
	uint8_t first[4];

	if (!find_file(visit->request, file) || file->len < sizeof first)
		return "No file selected";
	if (t->uploads_settings)
		return tasmota_backup_take(t, file->bytes, file->len) ? NULL
								      : "File invalid";
	memcpy(first, file->bytes, sizeof first);
	switch (tasmota_store_judge(t, first, file->len, ROOM_BY_UPLOAD)) {
	case VERDICT_NO_SPACE:
		return "Not enough space";
	case VERDICT_WRONG_SIZE:
		return "Program flash size is larger than real flash size";
	case VERDICT_BAD_MAGIC:
		return t->firmware.version < TASMOTA_VERSION(9, 0, 0, 0)
			? "Magic byte is not 0xE9"
			: "Invalid file signature";
	case VERDICT_TAKEN:
		break;
	}
	return is_foreign(t, file) ? "File invalid" : NULL;
}

void
tasmota_upload_take(const struct tasmota_visit *visit)
{
	struct tasmota *t = visit->t;
	struct part file = { NULL, 0 };
	const char *why = refuse(visit, &file);
	OWN_STR page = NULL;
	uint8_t *copy;

	world_tell(t->world, "upload", t->id, "{s:i,s:s}", "bytes", (int)file.len,
		"result", why != NULL ? why : "stored");
	if (why != NULL) {
		page = xasprintf(
			"<div><b>Upload <font color='red'>Failed</font></b><br/>%s</div>",
			why);
		tasmota_web_page(visit, page);
		return;
	}
	if (!t->uploads_settings) {
		copy = xmalloc(file.len);
		memcpy(copy, file.bytes, file.len);
		tasmota_store_take(t, copy, file.len);
	}
	tasmota_web_page(visit,
		"<div><b>Upload <font color='green'>Successful</font></b><br/>"
		"Device will restart in a few seconds</div>");
	tasmota_restart_soon(t, "Upload");
}
