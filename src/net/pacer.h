/* Lets connections of the HTTP server rest until it is time for their next bytes. */
/* SPDX-License-Identifier: MIT */
#ifndef NET_PACER_H
#define NET_PACER_H

#include <stdbool.h>
#include <stdint.h>

struct MHD_Connection;
struct pacer;

struct pacer *pacer_new(void);

/* Suspends the connection and resumes it at `at_ms` of the steady clock. False once the
 * pacer was stopped: the connection goes on. */
bool pacer_rest(struct pacer *pacer, struct MHD_Connection *connection, int64_t at_ms);

/* Resumes all; nothing rests any more. */
void pacer_stop(struct pacer *pacer);
void pacer_free(struct pacer *pacer);

#endif
