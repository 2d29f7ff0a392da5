/* Any bytes as an answer of the DIY API and as TXT data. */
/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "wire/diy.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* What is printed later must be printable now. */
static void
check(const struct diy_state *state)
{
	assert(text_is_utf8(state->firmware, strlen(state->firmware)));
	assert(strpbrk(state->id, "\n\r\t\033") == NULL);
	assert(!state->lock_is_open || state->has_lock);
	assert(!state->has_signal || state->signal_dbm <= 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct diy_answer answer;
	struct diy_state state;

	if (diy_read_answer((const char *)bytes, len, &answer))
		check(&answer.state);
	if (diy_read_state((const char *)bytes, len, &state))
		check(&state);
	return 0;
}
