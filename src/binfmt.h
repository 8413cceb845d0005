/* SPDX-License-Identifier: ISC
 *
 * What the kernel executes besides binaries and scripts: binfmt_misc.
 */
#ifndef BINFMT_H
#define BINFMT_H

#include <stdbool.h>
#include <stddef.h>

#include "program.h"

/*
 * Has an enabled binfmt_misc entry a claim to this file, by its beginning?
 * Then what has to execute it, or "": the kernel has that already.
 */
bool	binfmt_takes(const char *path, const char *head, size_t length,
	    char interpreter[PROGRAM_PATH]);

#endif
