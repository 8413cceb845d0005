/* SPDX-License-Identifier: ISC
 *
 * What the rooms of the probe share: probe.c (main, descriptors, the report
 * file), probe-socket.c, probe-proc.c (process, signals, limits) and
 * probe-cred.c (ids, capabilities, keyring).  A room writes `key=value` lines
 * to `out`.
 */
#ifndef PROBE_H
#define PROBE_H

#include <stdio.h>

void put_text(FILE *out, const char *text);	/* one line, escaped */
/* Of a name in /proc/self, wherever noproc has left that. */
const char *proc_path(const char *name);
void put_link(FILE *out, const char *name);	/* its target, or ? */
int read_proc(const char *name, char *buf, size_t size);

void report_signals(FILE *out);
void report_socket(FILE *out, int fd);	/* nothing if it is none */
void report_process(FILE *out);
void report_surroundings(FILE *out);
void report_credentials(FILE *out);
void report_keyring(FILE *out);

#endif
