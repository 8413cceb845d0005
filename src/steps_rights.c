/* SPDX-License-Identifier: ISC
 *
 * The steps of the daemon that change what it may do: capabilities, root
 * directory, groups and ids, and the proof.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "caps.h"
#include "cleaner.h"
#include "privs.h"
#include "steps_run.h"

int
step_ambient(struct launch *l)
{
	(void)l;
	return privs_forget_inheritable();
}

int
step_bounding(struct launch *l)
{
	return privs_limit_bounding(l->spec->caps);
}

int
step_keyring(struct launch *l)
{
	(void)l;
	return privs_new_keyring();
}

int
step_cleaner(struct launch *l)
{
	return cleaner_start(l);
}

int
step_chroot(struct launch *l)
{
	struct place place;
	int error;

	step_object(l, l->spec->chroot);
	l->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (l->root == -1)
		return errno;
	error = place_make_root(l->to->chroot, &l->to->account, &place);
	error = step_blame(l, &place, error);
	place_close(&place);
	return error;
}

int
step_groups(struct launch *l)
{
	return privs_set_groups(&l->to->account);
}

int
step_gid(struct launch *l)
{
	char number[16];

	snprintf(number, sizeof number, "%u", (unsigned)l->to->account.gid);
	step_object(l, number);
	return privs_set_gid(&l->to->account);
}

int
step_uid(struct launch *l)
{
	char number[16];

	snprintf(number, sizeof number, "%u", (unsigned)l->to->account.uid);
	step_object(l, l->to->account.named ? l->to->account.name : number);
	return privs_set_uid(&l->to->account);
}

int
step_capabilities(struct launch *l)
{
	return privs_drop_capabilities(l->spec->caps);
}

int
step_survive(struct launch *l)
{
	(void)l;
	return privs_survive_user();
}

int
step_caps(struct launch *l)
{
	char text[FAULT_OBJECT];

	caps_format(l->spec->caps, text, sizeof text);
	step_object(l, text);
	return privs_raise_capabilities(l->spec->caps, must_be_bounded(l));
}

int
step_no_new_privs(struct launch *l)
{
	(void)l;
	return privs_forbid_new();
}

int
step_proof(struct launch *l)
{
	return privs_prove(&l->to->account);
}
