/* SPDX-License-Identifier: ISC
 *
 * A name, or else a strict number, in the system's databases (NSS).
 */
#include <ctype.h>
#include <errno.h>
#include <grp.h>
#if defined(STATIC_BUILD) && defined(__GLIBC__)
#include <nss.h>
#endif
#include <stddef.h>

#include "lookup.h"
#include "parse.h"
#include "report.h"

/*
 * A static program that loads the modules of a dynamic libc crashes in some of
 * them: the files must do.
 */
static void
prepare(void)
{
#if defined(STATIC_BUILD) && defined(__GLIBC__)
	(void)__nss_configure_lookup("passwd", "files");
	(void)__nss_configure_lookup("group", "files");
	(void)__nss_configure_lookup("initgroups", "files");
#endif
}

/* A spelling that was meant as a number, or as nothing at all. */
static int
unknown(const char *text, int reason)
{
	return isalpha((unsigned char)text[0]) || text[0] == '_' ?
	    reason : REASON_BAD_ID;
}

/* What a database look-up that found nothing has to say. */
static int
lookup_error(void)
{
	/* These mean "no such entry" in one libc or another. */
	switch (errno) {
	case ENOENT:
	case ESRCH:
	case EBADF:
	case EPERM:
		return 0;
	}
	return errno;
}

const struct passwd *
passwd_of(uid_t uid)
{
	prepare();
	errno = 0;
	return getpwuid(uid);
}

int
find_passwd(const char *text, uid_t *uid, const struct passwd **entry)
{
	id_t id;

	prepare();
	errno = 0;
	*entry = getpwnam(text);
	if (*entry == NULL) {
		if (lookup_error() != 0)
			return errno;
		if (parse_id(text, &id) != 0)
			return unknown(text, REASON_NO_USER);
		*uid = id;
		*entry = passwd_of(*uid);
		return *entry == NULL ? lookup_error() : 0;
	}
	*uid = (*entry)->pw_uid;
	return 0;
}

int
find_group(const char *text, gid_t *gid)
{
	const struct group *entry;
	id_t id;

	prepare();
	errno = 0;
	entry = getgrnam(text);
	if (entry != NULL) {
		*gid = entry->gr_gid;
		return 0;
	}
	if (lookup_error() != 0)
		return errno;
	if (parse_id(text, &id) != 0)
		return unknown(text, REASON_NO_GROUP);
	*gid = id;
	return 0;
}
