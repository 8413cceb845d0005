/* SPDX-License-Identifier: ISC
 *
 * Believing a pidfile and its identity only as far as they are proven.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "parse.h"
#include "pidfile.h"
#include "proc.h"
#include "report.h"

#define LOOKS		3	/* in doubt */

/* A part's text.  0, ENOENT, or why it cannot be trusted. */
static int
read_part(const struct pidfile *p, enum pidfile_part part, char *text,
    size_t size, size_t *length)
{
	char name[PIDFILE_NAME];
	int fd, error;
	ssize_t n;

	pidfile_part_name(p, part, name);
	if ((error = place_read(&p->place, name, p->uid, &fd)) != 0)
		return error;
	n = read(fd, text, size);
	if (n == -1)
		error = errno;
	else
		*length = (size_t)n;
	close(fd);
	return error;
}

/*
 * 0 with *pid, or why it cannot be trusted.  *pid is 0 without a file, and for
 * an empty one: that is what a loss of power leaves, and it names nobody.
 */
static int
read_pid(const struct pidfile *p, pid_t *pid)
{
	char text[32];
	size_t length = 0;
	int error = read_part(p, PART_PID, text, sizeof text, &length);

	*pid = 0;
	if (error == ENOENT)
		return 0;
	if (error == 0 && length != 0 && parse_pid(text, length, pid) != 0)
		error = REASON_NO_PID;
	return error;
}

/* The same for the identity and its pid. */
static int
read_identity(const struct pidfile *p, struct identity *id)
{
	char text[IDENTITY_TEXT];
	size_t length = 0;
	int error = read_part(p, PART_ID, text, sizeof text, &length);

	*id = (struct identity){ 0 };
	if (error == ENOENT)
		return 0;
	if (error == 0 && length != 0 && parse_identity(text, length, id) != 0)
		error = REASON_NO_RECORD;
	return error;
}

/*
 * With the daemon of the identity gone: a pidfile that agrees with it, or names
 * nobody, is stale; so is one that names this very process.
 */
static bool
is_stale(const struct identity *id, pid_t pid)
{
	return pid == 0 || pid == id->pid || pid == getpid() ||
	    pid_life(pid) == LIFE_DEAD;
}

static int
look(const struct pidfile *p, enum pidfile_state *state,
    struct identity *id, pid_t *pid, struct fault *fault)
{
	enum life life = LIFE_DEAD;
	bool stale;
	int error;

	if ((error = read_pid(p, pid)) != 0)
		return error;
	if ((error = read_identity(p, id)) != 0) {
		fault_detail(fault, "%s.id", p->place.name);
		return error;
	}
	/* What has executed us in its place has ended. */
	if (id->pid != 0 && id->pid != getpid())
		life = identity_life(id);
	stale = is_stale(id, *pid);
	if (life == LIFE_DEAD && stale)
		*state = *pid == 0 && id->pid == 0 ? PIDFILE_NONE :
		    PIDFILE_STALE;
	else if (life == LIFE_ALIVE && stale)
		*state = PIDFILE_RUNNING;
	else
		/* Or: the two name different processes, and both live. */
		*state = PIDFILE_DOUBT;
	/* In doubt, that is who stands in the way. */
	if (*pid == 0 || (life != LIFE_DEAD && stale))
		*pid = id->pid;
	return 0;
}

/* Of two files that are rewritten meanwhile, one may be read too early. */
int
pidfile_look(const struct pidfile *p, enum pidfile_state *state,
    struct identity *id, pid_t *pid, struct fault *fault)
{
	int error, looks = 0;

	do
		error = look(p, state, id, pid, fault);
	while (error == 0 && *state == PIDFILE_DOUBT && ++looks < LOOKS);
	return error;
}

/* Whose word is it?  In a sticky directory, that of the files' owner. */
static int
find_author(const struct pidfile *p, uid_t *author)
{
	char name[PIDFILE_NAME];
	uid_t owner[PART_COUNT];
	struct stat st;

	*author = p->place.writers.user;
	if (*author != NO_UID || !p->place.writers.sticky)
		return 0;
	for (int i = 0; i < PART_COUNT; i++) {
		pidfile_part_name(p, (enum pidfile_part)i, name);
		owner[i] = NO_UID;
		if (fstatat(p->place.dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			owner[i] = is_our_own(st.st_uid) ? 0 : st.st_uid;
	}
	/* Two words of two people prove nothing together. */
	if (owner[0] != NO_UID && owner[1] != NO_UID && owner[0] != owner[1])
		return REASON_FOREIGN_FILE;
	*author = owner[0] != NO_UID ? owner[0] : owner[1];
	if (*author == 0)
		*author = NO_UID;
	return 0;
}

int
pidfile_vouches(uid_t author, pid_t pid)
{
	uid_t uid;

	if (author == NO_UID || pid_belongs_to(pid, author))
		return 0;
	return pid_user(pid, &uid) ? REASON_NOT_THEIRS : REASON_NO_OWNER;
}

/* Of what runs: may it be the daemon? */
static int
check_owner(const struct pidfile *p, const struct identity *id,
    struct fault *fault)
{
	uid_t author;
	int error = find_author(p, &author);

	if (error != 0)
		return error;
	if ((error = pidfile_vouches(author, id->pid)) == 0)
		return REASON_ALREADY;
	/* In this order: one that has ended has no owner. */
	if (identity_life(id) == LIFE_DEAD)
		return 0;
	fault_detail(fault, "user %u", (unsigned)author);
	return error;
}

int
pidfile_check(const struct pidfile *p, pid_t *pid, struct fault *fault)
{
	enum pidfile_state state;
	struct identity id;
	int error = pidfile_look(p, &state, &id, pid, fault);

	if (error != 0)
		return error;
	switch (state) {
	case PIDFILE_RUNNING:
		return check_owner(p, &id, fault);
	case PIDFILE_DOUBT:
		return REASON_DOUBT;
	default:
		return 0;
	}
}

int
pidfile_find(struct pidfile *p, const char *path,
    const struct account *account)
{
	int error = place_find(-1, path, account, &p->place);

	p->uid = account->uid;
	return error != 0 ? error : place_trusted(&p->place, account->uid);
}

int
pidfile_find_to_read(struct pidfile *p, const char *path)
{
	static const struct account root;
	const struct writers *by = &p->place.writers;
	int error = place_find(-1, path, &root, &p->place);

	if (error != 0)
		return error;
	if (by->world || by->group || by->users)
		return REASON_LOOSE_DIR;
	return find_author(p, &p->uid);
}

/* A pidfile without an identity is not known to be ours. */
static bool
is_ours(const struct pidfile *p, const struct identity *id, pid_t pid)
{
	char name[PIDFILE_NAME];
	struct stat st;

	if (id->pid != 0)
		return true;
	/* A loss of power leaves both, and both empty. */
	pidfile_part_name(p, PART_ID, name);
	return pid == 0 && fstatat(p->place.dir, name, &st,
	    AT_SYMLINK_NOFOLLOW) == 0;
}

static int
remove_part(const struct pidfile *p, enum pidfile_part part)
{
	char name[PIDFILE_NAME];

	pidfile_part_name(p, part, name);
	return unlinkat(p->place.dir, name, 0) == 0 || errno == ENOENT ? 0 :
	    errno;
}

int
pidfile_forget(const struct pidfile *p, const struct identity *id)
{
	struct identity now;
	pid_t pid;
	int error;

	if ((error = read_identity(p, &now)) != 0)
		return error;
	if (now.pid != id->pid || now.start != id->start ||
	    now.inode != id->inode)
		return 0;
	if ((error = read_pid(p, &pid)) != 0)
		return error;
	if (!is_ours(p, id, pid))
		return 0;
	/* A pidfile that has to stay keeps what proves it stale. */
	if (is_stale(id, pid) && (error = remove_part(p, PART_PID)) != 0)
		return error;
	return remove_part(p, PART_ID);
}

bool
pidfile_needs_name(const char *base, const char *name)
{
	size_t n = strlen(base);

	if (strncmp(name, base, n) == 0)
		return strcmp(name + n, "") == 0 ||
		    strcmp(name + n, ".id") == 0 ||
		    strcmp(name + n, ".lock") == 0;
	return name[0] == '.' && strncmp(name + 1, base, n) == 0 &&
	    (strcmp(name + 1 + n, ".daemonize") == 0 ||
	    strcmp(name + 1 + n, ".id.daemonize") == 0);
}

bool
pidfile_needs_place(const struct pidfile *p, const struct place *place)
{
	struct stat a, b;

	return p->place.dir != -1 && place->dir != -1 &&
	    pidfile_needs_name(p->place.name, place->name) &&
	    fstat(p->place.dir, &a) == 0 && fstat(place->dir, &b) == 0 &&
	    same_file(&a, &b);
}
