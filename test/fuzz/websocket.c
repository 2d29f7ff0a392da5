/* Any bytes from the other end of a websocket. */
/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/websocket.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* The first byte says how much had come together with the request. */
int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	size_t extra = len > 0 && bytes[0] < len ? bytes[0] : len;
	enum websocket_event event = WEBSOCKET_TEXT;
	struct websocket *websocket;
	int ends[2];

	if (len > 65536 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) != 0)
		return 0;
	websocket = websocket_new(ends[0], (const char *)bytes, extra);
	if (write(ends[1], bytes + extra, len - extra) < 0)
		len = 0;
	shutdown(ends[1], SHUT_WR);
	while (event == WEBSOCKET_TEXT) {
		char *text = NULL;
		size_t text_len = 0;

		event = websocket_read(websocket, deadline_in(1000), &text, &text_len);
		if (event == WEBSOCKET_TEXT) {
			assert(text_len <= WEBSOCKET_MESSAGE_MOST);
			assert(strlen(text) == text_len);
		}
		free(text);
	}
	assert(event != WEBSOCKET_QUIET);
	websocket_free(websocket);
	close(ends[0]);
	close(ends[1]);
	return 0;
}
