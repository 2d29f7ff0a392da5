/* Opens COUNT connections to a loopback port, says "open" and keeps them, silent, until
 * its standard input ends.   idle-connections PORT COUNT */
/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>

int
main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	struct rlimit files;

	if (argc != 3)
		return 64;
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.sin_port = htons((uint16_t)atoi(argv[1]));
	for (int i = 0; i < atoi(argv[2]); i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);

		if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
			perror("connect");
			return 1;
		}
	}
	puts("open");
	fflush(stdout);
	while (getchar() != EOF)
		continue;
	return 0;
}
