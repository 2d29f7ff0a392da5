/* Looks for the usual Linux packet filters where an ordinary user may look: their own
 * configuration files and traces of their services. Only root can ask the kernel itself.
 * A filter is a row of the table below. */
/* SPDX-License-Identifier: MIT */
#include "host/firewall.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/text.h"

#define CONFIG_MOST  (64 * 1024)
#define RULESET_MOST (1024 * 1024)

/* What is looked for. */
struct sight {
	const char *root;
	struct in_addr peer;
	uint16_t port;
	char chain[80]; /* nftables: where a rule has to go */
};

struct filter {
	const char *name;
	enum firewall_state (*look)(struct sight *sight);
	void (*command)(const struct sight *sight, const char *peer, char *out);
};

static char *
path_under(const struct sight *sight, const char *path)
{
	return xasprintf("%s%s", sight->root, path);
}

static bool
exists(const struct sight *sight, const char *path)
{
	OWN_STR full = path_under(sight, path);

	return access(full, F_OK) == 0;
}

/* NULL when it can not be read. */
static char *
content(const struct sight *sight, const char *path)
{
	OWN_STR full = path_under(sight, path);
	uint8_t *bytes = NULL;
	size_t len;

	return file_read(full, CONFIG_MOST, &bytes, &len, NULL) ? (char *)bytes : NULL;
}

static bool
covers(const char *network, struct in_addr peer)
{
	char address[INET_ADDRSTRLEN];
	size_t len = strcspn(network, "/");
	struct in_addr base;
	int64_t bits = 32;

	if (!text_copy_bytes(address, sizeof address, network, len) ||
		inet_pton(AF_INET, address, &base) != 1 ||
		(network[len] == '/' && !text_to_number(network + len + 1, 0, 32, &bits)))
		return false;
	return bits == 0 || (ntohl(base.s_addr) ^ ntohl(peer.s_addr)) >> (32 - bits) == 0;
}

/* One rule as ufw notes it: "### tuple ### allow tcp 8000 0.0.0.0/0 any 0.0.0.0/0 in". */
static bool
ufw_rule_admits(const char *line, const struct sight *sight)
{
	char protocol[8], port[16], from[24], wanted[16];

	if (sscanf(line, "### tuple ### allow %7s %15s %*s %*s %23s in", protocol, port,
		    from) != 3)
		return false;
	snprintf(wanted, sizeof wanted, "%u", sight->port);
	return (strcmp(protocol, "tcp") == 0 || strcmp(protocol, "any") == 0) &&
		(strcmp(port, wanted) == 0 || strcmp(port, "any") == 0) &&
		covers(from, sight->peer);
}

static enum firewall_state
look_ufw(struct sight *sight)
{
	OWN_STR main = content(sight, "/etc/ufw/ufw.conf");
	OWN_STR defaults = content(sight, "/etc/default/ufw");
	OWN_STR rules = content(sight, "/etc/ufw/user.rules");

	if (main == NULL || strstr(main, "\nENABLED=yes") == NULL)
		return FIREWALL_NONE;
	if (defaults != NULL &&
		strstr(defaults, "DEFAULT_INPUT_POLICY=\"ACCEPT\"") != NULL)
		return FIREWALL_OPEN;
	for (char *line = rules, *end; line != NULL; line = end) {
		end = strchr(line, '\n');
		if (end != NULL)
			*end++ = '\0';
		if (ufw_rule_admits(line, sight))
			return FIREWALL_OPEN;
	}
	return rules != NULL ? FIREWALL_CLOSED : FIREWALL_PERHAPS;
}

static void
command_ufw(const struct sight *sight, const char *peer, char *out)
{
	snprintf(out, FIREWALL_COMMAND_SIZE,
		"sudo ufw allow proto tcp from %s to any port %u", peer, sight->port);
}

/* Started by systemd it leaves no file with its process number, but a group. */
static enum firewall_state
look_firewalld(struct sight *sight)
{
	static const char *const traces[] = { "/run/firewalld.pid",
		"/sys/fs/cgroup/system.slice/firewalld.service",
		"/sys/fs/cgroup/systemd/system.slice/firewalld.service" };

	for (size_t i = 0; i < COUNT_OF(traces); i++)
		if (exists(sight, traces[i]))
			return FIREWALL_PERHAPS;
	return FIREWALL_NONE;
}

static void
command_firewalld(const struct sight *sight, const char *peer, char *out)
{
	(void)peer;
	snprintf(out, FIREWALL_COMMAND_SIZE, "sudo firewall-cmd --add-port=%u/tcp",
		sight->port);
}

/* The place of the chain that begins before `hook`: "inet filter input". */
static void
name_chain(const char *rules, const char *hook, char *out, size_t size)
{
	char family[16] = "inet", table[32] = "filter", chain[32] = "input";

	for (const char *line = rules; line < hook; line += strcspn(line, "\n") + 1) {
		line += strspn(line, " \t");
		if (sscanf(line, "table %15s %31s {", family, table) < 2)
			sscanf(line, "chain %31s {", chain);
	}
	snprintf(out, size, "%s %s %s", family, table, chain);
}

/* The chain that sees what comes in, if it refuses what no rule admits. */
static const char *
find_closed_input(const char *rules)
{
	const char *input = rules;

	while ((input = strstr(input, "hook input")) != NULL) {
		const char *policy = strstr(input, "policy drop");

		if (policy != NULL && policy < input + strcspn(input, "\n"))
			return input;
		input++;
	}
	return NULL;
}

/* "ip saddr 192.0.2.7 tcp dport 8000 counter packets 0 bytes 0 accept" */
static bool
nft_rule_admits(const char *line, const struct sight *sight)
{
	OWN_STR rule = xstrndup(line, strcspn(line, "\n"));
	const char *from = strstr(rule, "ip saddr ");
	char port[32], network[24];

	snprintf(port, sizeof port, "tcp dport %u ", sight->port);
	if (strstr(rule, port) == NULL || strstr(rule, "accept") == NULL)
		return false;
	return from == NULL ||
		(sscanf(from, "ip saddr %23s", network) == 1 &&
			covers(network, sight->peer));
}

/* Judges rules written the way `nft list ruleset` prints them. */
static enum firewall_state
judge_nft(const char *rules, struct sight *sight)
{
	const char *input = find_closed_input(rules);

	if (input == NULL)
		return FIREWALL_NONE;
	name_chain(rules, input, sight->chain, sizeof sight->chain);
	for (const char *line = input; *line != '\0'; line += *line != '\0') {
		if (nft_rule_admits(line, sight))
			return FIREWALL_OPEN;
		line += strcspn(line, "\n");
	}
	return FIREWALL_CLOSED;
}

static char *
ask_nft(void)
{
	OWN(buf) rules = BUF_UP_TO(RULESET_MOST);
	FILE *pipe = popen("nft list ruleset 2>/dev/null", "re");
	char part[4096];
	size_t len;

	while (pipe != NULL && (len = fread(part, 1, sizeof part, pipe)) > 0)
		buf_add(&rules, part, len);
	if (pipe == NULL || pclose(pipe) != 0)
		return NULL;
	return xstrdup(buf_text(&rules));
}

static enum firewall_state
look_nft(struct sight *sight)
{
	OWN_STR loaded = NULL;
	OWN_STR file = content(sight, "/etc/nftables.conf");

	if (*sight->root == '\0' && geteuid() == 0 && (loaded = ask_nft()) != NULL)
		return judge_nft(loaded, sight);
	if (file == NULL ||
		!exists(sight,
			"/etc/systemd/system/sysinit.target.wants/nftables.service"))
		return FIREWALL_NONE;
	return judge_nft(file, sight);
}

static void
command_nft(const struct sight *sight, const char *peer, char *out)
{
	snprintf(out, FIREWALL_COMMAND_SIZE,
		"sudo nft insert rule %s ip saddr %s tcp dport %u accept", sight->chain,
		peer, sight->port);
}

/* Rules that iptables-persistent loads at boot; usually only root may read them. */
static enum firewall_state
look_iptables(struct sight *sight)
{
	OWN_STR rules = content(sight, "/etc/iptables/rules.v4");
	char port[32];

	if (rules == NULL)
		return exists(sight, "/etc/iptables/rules.v4") ? FIREWALL_PERHAPS
							       : FIREWALL_NONE;
	if (strstr(rules, "\n:INPUT DROP") == NULL)
		return FIREWALL_NONE;
	snprintf(port, sizeof port, "--dport %u -j ACCEPT", sight->port);
	return strstr(rules, port) != NULL ? FIREWALL_OPEN : FIREWALL_CLOSED;
}

static void
command_iptables(const struct sight *sight, const char *peer, char *out)
{
	snprintf(out, FIREWALL_COMMAND_SIZE,
		"sudo iptables -I INPUT -p tcp -s %s --dport %u -j ACCEPT", peer,
		sight->port);
}

/* Front ends before what they drive, so that the command fits the user's habit. */
static const struct filter filters[] = {
	{ "ufw", look_ufw, command_ufw },
	{ "firewalld", look_firewalld, command_firewalld },
	{ "nftables", look_nft, command_nft },
	{ "iptables", look_iptables, command_iptables },
};

void
firewall_look(const char *root, struct in_addr peer, uint16_t port, struct firewall *out)
{
	struct sight sight = { .root = root, .peer = peer, .port = port };
	char shown[INET_ADDRSTRLEN];

	*out = (struct firewall){ .name = "" };
	/* Nobody filters what does not leave the computer. */
	if (ntohl(peer.s_addr) >> 24 == 127)
		return;
	inet_ntop(AF_INET, &peer, shown, sizeof shown);
	for (size_t i = 0; i < COUNT_OF(filters); i++) {
		out->state = filters[i].look(&sight);
		if (out->state == FIREWALL_NONE)
			continue;
		out->name = filters[i].name;
		filters[i].command(&sight, shown, out->command);
		return;
	}
}
