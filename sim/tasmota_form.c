/* The Wi-Fi form of a simulated Tasmota. */
/* SPDX-License-Identifier: MIT */
#include "sim/tasmota_form.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/text.h"
#include "sim/tasmota_wifi.h"

enum { SCAN_MS = 2000 };

/* A name in a page: the few characters that would end an attribute or open a tag. */
static char *
escape(const char *text)
{
	OWN(buf) out = BUF_UP_TO(1024);

	for (; *text != '\0'; text++)
		switch (*text) {
		case '<':
			buf_add_text(&out, "&lt;");
			break;
		case '>':
			buf_add_text(&out, "&gt;");
			break;
		case '&':
			buf_add_text(&out, "&amp;");
			break;
		case '\'':
			buf_add_text(&out, "&#39;");
			break;
		case '"':
			buf_add_text(&out, "&quot;");
			break;
		default:
			buf_add(&out, text, 1);
			break;
		}
	return buf_take(&out);
}

static void
show_form_5(const struct tasmota_visit *visit)
{
	const struct tasmota_settings *s = &visit->t->settings;
	OWN_STR ssid = escape(s->text[TEXT_SSID1]);
	OWN_STR page = xasprintf(
		"<fieldset><legend><b>&nbsp;Wifi parameters&nbsp;</b></legend>"
		"<form method='get' action='sv'>"
		"<input id='w' name='w' value='1' hidden>"
		"<input id='r' name='r' value='1' hidden>"
		"<b>AP1 SSId</b><br/><input id='s1' name='s1' value='%s'>"
		"<b>AP1 Password</b><br/><input id='p1' name='p1' type='password' value='********'>"
		"<input id='s2' name='s2' value=''>"
		"<input id='p2' name='p2' type='password' value='********'>"
		"<input id='h' name='h' value='%s'>"
		"<button type='submit'>Save</button></form></fieldset>",
		ssid, s->text[TEXT_HOSTNAME]);

	tasmota_web_page(visit, page);
}

/* Second name, second password and host are not there in the access point of newer
 * builds. */
static void
show_form(const struct tasmota_visit *visit)
{
	struct tasmota *t = visit->t;
	const struct tasmota_settings *s = &t->settings;
	bool tested = t->manager && tasmota_has(&t->firmware, TRAIT_TESTED_FORM);
	OWN_STR ssid = escape(s->text[TEXT_SSID1]);
	OWN_STR home = NULL;
	OWN_STR failed = NULL;
	OWN_STR rest = NULL;
	OWN_STR page = NULL;
	OWN_STR tried = escape(t->test.ssid);

	if (t->manager)
		clock_pause(tasmota_ms(t, SCAN_MS), &t->world->cancel);
	home = escape(t->world->home_ssid != NULL ? t->world->home_ssid : "");
	failed = tested && t->test.from_form && t->test.state > TEST_SUCCESSFUL
		? xasprintf("<div style='color:red'>Connect failed to %s</div>", tried)
		: xstrdup("");
	rest = tested ? xstrdup("")
		      : xasprintf("<input id='s2' name='s2' value=''>"
				  "<input id='p2' name='p2' type='password' value='****'>"
				  "<input id='h' name='h' value='%s'>",
				s->text[TEXT_HOSTNAME]);
	page = xasprintf("%s<div><a href='#p' onclick='c(this)'>%s</a>"
			 "&nbsp;<span>(%d)</span></div>"
			 "<form method='get' action='wi'>"
			 "<input id='s1' name='s1' value='%s'>"
			 "<input id='p1' name='p1' type='password' value='****'>%s"
			 "<button name='save' type='submit'>Save</button></form>",
		failed, home, 6, ssid, rest);
	tasmota_web_page(visit, page);
}

/* The device restarts only because somebody looks at this page. */
static void
show_success(const struct tasmota_visit *visit)
{
	struct tasmota *t = visit->t;
	char own[INET_ADDRSTRLEN];
	OWN_STR page = NULL;
	OWN_STR tried = escape(t->test.ssid);

	inet_ntop(AF_INET, &t->lan_address, own, sizeof own);
	page = xasprintf(
		"<script>setTimeout(function(){location.href='http://%s';},10000);"
		"</script><div>Successfully connected to %s</div>"
		"<div>Redirecting to device's new IP address<br>"
		"<a href='http://%s'>http://%s</a></div>",
		own, tried, own, own);
	tasmota_web_page(visit, page);
	tasmota_restart_soon(t, "wifi");
}

static void
begin_test(const struct tasmota_visit *visit, const char *ssid, const char *password)
{
	struct tasmota *t = visit->t;

	text_copy(t->test.ssid, sizeof t->test.ssid, ssid);
	text_copy(t->test.password, sizeof t->test.password, password);
	t->test.slot = 0;
	t->test.restarts = false;
	t->test.from_form = true;
	tasmota_wifi_test_start(t);
	tasmota_web_page(visit,
		"<script>setTimeout(function(){location.href='.';},10000);</script>"
		"<div>Trying to connect device to network</div>");
}

static void
store(struct tasmota *t, enum tasmota_text which, const char *value, bool stars_keep)
{
	if (value != NULL && !(stars_keep && strchr(value, '*') != NULL))
		tasmota_settings_text(&t->settings, which, value);
}

/* Without a test: what is wrong shows after the restart. */
static void
save_untested(const struct tasmota_visit *visit, bool stars_keep)
{
	struct tasmota *t = visit->t;
	const struct web_request *request = visit->request;
	const char *host = web_request_argument(request, "h");

	store(t, TEXT_SSID1, web_request_argument(request, "s1"), false);
	store(t, TEXT_SSID2, web_request_argument(request, "s2"), false);
	store(t, TEXT_PASSWORD1, web_request_argument(request, "p1"), stars_keep);
	store(t, TEXT_PASSWORD2, web_request_argument(request, "p2"), stars_keep);
	if (host != NULL && host[0] != '\0')
		store(t, TEXT_HOSTNAME,
			strchr(host, '%') != NULL
				? tasmota_default_text(&t->firmware, TEXT_HOSTNAME)
				: host,
			false);
	tasmota_changed(t);
	tasmota_web_page(visit,
		"<div><b>Configuration saved</b><br/>Trying to connect device to network"
		"<br/>Give it 10 seconds</div>");
	tasmota_restart_soon(t, "wifi");
}

void
tasmota_form_answer(const struct tasmota_visit *visit)
{
	struct tasmota *t = visit->t;
	const char *ssid = web_request_argument(visit->request, "s1");
	const char *password = web_request_argument(visit->request, "p1");
	bool saves = web_request_argument(visit->request, "save") != NULL;
	bool tested = t->manager && tasmota_has(&t->firmware, TRAIT_TESTED_FORM);

	if (!tasmota_has(&t->firmware, TRAIT_WI_FORM))
		show_form_5(visit);
	else if (saves && tested)
		begin_test(visit, ssid != NULL ? ssid : "",
			password != NULL ? password : "");
	else if (saves)
		save_untested(visit, t->firmware.version < TASMOTA_VERSION(7, 0, 0, 0));
	else if (tested && t->test.state == TEST_SUCCESSFUL)
		show_success(visit);
	else
		show_form(visit);
}

void
tasmota_form_save_5(const struct tasmota_visit *visit)
{
	const char *what = web_request_argument(visit->request, "w");

	if (what != NULL && strcmp(what, "1") == 0)
		save_untested(visit, true);
	else
		tasmota_web_page(visit, "<div>Nothing saved</div>");
}
