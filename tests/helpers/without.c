/* SPDX-License-Identifier: ISC
 *
 * A kernel that lacks some system calls.
 *
 *	without CALL[=ERRNO|=kill][,...] command [argument ...]
 *
 * Executes the command with a filter, inherited by all that it starts, under
 * which these calls fail with ENOSYS, or another errno, or who makes them is
 * killed (SIGSYS).  Exit status: the command's, 125 for a failure of ours.
 */
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <err.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "tracer.h"

enum { INSTRUCTIONS = 128 };

static struct sock_filter filter[INSTRUCTIONS];
static unsigned short length;

static void
add(struct sock_filter instruction)
{
	if (length == INSTRUCTIONS)
		errx(OURS, "too many calls");
	filter[length++] = instruction;
}

static void
refuse(char *word)
{
	char *what = strchr(word, '=');
	struct wish wish = { .action = REPLACE, .result = -ENOSYS };
	unsigned int way;
	long number;

	if (what != NULL)
		*what++ = '\0';
	if (what != NULL && (!wish_parse_what(&wish, what) ||
	    (wish.action != KILL && wish.result >= 0)))
		errx(OURS, "no errno: %s", what);
	way = wish.action == KILL ? SECCOMP_RET_KILL_PROCESS :
	    SECCOMP_RET_ERRNO | (unsigned int)-wish.result;
	if ((number = call_number(word)) == -1)
		errx(OURS, "no such call: %s", word);
	add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
	    (unsigned int)number, 0, 1));
	add((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, way));
}

int
main(int argc, char *argv[])
{
	struct sock_fprog program = { .filter = filter };
	char *save, *word;

	if (argc < 3)
		errx(OURS, "usage: without CALL[=ERRNO|=kill][,...] "
		    "command ...");
	add((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
	    offsetof(struct seccomp_data, nr)));
	for (word = strtok_r(argv[1], ",", &save); word != NULL;
	    word = strtok_r(NULL, ",", &save))
		refuse(word);
	add((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
	program.len = length;
	/* Root needs no promise, and keeps what that would take from it. */
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == -1 &&
	    (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == -1))
		err(OURS, "kernel: no system call filters");
	execvp(argv[2], argv + 2);
	err(errno == ENOENT ? 127 : 126, "%s", argv[2]);
}
