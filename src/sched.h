/* SPDX-License-Identifier: ISC
 *
 * Scheduling as text and as values: nice value, I/O priority, policy, CPUs,
 * OOM score.  Nothing here touches the system.
 */
#ifndef SCHED_H
#define SCHED_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* NR_CPUS of the greatest kernels. */
#define CPUS_MAX	8192
#define CPU_BITS	(sizeof(unsigned long) * CHAR_BIT)
#define CPU_WORDS	(CPUS_MAX / CPU_BITS)
#define CPUS_TEXT	(4 * CPUS_MAX)	/* of any of them */

/* ioprio_set(2): class and level in one number; the lower bits. */
#define IO_LEVEL_BITS	13
enum io_class { IO_NONE, IO_RT, IO_BE, IO_IDLE };

struct sched {
	bool		nice_asked;
	int		nice;
	bool		oom_asked;
	int		oom_score_adj;
	bool		io_asked;
	int		io_priority;
	bool		policy_asked;
	int		policy;		/* SCHED_... */
	int		priority;
	bool		cpus_asked;
	unsigned long	cpus[CPU_WORDS];
};

/* Each: text to its members, or EINVAL. */
int	sched_parse_nice(const char *, struct sched *);
int	sched_parse_oom(const char *, struct sched *);
int	sched_parse_io(const char *, struct sched *);
int	sched_parse_policy(const char *, struct sched *);
int	sched_parse_cpus(const char *, struct sched *);

/* And back. */
void	io_format(int priority, char *, size_t);
void	policy_format(int policy, int priority, char *, size_t);
void	cpus_format(const unsigned long[CPU_WORDS], char *, size_t);

#endif
