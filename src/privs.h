/* SPDX-License-Identifier: ISC
 *
 * Dropping privileges for good, and proving that they are gone: setgroups(2),
 * setresgid(2), setresuid(2), capabilities(7), keyctl(2).
 */
#ifndef PRIVS_H
#define PRIVS_H

#include <stdbool.h>

#include "account.h"

/* May this process change its ids: CAP_SETUID and CAP_SETGID? */
bool	may_change_identity(void);

/* Does the kernel run this program with more rights than its caller has? */
bool	has_borrowed_privileges(void);

/*
 * Each returns 0, an errno value, or REASON_NOT_TAKEN where the kernel
 * reported success but the change is not to be seen.
 */
int	privs_set_groups(const struct account *);
int	privs_set_gid(const struct account *);
int	privs_set_uid(const struct account *);

/* Empty the bounding set, before the user changes (needs CAP_SETPCAP). */
int	privs_empty_bounding(void);

/* Clear the ambient and the inheritable set: they are the caller's. */
int	privs_forget_inheritable(void);

/* Empty every other capability set, after the user has changed. */
int	privs_drop_capabilities(void);

/* A session keyring that none of the caller's keys are in. */
int	privs_new_keyring(void);

/*
 * Compare all ids with what was asked, then try to get privileges back.
 * 0, REASON_NOT_TAKEN or REASON_REGAINED.
 */
int	privs_prove(const struct account *);

#endif
