/* SPDX-License-Identifier: ISC
 *
 * Access control lists: acl(5).  With one, the group bits say what anybody in
 * it may do.
 */
#ifndef ACL_H
#define ACL_H

#include <stdbool.h>

/* Has the file one?  O_PATH will do; if in doubt, yes. */
bool	acl_is_there(int fd);

/* May a user write whom it names, but root and ourselves?  If in doubt, yes. */
bool	acl_lets_user_write(int fd);

#endif
