/* The DIY method against doubles of everything it talks to: each story is one way a device
 * can behave, and what must come of it. */
/* SPDX-License-Identifier: MIT */
#include "test/unit/unit.h"

#include "base/memory.h"
#include "base/text.h"
#include "device/diy_client.h"
#include "device/probe.h"
#include "flash/method.h"
#include "flash/proof.h"

static const struct err_code e_device = { "E-TEST-DEVICE", ERR_REFUSED, "Test." };
static const struct err_code e_silence = { "E-TEST-NO-FETCH", ERR_UNREACHABLE, "Test." };
static const struct err_code e_unproven = { "E-TEST-UNPROVEN", ERR_UNPROVEN, "Test." };
static const struct err_code e_ineligible = { "E-TEST-NOT", ERR_NOT_ELIGIBLE, "Test." };
static const struct err_code e_disk = { "E-TEST-DISK", ERR_SYSTEM, "Test." };

/* What the device does with one offer. */
struct reaction {
	enum diy_reply reply;
	int number; /* when refused */
	unsigned percent; /* it fetches this much */
	bool posts;
	int result; /* what it posts */
};

struct story {
	const char *name;
	bool is_refused; /* by the verdict */
	bool locked, stays_locked;
	enum diy_reply unlock_reply;
	struct reaction reactions[3]; /* by offer */
	bool vendor_stays; /* the old firmware still answers afterwards */
	bool is_unproven;
	unsigned cancel_at_offer; /* the user interrupts while it is made; 0: never */
	unsigned disk_full_at_note; /* 0: never */
	/* What must come of it. */
	const char *code; /* "": done and proven */
	unsigned offers, unlocks;
	bool image_was_sent;
};

#define FETCHES_ALL DIY_ACCEPTED, 0, 100
#define FETCHES_AND_POSTS(n) \
	{ \
		FETCHES_ALL, true, n \
	}

extern const struct flash_method flash_diy;

static const struct story stories[] = {
	{ "all is well", .reactions = { FETCHES_AND_POSTS(0) }, .code = "", .offers = 1,
		.image_was_sent = true },
	{ "a device the verdict refuses hears no offer", .is_refused = true,
		.code = "E-TEST-NOT" },
	{ "locked: it is unlocked first", .locked = true,
		.reactions = { FETCHES_AND_POSTS(0) }, .code = "", .offers = 1,
		.unlocks = 1, .image_was_sent = true },
	{ "a hanging unlock that worked counts", .locked = true,
		.unlock_reply = DIY_PERHAPS, .reactions = { FETCHES_AND_POSTS(0) },
		.code = "", .offers = 1, .unlocks = 1, .image_was_sent = true },
	{ "a good answer to unlock proves nothing", .locked = true, .stays_locked = true,
		.code = "E-UNLOCK-NOT-OPEN", .unlocks = 1 },
	{ "no answer and still locked: no way to the vendor", .locked = true,
		.stays_locked = true, .unlock_reply = DIY_PERHAPS,
		.code = "E-UNLOCK-NO-INTERNET", .unlocks = 1 },
	{ "a refused unlock is told in the device's words", .locked = true,
		.stays_locked = true, .unlock_reply = DIY_REFUSED,
		.code = "E-TEST-DEVICE", .unlocks = 1 },
	{ "an empty reply is no failure when it fetches",
		.reactions = { { DIY_PERHAPS, 0, 100, true, 0 } }, .code = "",
		.offers = 1, .image_was_sent = true },
	{ "no reply and no fetch: offered once more",
		.reactions = { { DIY_PERHAPS }, FETCHES_AND_POSTS(0) }, .code = "",
		.offers = 2, .image_was_sent = true },
	{ "no reply and no fetch twice",
		.reactions = { { DIY_PERHAPS }, { DIY_PERHAPS } },
		.code = "E-TEST-NO-FETCH", .offers = 2 },
	{ "accepted but never fetched", .reactions = { { DIY_ACCEPTED } },
		.code = "E-TEST-NO-FETCH", .offers = 1 },
	{ "locked after all: unlocked, then offered again",
		.reactions = { { DIY_REFUSED, 403 }, FETCHES_AND_POSTS(0) }, .code = "",
		.offers = 2, .unlocks = 1, .image_was_sent = true },
	{ "locked for ever", .reactions = { { DIY_REFUSED, 403 }, { DIY_REFUSED, 403 } },
		.code = "E-TEST-DEVICE", .offers = 2, .unlocks = 1 },
	{ "too large is final", .reactions = { { DIY_REFUSED, 413 } },
		.code = "E-TEST-DEVICE", .offers = 1 },
	{ "bad parameters are final", .reactions = { { DIY_REFUSED, 422 } },
		.code = "E-TEST-DEVICE", .offers = 1 },
	{ "a slow fetch is tried again",
		.reactions = { { DIY_REFUSED, 408 }, FETCHES_AND_POSTS(0) }, .code = "",
		.offers = 2, .image_was_sent = true },
	{ "busy with an earlier download: tried again",
		.reactions = { { DIY_REFUSED, 424 }, FETCHES_AND_POSTS(0) }, .code = "",
		.offers = 2, .image_was_sent = true },
	{ "could not fetch twice",
		.reactions = { { DIY_REFUSED, 424 }, { DIY_REFUSED, 424 } },
		.code = "E-TEST-NO-FETCH", .offers = 2 },
	{ "silent in the middle, then well",
		.reactions = { { DIY_ACCEPTED, 0, 40 }, FETCHES_AND_POSTS(0) },
		.code = "", .offers = 2, .image_was_sent = true },
	{ "silent in the middle twice",
		.reactions = { { DIY_ACCEPTED, 0, 40 }, { DIY_ACCEPTED, 0, 60 } },
		.code = "E-DOWNLOAD-INTERRUPTED", .offers = 2 },
	{ "the first trouble is told when the second offer is refused",
		.reactions = { { DIY_ACCEPTED, 0, 40 }, { DIY_REFUSED, 424 } },
		.code = "E-DOWNLOAD-INTERRUPTED", .offers = 2 },
	{ "a failed download is tried again",
		.reactions = { { DIY_ACCEPTED, 0, 10, true, 404 }, FETCHES_AND_POSTS(0) },
		.code = "", .offers = 2, .image_was_sent = true },
	{ "a failed download twice",
		.reactions = { { DIY_ACCEPTED, 0, 10, true, 404 },
			{ DIY_ACCEPTED, 0, 10, true, 404 } },
		.code = "E-RESULT-DOWNLOAD", .offers = 2 },
	{ "a wrong digest twice",
		.reactions = { FETCHES_AND_POSTS(409), FETCHES_AND_POSTS(409) },
		.code = "E-RESULT-DIGEST", .offers = 2 },
	{ "a rejected image is final", .reactions = { FETCHES_AND_POSTS(406) },
		.code = "E-RESULT-REJECTED", .offers = 1 },
	{ "an internal error is final", .reactions = { FETCHES_AND_POSTS(410) },
		.code = "E-RESULT-INTERNAL", .offers = 1 },
	{ "an unknown number is final", .reactions = { FETCHES_AND_POSTS(999) },
		.code = "E-RESULT-UNKNOWN", .offers = 1 },
	{ "no word after the last byte: the proof decides",
		.reactions = { { FETCHES_ALL } }, .code = "", .offers = 1,
		.image_was_sent = true },
	{ "good by its own word, but the old firmware runs on",
		.reactions = { FETCHES_AND_POSTS(0) }, .vendor_stays = true,
		.code = "E-STILL-VENDOR", .offers = 1 },
	{ "not seen again", .reactions = { FETCHES_AND_POSTS(0) }, .is_unproven = true,
		.code = "E-TEST-UNPROVEN", .offers = 1, .image_was_sent = true },
	{ "an interrupted user is not overruled by a second try",
		.reactions = { { DIY_ACCEPTED, 0, 40 }, FETCHES_AND_POSTS(0) },
		.cancel_at_offer = 1, .code = "E-DOWNLOAD-INTERRUPTED", .offers = 1 },
	{ "an interrupt lets a running download come to its end",
		.reactions = { FETCHES_AND_POSTS(0) }, .cancel_at_offer = 1, .code = "",
		.offers = 1, .image_was_sent = true },
	{ "a full disk stops it before the first question", .disk_full_at_note = 1,
		.code = "E-TEST-DISK" },
	/* info, info, unlock, unlock, offer */
	{ "a full disk stops it before the offer", .disk_full_at_note = 5,
		.reactions = { FETCHES_AND_POSTS(0) }, .code = "E-TEST-DISK" },
	{ "a full disk stops it before the offer, also at its detail",
		.disk_full_at_note = 6, .reactions = { FETCHES_AND_POSTS(0) },
		.code = "E-TEST-DISK" },
};

enum { IMAGE_BYTES = 1000 };

/* The doubles. */
struct offer {
	const struct reaction *reaction;
	bool has_posted;
};

static struct {
	const struct story *story;
	bool locked;
	unsigned offers, unlocks, notes;
	bool offer_was_noted;
	struct offer offer;
	struct cancel cancel;
} world;

struct diy_client *
diy_client_new(const struct device *device, const struct cancel *cancel)
{
	(void)device;
	(void)cancel;
	return NULL;
}

void
diy_client_free(struct diy_client *client)
{
	(void)client;
}

bool
diy_ask_info(struct diy_client *client, struct device *device, struct err *err)
{
	(void)client;
	(void)err;
	device->lock = world.locked ? LOCK_CLOSED : LOCK_OPEN;
	return true;
}

bool
probe_device(struct diy_client *client, const struct catalog *catalog,
	struct device *device, struct err *err)
{
	(void)catalog;
	return diy_ask_info(client, device, err);
}

void
verdict_judge(const struct catalog *catalog, const struct device *device,
	const struct err *failure, const struct verdict_overrides *overrides,
	struct verdict *out)
{
	(void)catalog;
	(void)device;
	(void)failure;
	(void)overrides;
	*out = (struct verdict){ .can_be_freed = !world.story->is_refused,
		.method = "diy" };
	if (world.story->is_refused)
		err_set(&out->why_not, &e_ineligible, "another processor");
}

enum diy_reply
diy_unlock(struct diy_client *client, struct err *err)
{
	(void)client;
	world.unlocks++;
	world.locked = world.story->stays_locked;
	if (world.story->unlock_reply == DIY_REFUSED)
		err_set(err, &e_device, "refused");
	return world.story->unlock_reply;
}

enum diy_reply
diy_offer(struct diy_client *client, const char *url, const char *sha256, int *number,
	struct err *err)
{
	const struct reaction *reaction = &world.story->reactions[world.offers++];

	(void)client;
	assert_true(world.offer_was_noted);
	assert_string_equal(url, "http://192.0.2.1:8080/x");
	assert_string_equal(sha256, "abc");
	if (world.offers == world.story->cancel_at_offer)
		cancel_ask(&world.cancel);
	world.offer = (struct offer){ reaction, false };
	*number = reaction->number;
	if (reaction->reply == DIY_REFUSED)
		err_set(err, &e_device, "refused with %d", reaction->number);
	return reaction->reply;
}

bool
image_server_prove(struct image_server *server, struct in_addr peer, struct in_addr *own,
	char warning[REACH_TEXT_SIZE], struct err *err)
{
	(void)server;
	(void)peer;
	(void)err;
	own->s_addr = htonl(0xC0000201);
	warning[0] = '\0';
	return true;
}

uint16_t
image_server_port(const struct image_server *server)
{
	(void)server;
	return 8080;
}

struct offer *
image_server_offer(
	struct image_server *server, const struct image *image, struct in_addr peer)
{
	(void)server;
	(void)image;
	(void)peer;
	return &world.offer;
}

/* Other methods stand in the list too, but are not run here. */
struct offer *
image_server_offer_upgrade(
	struct image_server *server, const struct image *image, struct in_addr peer)
{
	return image_server_offer(server, image, peer);
}

struct offer *
offer_beside(const struct offer *offer, const struct image *minimal)
{
	(void)offer;
	(void)minimal;
	return NULL;
}

char *
offer_url(const struct offer *offer, struct in_addr own_address)
{
	(void)offer;
	assert_int_equal(own_address.s_addr, htonl(0xC0000201));
	return xstrdup("http://192.0.2.1:8080/x");
}

void
offer_close(struct offer *offer)
{
	(void)offer;
}

void
offer_look(struct offer *offer, struct offer_progress *out)
{
	unsigned percent = offer->reaction->percent;

	*out = (struct offer_progress){
		.requests = percent > 0,
		.bytes_served = percent * IMAGE_BYTES / 100,
		.complete = percent == 100,
		.result = offer->has_posted ? offer->reaction->result : OFFER_NO_RESULT,
		.last_ms = clock_steady_ms(),
	};
}

bool
offer_wait(struct offer *offer, struct offer_progress *seen, struct deadline until,
	const struct cancel *cancel)
{
	(void)until;
	(void)cancel;
	if (!offer->reaction->posts || offer->has_posted)
		return false;
	offer->has_posted = true;
	offer_look(offer, seen);
	return true;
}

bool
reach_explain_silence(
	struct in_addr peer, struct in_addr own, uint16_t port, struct err *err)
{
	(void)peer;
	(void)own;
	return err_set(err, &e_silence, "nobody came to port %u", port);
}

bool
proof_wait_gone(const struct flash_job *job)
{
	(void)job;
	return !world.story->vendor_stays;
}

bool
proof_vendor_is_there(const struct flash_job *job)
{
	(void)job;
	return world.story->vendor_stays;
}

bool
proof_wait_tasmota(struct flash_job *job, struct err *err)
{
	if (world.story->is_unproven)
		return err_set(err, &e_unproven, "not seen");
	strcpy(job->proof, "Tasmota 14.1.0(lite) at 192.0.2.7");
	return true;
}

static bool
note(void *context, const char *step, const char *detail, struct err *err)
{
	(void)context;
	if (++world.notes == world.story->disk_full_at_note)
		return err_set(err, &e_disk, "disk full");
	if (strcmp(step, "offer") == 0 && text_starts_with(detail, "x.bin 14.1.0"))
		world.offer_was_noted = true;
	return true;
}

static void
progress(void *context, unsigned per_mille, uint64_t bytes, uint64_t total)
{
	(void)context;
	assert_true(per_mille <= 1000);
	assert_true(bytes <= total);
}

static void
say(void *context, const char *sentence)
{
	(void)context;
	assert_true(sentence[0] != '\0');
}

static void
tell(const struct story *story)
{
	struct image image = {
		.name = "x.bin", .len = IMAGE_BYTES, .sha256 = "abc", .version = "14.1.0"
	};
	struct err err = { 0 };
	struct flash_job job = {
		.device = { .id = "1000a00001",
			.address = { .sin_family = AF_INET, .sin_port = htons(8081) } },
		.image = &image,
		.watch = { NULL, note, progress, say },
		.cancel = &world.cancel,
		.patience_percent = 1,
	};
	bool ok;

	memset(&world, 0, sizeof world);
	world.story = story;
	world.locked = story->locked;
	ok = flash_run(&flash_diy, &job, &err);
	if (ok != (*story->code == '\0') ||
		(!ok && strcmp(err.code->name, story->code) != 0))
		fail_msg("%s: %s", story->name, ok ? "went well" : err.text);
	if (world.offers != story->offers || world.unlocks != story->unlocks)
		fail_msg("%s: %u offers, %u unlocks", story->name, world.offers,
			world.unlocks);
	if (job.image_was_sent != story->image_was_sent)
		fail_msg("%s: image was %ssent", story->name,
			job.image_was_sent ? "" : "not ");
	assert_null(job.offer);
	assert_int_equal(ok, job.proof[0] != '\0');
}

static void
every_story_ends_as_it_must(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(stories); i++)
		tell(&stories[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_story_ends_as_it_must),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
