/* The options every command that takes a firmware image shares, and the download shown. */
/* SPDX-License-Identifier: MIT */
#include "cmd/firmware_options.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/terminal.h"
#include "base/text.h"
#include "flash/firmware_source.h"
#include "fleet/event.h"

enum { REDRAW_MS = 200, EVENT_MS = 1000 };

struct screen {
	const struct app *app;
	int64_t shown_ms; /* steady clock; 0: never */
	bool open; /* a line stands on the terminal */
};

static void
print_event(uint64_t bytes, uint64_t total)
{
	event_print("progress", NULL,
		json_pack("{s:s, s:I, s:I}", "step", "fetch", "bytes", (json_int_t)bytes,
			"total", (json_int_t)total));
}

static void
draw(uint64_t bytes, uint64_t total)
{
	char done[32], all[32];

	text_size(done, sizeof done, bytes);
	if (total > 0)
		fprintf(stderr, "\r\033[Kdownloading %s of %s, %u %%", done,
			text_size(all, sizeof all, total),
			(unsigned)(bytes * 100 / total));
	else
		fprintf(stderr, "\r\033[Kdownloading %s", done);
}

static void
show_progress(void *context, uint64_t bytes, uint64_t total)
{
	struct screen *screen = context;
	bool redraws = !screen->app->json && !screen->app->quiet && !screen->app->plain &&
		terminal_can_redraw(stderr);
	int64_t now = clock_steady_ms();
	bool is_last = total > 0 && bytes >= total;

	if ((!redraws && !screen->app->json) ||
		(!is_last && screen->shown_ms != 0 &&
			now - screen->shown_ms < (redraws ? REDRAW_MS : EVENT_MS)))
		return;
	screen->shown_ms = now;
	if (redraws)
		draw(bytes, total);
	else
		print_event(bytes, total);
	screen->open = redraws;
}

static void
close_line(struct screen *screen)
{
	if (screen->open)
		fputs("\r\033[K", stderr);
	screen->open = false;
}

static void
say(void *context, const char *sentence)
{
	close_line(context);
	log_info("%s", sentence);
}

struct image *
firmware_options_open(const struct app *app, const struct options *options,
	const char *spec, struct err *err)
{
	struct screen screen = { .app = app };
	const struct firmware_source_options source = {
		.cache_directory = app->cache_directory,
		.base_url = option_value(options, "firmware-base"),
		.sha256 = option_value(options, "firmware-sha256"),
		.fix_flash_mode = option_given(options, "fix-flash-mode"),
		.cancel = app->cancel,
		.progress = show_progress,
		.say = say,
		.context = &screen,
	};
	struct image *image = firmware_source_open(spec, &source, err);

	close_line(&screen);
	return image;
}

struct accept_overrides
firmware_options_overrides(const struct options *options)
{
	return (struct accept_overrides){
		.allow_foreign = option_given(options, "allow-foreign"),
		.allow_size_nibble = option_given(options, "allow-flash-size"),
	};
}

struct image *
firmware_options_open_for(const struct app *app, const struct options *options,
	const char *spec, const char *method, struct err *err)
{
	struct accept_overrides overrides = firmware_options_overrides(options);
	struct image *image = firmware_options_open(app, options, spec, err);
	char warning[ACCEPT_WARNING_SIZE];

	if (image == NULL)
		return NULL;
	if (!accept_image(image, method, &overrides, warning, err)) {
		image_free(image);
		return NULL;
	}
	if (warning[0] != '\0')
		log_warn("%s", warning);
	return image;
}
