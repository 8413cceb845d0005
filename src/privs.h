/* SPDX-License-Identifier: ISC
 *
 * Dropping privileges for good, and proving that they are gone: setgroups(2),
 * setresgid(2), setresuid(2), capabilities(7), keyctl(2).
 */
#ifndef PRIVS_H
#define PRIVS_H

#include <stdbool.h>
#include <stdint.h>

#include "account.h"

/*
 * Sets of capabilities are a bit each.  privs_caps.c has what is about them,
 * privs.c the rest.
 */

/* Is this one effective?  0 or an errno value. */
int	privs_have(int capability, bool *);

/* May it read files whatever their modes are? */
bool	privs_override_modes(void);

/* Which of these this process could not keep.  0 or an errno value. */
int	privs_missing(uint64_t wanted, uint64_t *missing);

/* Which of these the bounding set lacks, of those that the kernel knows. */
uint64_t	privs_unbounded(uint64_t set);

/* May this process change its ids: CAP_SETUID and CAP_SETGID? */
bool	may_change_identity(void);

/*
 * And its supplementary groups?  Not in a user namespace that an ordinary user
 * has made, whatever the capabilities, as far as /proc tells.
 */
bool	may_set_groups(void);

/*
 * May it become the account?  0, REASON_NOT_PRIVILEGED or REASON_NOT_MAPPED: a
 * user namespace that lacks one of its ids, as far as /proc tells, even if
 * nothing changes.
 */
int	privs_may_become(const struct account *);

/*
 * Does the kernel run this program with more rights than its caller has?  0, or
 * the reason why it may.
 */
int	privs_borrowed(void);

/*
 * Each returns 0, an errno value, or REASON_NOT_TAKEN where the kernel
 * reported success but the change is not to be seen.
 */
int	privs_set_groups(const struct account *);
int	privs_set_gid(const struct account *);
int	privs_set_uid(const struct account *);

/*
 * Take all but these from the bounding set, before the user changes: it takes
 * CAP_SETPCAP.
 */
int	privs_limit_bounding(uint64_t kept);

/* Clear the ambient and the inheritable set: they are the caller's. */
int	privs_forget_inheritable(void);

/* Permitted capabilities survive the change of user, up to the exec. */
int	privs_survive_user(void);

/*
 * Empty every other set, after the user has changed; these stay permitted, and
 * are of no effect.
 */
int	privs_drop_capabilities(uint64_t kept);

/*
 * What has stayed permitted takes effect, and is handed to the program; then
 * look at all five sets, the bounding one if it is known to be reduced.
 */
int	privs_raise_capabilities(uint64_t kept, bool bounded);

/* No exec gives this process or its children more than it has. */
int	privs_forbid_new(void);

/* A session keyring that none of the caller's keys are in. */
int	privs_new_keyring(void);

/*
 * Compare all ids with what was asked, then try to get privileges back.
 * 0, REASON_NOT_TAKEN or REASON_REGAINED.
 */
int	privs_prove(const struct account *);

#endif
