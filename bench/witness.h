/* SPDX-License-Identifier: ISC
 *
 * What the witness writes into its FIFO.
 */
#ifndef WITNESS_H
#define WITNESS_H

#include <stdint.h>

struct testimony {
	int64_t	ns;	/* CLOCK_MONOTONIC */
	int64_t	pid;
};

#endif
