/* The firewall as an ordinary user sees it: made-up trees of configuration files. */
/* SPDX-License-Identifier: MIT */
#include "host/firewall.h"

#include <arpa/inet.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "test/unit/unit.h"

#define UFW_ON "# comment\nENABLED=yes\nLOGLEVEL=low\n"

static void
put(const char *root, const char *path, const char *text)
{
	OWN_STR full = xasprintf("%s%s", root, path);
	OWN_STR folder = xstrdup(full);

	*strrchr(folder, '/') = '\0';
	assert_true(file_make_directory(folder, NULL));
	assert_true(file_write(full, text, strlen(text), 0600, NULL));
}

static int
make_root(void **state)
{
	char template[] = "/tmp/airlift-firewall-XXXXXX";

	assert_non_null(mkdtemp(template));
	*state = xstrdup(template);
	return 0;
}

static int
remove_root(void **state)
{
	OWN_STR root = *state;
	OWN_STR command = xasprintf("rm -rf '%s'", root);

	return system(command);
}

static struct firewall
look(const char *root, const char *peer)
{
	struct firewall wall;
	struct in_addr address;

	assert_int_equal(inet_pton(AF_INET, peer, &address), 1);
	firewall_look(root, address, 8000, &wall);
	return wall;
}

static void
sees_none_in_an_empty_tree(void **state)
{
	struct firewall wall = look(*state, "192.0.2.7");

	assert_int_equal(wall.state, FIREWALL_NONE);
	assert_string_equal(wall.name, "");
	assert_string_equal(wall.command, "");
}

static void
ufw_that_is_off_does_not_count(void **state)
{
	put(*state, "/etc/ufw/ufw.conf", "# x\nENABLED=no\n");
	assert_int_equal(look(*state, "192.0.2.7").state, FIREWALL_NONE);
}

static void
ufw_closes_and_its_rules_open(void **state)
{
	struct firewall wall;

	put(*state, "/etc/ufw/ufw.conf", UFW_ON);
	wall = look(*state, "192.0.2.7");
	assert_int_equal(wall.state, FIREWALL_PERHAPS);
	assert_string_equal(wall.name, "ufw");
	assert_string_equal(
		wall.command, "sudo ufw allow proto tcp from 192.0.2.7 to any port 8000");
	put(*state, "/etc/ufw/user.rules", "*filter\n### RULES ###\n");
	assert_int_equal(look(*state, "192.0.2.7").state, FIREWALL_CLOSED);
	put(*state, "/etc/ufw/user.rules",
		"### tuple ### allow tcp 80 0.0.0.0/0 any 0.0.0.0/0 in\n"
		"### tuple ### deny tcp 8000 0.0.0.0/0 any 0.0.0.0/0 in\n"
		"### tuple ### allow udp 8000 0.0.0.0/0 any 0.0.0.0/0 in\n"
		"### tuple ### allow tcp 8000 0.0.0.0/0 any 198.51.100.0/24 in\n");
	assert_int_equal(look(*state, "192.0.2.7").state, FIREWALL_CLOSED);
	assert_int_equal(look(*state, "198.51.100.7").state, FIREWALL_OPEN);
	put(*state, "/etc/ufw/user.rules",
		"### tuple ### allow any any 0.0.0.0/0 any 192.0.2.7 in\n");
	assert_int_equal(look(*state, "192.0.2.7").state, FIREWALL_OPEN);
	put(*state, "/etc/ufw/user.rules", "");
	put(*state, "/etc/default/ufw", "DEFAULT_INPUT_POLICY=\"ACCEPT\"\n");
	assert_int_equal(look(*state, "192.0.2.7").state, FIREWALL_OPEN);
}

static void
firewalld_leaves_a_trace(void **state)
{
	struct firewall wall;

	put(*state, "/sys/fs/cgroup/system.slice/firewalld.service/cgroup.procs", "1\n");
	wall = look(*state, "192.0.2.7");
	assert_int_equal(wall.state, FIREWALL_PERHAPS);
	assert_string_equal(wall.command, "sudo firewall-cmd --add-port=8000/tcp");
}

static void
nftables_counts_when_it_is_loaded_at_boot(void **state)
{
	static const char rules[] =
		"table ip other {\n}\ntable inet home {\n\tchain inward {\n\t\t"
		"type filter hook input priority filter; policy drop;\n\t\t"
		"tcp dport 22 accept\n\t}\n\tchain output {\n\t\t"
		"type filter hook output priority filter; policy accept;\n\t}\n}\n";
	struct firewall wall;

	put(*state, "/etc/nftables.conf", rules);
	assert_int_equal(look(*state, "192.0.2.7").state, FIREWALL_NONE);
	put(*state, "/etc/systemd/system/sysinit.target.wants/nftables.service", "");
	wall = look(*state, "192.0.2.7");
	assert_int_equal(wall.state, FIREWALL_CLOSED);
	assert_string_equal(wall.command,
		"sudo nft insert rule inet home inward ip saddr 192.0.2.7 "
		"tcp dport 8000 accept");
	put(*state, "/etc/nftables.conf",
		"chain input {\n\t\ttype filter hook input priority filter; "
		"policy drop;\n\t\tip saddr 198.51.100.0/24 tcp dport 8000 accept\n"
		"\t\ttcp dport 8000 drop\n}\n");
	assert_int_equal(look(*state, "192.0.2.7").state, FIREWALL_CLOSED);
	assert_int_equal(look(*state, "198.51.100.7").state, FIREWALL_OPEN);
	put(*state, "/etc/nftables.conf",
		"chain input {\n\t\ttype filter hook input priority filter; "
		"policy drop;\n\t\ttcp dport 8000 accept\n}\n");
	assert_int_equal(look(*state, "192.0.2.7").state, FIREWALL_OPEN);
	put(*state, "/etc/nftables.conf",
		"chain input {\n\ttype filter hook input priority 0; policy accept;\n}\n"
		"chain output {\n\ttype filter hook output priority 0; policy drop;\n}\n");
	assert_int_equal(look(*state, "192.0.2.7").state, FIREWALL_NONE);
}

static void
iptables_rules_of_boot_time_count(void **state)
{
	put(*state, "/etc/iptables/rules.v4", "*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n");
	assert_int_equal(look(*state, "192.0.2.7").state, FIREWALL_NONE);
	put(*state, "/etc/iptables/rules.v4", "*filter\n:INPUT DROP [0:0]\nCOMMIT\n");
	assert_int_equal(look(*state, "192.0.2.7").state, FIREWALL_CLOSED);
	assert_int_equal(look(*state, "127.83.0.1").state, FIREWALL_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			sees_none_in_an_empty_tree, make_root, remove_root),
		cmocka_unit_test_setup_teardown(
			ufw_that_is_off_does_not_count, make_root, remove_root),
		cmocka_unit_test_setup_teardown(
			ufw_closes_and_its_rules_open, make_root, remove_root),
		cmocka_unit_test_setup_teardown(
			firewalld_leaves_a_trace, make_root, remove_root),
		cmocka_unit_test_setup_teardown(nftables_counts_when_it_is_loaded_at_boot,
			make_root, remove_root),
		cmocka_unit_test_setup_teardown(
			iptables_rules_of_boot_time_count, make_root, remove_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
