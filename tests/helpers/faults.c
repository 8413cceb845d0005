/* SPDX-License-Identifier: ISC
 *
 * Every call fails in turn.
 *
 *	faults -d DAEMONIZE -w WITNESS -e ERRNOS -s SCENARIOS -o TSV
 *	    [-j JOBS] [-k] [-u] [-n EVERY] [SCENARIO[:PROCESS:CALL:N=WHAT] ...]
 *
 * where PROCESS is its number, in the order of the forks, and N as in the TSV.
 *
 * Records good runs of each scenario, and then runs it once for each call that
 * any of them has made and each row of ERRNOS, with that call failing so, and
 * once with its process killed there (-k: only that); -n takes only each
 * EVERYth of these runs.  With -u, calls that the same functions of the program
 * lead to in the same process have their turn once, with each EVERYth of their
 * faults, and one at least; a single fault cannot be asked for then.
 *
 * Needs root, and has mounts of its own.  A line of TSV a run; exit status 1 if
 * a promise is broken.
 */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <err.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "faults.h"

enum { SCENARIOS = 80, CALLS = 4096, ROWS = 256, WAYS = 32, PLACES = 65536 };

/*
 * What a process looks for by itself, if nobody has told it in time, not every
 * good run shows; and what a run did not come to may come in the next.
 */
enum { GOOD_RUNS = 4, TRIES = 3 };

/* Not one of the jobs. */
enum { RECORDER = -1 };

/* Truncating is the last thing before the execution. */
enum { CALLS_AFTER_TRUNCATION = 7 };

struct row {
	char	 call[NAME];
	char	 what[WAYS][16];
	int	 ways;
};

/* The good runs of a scenario. */
struct record {
	struct call	 call[CALLS];
	int		 calls;
	struct expected	 expected;
};

struct matrix {
	const char	*daemonize, *witness, *errnos, *scenarios, *only;
	FILE		*out;
	int		 jobs, job, every;
	bool		 only_kills, once;
	struct row	 row[ROWS];
	int		 rows;
	struct scenario	 scenario[SCENARIOS];
	int		 scenario_count;
	struct record	*record;	/* of each; the workers share them */
	/* the good run at hand */
	struct record	*recorded;
	bool		 in_main, forked;
	int		 truncated;	/* by this process; -1: by none */
	int		 since;		/* its calls since then */
	unsigned	 place[PLACES];	/* that had their turn; 0: none */
	long		 runs, violations;
	struct world	 world;
	struct outcome	 outcome;
};

static struct row *
find_row(struct matrix *m, const char *call)
{
	for (int i = 0; i < m->rows; i++)
		if (strcmp(m->row[i].call, call) == 0)
			return &m->row[i];
	return NULL;
}

static void
read_errnos(struct matrix *m)
{
	FILE *f = fopen(m->errnos, "re");
	char line[512], *word, *save;
	struct wish probe;

	if (f == NULL)
		err(OURS, "%s", m->errnos);
	while (fgets(line, sizeof(line), f) != NULL) {
		struct row *r = &m->row[m->rows];

		word = strtok_r(line, " \t\n", &save);
		if (word == NULL || word[0] == '#')
			continue;
		if (++m->rows == ROWS || call_number(word) == -1)
			errx(OURS, "%s: no such call: %s", m->errnos, word);
		snprintf(r->call, NAME, "%s", word);
		while ((word = strtok_r(NULL, " \t\n", &save)) != NULL) {
			if (strcmp(word, "-") == 0)
				continue;
			if (r->ways == WAYS || !wish_parse_what(&probe, word))
				errx(OURS, "%s: %s", m->errnos, word);
			snprintf(r->what[r->ways++], 16, "%s", word);
		}
	}
	fclose(f);
}

static int
find_word(const char *const *words, const char *word)
{
	for (int i = 0; words[i] != NULL; i++)
		if (word != NULL && strcmp(words[i], word) == 0)
			return i;
	errx(OURS, "not a word for this place: %s", word);
}

/* Their names; one with a + stands for those that come again and again. */
static void
name_processes(struct scenario *s, char *names)
{
	char *rest, *word = strtok_r(names, ",", &rest);

	for (int i = 0; i < NAMES; i++) {
		snprintf(s->process[i], NAME, "%s", word != NULL ? word : "?");
		if (word != NULL && strchr(word, '+') != NULL)
			s->again = i;
		if (word != NULL)
			word = strtok_r(NULL, ",", &rest);
	}
}

static void
read_scenario(struct scenario *s, char *line)
{
	static const char *const states[] = { "empty", "ordinary", "stale",
	    "running", "stubborn", "named", "grouped", NULL };
	static const char *const kinds[] = { "start", "exec", "busy", "stop",
	    "status", "list", "plan", "signal", "restart", "late",
	    "dying", "kept", NULL };
	static const char *const telling[] = { "notify", "fd=", "file=",
	    "say=", "listen=", NULL };
	char *save, *word = strtok_r(line, " \t\n", &save), *names;
	bool program = false;

	snprintf(s->name, NAME, "%s", word);
	s->state = (enum state)find_word(states, strtok_r(NULL, " \t", &save));
	s->kind = (enum kind)find_word(kinds, strtok_r(NULL, " \t", &save));
	names = strtok_r(NULL, " \t\n", &save);
	while ((word = strtok_r(NULL, " \t\n", &save)) != NULL) {
		if (s->words == WORDS)
			errx(OURS, "%s: too many words", s->name);
		if ((s->word[s->words++] = strdup(word)) == NULL)
			err(OURS, "memory");
		s->named = s->named || strcmp(word, "-n") == 0;
		if (strcmp(word, "--reload") == 0)
			s->signal = "hup";
		else if (strcmp(word, "--signal=USR1") == 0)
			s->signal = "usr";
		s->speaks = s->speaks || strcmp(word, "-v") == 0;
		s->excused = s->excused ||
		    strcmp(word, "--ok-if-running") == 0;
		s->waits = s->waits || strcmp(word, "-w") == 0;
		s->locks = s->locks || strcmp(word, "-l") == 0;
		for (int i = 0; program && telling[i] != NULL; i++)
			if (strncmp(word, telling[i], strlen(telling[i])) == 0)
				s->tells = true;
		s->moves = s->moves || (program &&
		    strcmp(word, "background") == 0);
		program = program || strcmp(word, "%P") == 0 ||
		    strcmp(word, "%D") == 0;
	}
	name_processes(s, names);
}

static void
read_scenarios(struct matrix *m)
{
	FILE *f = fopen(m->scenarios, "re");
	char line[1024];

	if (f == NULL)
		err(OURS, "%s", m->scenarios);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (line[0] == '#' || line[strspn(line, " \t\n")] == '\0')
			continue;
		if (m->scenario_count == SCENARIOS)
			errx(OURS, "too many scenarios");
		read_scenario(&m->scenario[m->scenario_count++], line);
	}
	fclose(f);
}

static bool
is_recorded(const struct record *r, const struct call *c)
{
	for (int i = 0; i < r->calls; i++)
		if (r->call[i].process == c->process &&
		    r->call[i].after == c->after &&
		    (c->after != 0 || r->call[i].n == c->n) &&
		    strcmp(r->call[i].name, c->name) == 0)
			return true;
	return false;
}

/* A call of a good run, from main's first one on. */
static void
take_call(void *matrix, const struct noted *noted, const char *text)
{
	struct matrix *m = matrix;
	struct record *r = m->recorded;
	const char *name = noted->call;
	struct call c = { .process = noted->process, .n = noted->n,
	    .after = noted->after, .from = noted->from,
	    .first = noted->first, .after_fork = m->forked,
	    .after_truncation = m->truncated != -1 };

	(void)text;
	if (noted->process == 0 && strcmp(name, "umask") == 0)
		m->in_main = true;
	if (!m->in_main)
		return;
	snprintf(c.name, NAME, "%s", name);
	if (noted->process == m->truncated)
		m->since++;
	if (strcmp(name, "ftruncate") == 0 && m->truncated == -1)
		m->truncated = noted->process;
	/* It returns when the other has executed. */
	if (noted->process == 0 &&
	    strstr("clone vfork fork clone3", name) != NULL)
		m->forked = true;
	if (is_recorded(r, &c))
		return;
	if (r->calls == CALLS)
		errx(OURS, "too many calls");
	r->call[r->calls++] = c;
}

static int
good_status(const struct scenario *s)
{
	switch (s->kind) {
	case BUSY:
		return s->excused ? 0 : 75;
	case STATUS:
		return s->state == EMPTY ? 3 : s->state == STALE ? 1 : 0;
	case LATE:
	case KEPT:
		return 124;
	case DYING:
		return 69;
	default:
		return 0;
	}
}

static const char *
try_record(struct matrix *m, const struct scenario *s)
{
	const struct call none = { .after_fork = true };
	struct expected *e = &m->recorded->expected;
	struct world *w = &m->world;
	struct outcome *o = &m->outcome;

	m->in_main = m->forked = false;
	m->truncated = -1;
	m->since = 0;
	world_prepare(w, s);
	w->tracer = (struct tracer){ .note = take_call, .note_for = m,
	    .again = s->again };
	run_traced(w, s, o);
	w->tracer.note = NULL;
	e->status = o->status;
	/* Who is ended at once may not have come to tell it. */
	if (o->run_state[0] != '\0') {
		e->same_keyring = o->same_keyring;
		e->same_session = o->same_session;
		memcpy(e->run_state, o->run_state, TEXT);
	}
	memcpy(e->shape, o->shape, TEXT);
	memcpy(e->out, o->out, TEXT);
	memcpy(e->err, o->err, TEXT);
	return check(w, s, &none, &w->tracer.wish[0], e, o);
}

static void
record(struct matrix *m, const struct scenario *s)
{
	struct outcome *o = &m->outcome;
	const char *said = NULL;

	m->recorded = &m->record[s - m->scenario];
	for (int i = 0; i < GOOD_RUNS && said == NULL; i++) {
		said = try_record(m, s);
		if (m->since > CALLS_AFTER_TRUNCATION)
			said = "it truncates long before it executes";
		kill_programs(&m->world);
	}
	if (o->status != good_status(s) || said != NULL ||
	    m->recorded->calls == 0)
		errx(OURS, "%s: no good run: status %d, %s, %s", s->name,
		    o->status, o->err, said != NULL ? said : "ok");
	for (int i = 0; i < m->recorded->calls; i++)
		if (find_row(m, m->recorded->call[i].name) == NULL)
			errx(OURS, "%s: %s: a new call: add a row to %s",
			    s->name, m->recorded->call[i].name, m->errnos);
}

/* Which of the calls of this name: its number, or what it comes after. */
static const char *
format_n(const struct call *c, char n[16])
{
	snprintf(n, 16, c->after != 0 ? "@%x" : "%u",
	    c->after != 0 ? c->after : (unsigned)c->n);
	return n;
}

static const char *
try_one(struct matrix *m, const struct scenario *s, const struct call *c,
    const char *what)
{
	const struct expected *e = &m->record[s - m->scenario].expected;
	struct tracer *t = &m->world.tracer;
	struct outcome *o = &m->outcome;
	const char *said;

	world_prepare(&m->world, s);
	*t = (struct tracer){ .again = s->again, .wishes = 1,
	    .wish[0] = { .process = c->process, .n = c->n,
	    .after = c->after } };
	snprintf(t->wish[0].call, sizeof(t->wish[0].call), "%s", c->name);
	wish_parse_what(&t->wish[0], what);
	run_traced(&m->world, s, o);
	said = check(&m->world, s, c, &t->wish[0], e, o);
	/* What was checked by further commands is no known state. */
	if (said != NULL || o->killed || s->kind == STOP ||
	    s->kind == RESTART || (s->kind == SIGNAL && o->status == 0 &&
	    o->told[0] == '\0') || o->living != 0 || s->state < RUNNING ||
	    m->world.daemon == 0)
		kill_programs(&m->world);
	return said;
}

static void
run_one(struct matrix *m, const struct scenario *s, const struct call *c,
    const char *what)
{
	const struct outcome *o = &m->outcome;
	const char *said;
	char n[16];
	int tries = 0;

	do
		said = try_one(m, s, c, what);
	while (said == NULL && o->never && ++tries < TRIES);
	m->runs++;
	m->violations += said != NULL;
	fprintf(m->out, "%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s\n", s->name,
	    s->process[c->process], c->name, format_n(c, n), what, o->status,
	    o->never ? "never" : o->living != 0 ? "runs" : o->runs != 0 ?
	    "stopped" : "none", said != NULL ? said : "ok");
}

static unsigned
hash_of(const char *text)
{
	unsigned hash = 2166136261u;

	for (const char *p = text; *p != '\0'; p++)
		hash = (hash ^ (unsigned char)*p) * 16777619u;
	return hash ^ hash >> 15;
}

static bool
is_wanted(struct matrix *m, const struct scenario *s, const struct call *c,
    const char *what)
{
	char text[160], n[16];
	unsigned hash;

	snprintf(text, sizeof(text), "%s:%d:%s:%s=%s", s->name, c->process,
	    c->name, format_n(c, n), what);
	if (m->only != NULL && strchr(m->only, ':') != NULL)
		return strcmp(text, m->only) == 0 && m->job == 0;
	hash = hash_of(text);
	return hash % (unsigned)m->every == 0 &&
	    (int)(hash / (unsigned)m->every % (unsigned)m->jobs) == m->job;
}

/* What stands for all calls that are made like this one; not 0. */
static unsigned
place_of(const struct scenario *s, const struct call *c)
{
	char text[160];

	snprintf(text, sizeof(text), "%s:%s:%x", s->process[c->process],
	    c->name, c->from);
	return hash_of(text) | 1;
}

/* Has none of them failed yet?  They are shared out among the workers. */
static bool
is_turn(struct matrix *m, const struct scenario *s, const struct call *c)
{
	unsigned place = place_of(s, c), at;

	for (at = place % PLACES; m->place[at] != 0; at = (at + 1) % PLACES)
		if (m->place[at] == place)
			return false;
	m->place[at] = place;
	return (int)(place / 2 % (unsigned)m->jobs) == m->job;
}

static void
run_place(struct matrix *m, const struct scenario *s, const struct call *c)
{
	const struct row *r = find_row(m, c->name);
	unsigned place = place_of(s, c) / 2, every = (unsigned)m->every;

	if (r == NULL || !is_turn(m, s, c))
		return;
	if (!m->only_kills && r->ways > 0) {
		unsigned ways = (unsigned)r->ways;

		for (unsigned j = place % (ways < every ? ways : every);
		    j < ways; j += every)
			run_one(m, s, c, r->what[j]);
	}
	if (m->only_kills || place % every == 0)
		run_one(m, s, c, "kill");
}

static void
run_scenario(struct matrix *m, const struct scenario *s)
{
	const struct record *recorded = &m->record[s - m->scenario];
	long before = m->runs;

	for (int i = 0; i < recorded->calls; i++) {
		const struct call *c = &recorded->call[i];
		const struct row *r = find_row(m, c->name);

		if (m->once) {
			run_place(m, s, c);
			continue;
		}
		for (int j = 0; r != NULL && j < r->ways && !m->only_kills;
		    j++)
			if (is_wanted(m, s, c, r->what[j]))
				run_one(m, s, c, r->what[j]);
		if (is_wanted(m, s, c, "kill"))
			run_one(m, s, c, "kill");
	}
	kill_programs(&m->world);
	/* What names nothing would run nothing, and find nothing wrong. */
	if (m->only != NULL && strchr(m->only, ':') != NULL &&
	    m->job == 0 && m->runs == before)
		errx(OURS, "%s: no good run has this", m->only);
}

/* SCENARIO, or SCENARIO:PROCESS:CALL:N=WHAT. */
static bool
is_about(const char *wanted, const struct scenario *s)
{
	size_t n = strlen(s->name);

	return strncmp(wanted, s->name, n) == 0 &&
	    (wanted[n] == '\0' || wanted[n] == ':');
}

static void
check_wanted(const struct matrix *m, char **wanted)
{
	for (; *wanted != NULL; wanted++) {
		bool found = false;

		for (int i = 0; i < m->scenario_count; i++)
			found |= is_about(*wanted, &m->scenario[i]);
		if (!found)
			errx(OURS, "%s: no such scenario", *wanted);
		if (m->once && strchr(*wanted, ':') != NULL)
			errx(OURS, "%s: not a single fault with -u", *wanted);
	}
}

/* Do it for each scenario that is wanted; without any, for all. */
static void
for_each_wanted(struct matrix *m, char **wanted,
    void (*act)(struct matrix *, const struct scenario *))
{
	for (int i = 0; i < m->scenario_count; i++) {
		const struct scenario *s = &m->scenario[i];

		if (wanted[0] == NULL)
			act(m, s);
		for (int j = 0; wanted[j] != NULL; j++) {
			m->only = wanted[j];
			if (is_about(wanted[j], s))
				act(m, s);
		}
	}
}

static int
work(struct matrix *m, char **wanted)
{
	world_open(&m->world, m->daemonize, m->witness);
	if (m->job == RECORDER) {
		for_each_wanted(m, wanted, record);
		return 0;
	}
	for_each_wanted(m, wanted, run_scenario);
	if (fclose(m->out) != 0)
		err(OURS, "output");
	return m->violations != 0;
}

/* With a world of its own; a line is written in one piece. */
static void
start_worker(struct matrix *m, int job, char **wanted)
{
	pid_t pid = fork();

	if (pid == -1)
		err(OURS, "fork");
	if (pid > 0)
		return;
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) == -1)
		_exit(OURS);
	m->job = job;
	_exit(work(m, wanted));
}

static int
wait_for_workers(void)
{
	int status, worst = 0;

	while (wait(&status) != -1) {
		int s = WIFEXITED(status) ? WEXITSTATUS(status) : OURS;

		if (s > worst)
			worst = s;
	}
	return worst;
}

/* One record for all: each does its share of what is in it. */
static int
work_together(struct matrix *m, char **wanted)
{
	int status;

	m->record = mmap(NULL, SCENARIOS * sizeof(struct record),
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (m->record == MAP_FAILED)
		err(OURS, "memory");
	start_worker(m, RECORDER, wanted);
	if ((status = wait_for_workers()) != 0)
		return status;
	for (int i = 0; i < m->jobs; i++)
		start_worker(m, i, wanted);
	return wait_for_workers();
}

int
main(int argc, char *argv[])
{
	static struct matrix m = { .jobs = 1, .every = 1 };
	int c;

	while ((c = getopt(argc, argv, "d:e:j:kn:o:s:uw:")) != -1) {
		if (c == 'd')
			m.daemonize = optarg;
		else if (c == 'e')
			m.errnos = optarg;
		else if (c == 'j')
			m.jobs = atoi(optarg);
		else if (c == 'k')
			m.only_kills = true;
		else if (c == 'n')
			m.every = atoi(optarg);
		else if (c == 'o')
			m.out = fopen(optarg, "ae");
		else if (c == 's')
			m.scenarios = optarg;
		else if (c == 'u')
			m.once = true;
		else if (c == 'w')
			m.witness = optarg;
		else
			return OURS;
	}
	if (m.daemonize == NULL || m.witness == NULL || m.errnos == NULL ||
	    m.scenarios == NULL || m.out == NULL || m.jobs < 1 || m.every < 1)
		errx(OURS, "usage: faults -d DAEMONIZE -w WITNESS -e ERRNOS "
		    "-s SCENARIOS -o TSV [-j JOBS] [-k] [-u] [-n EVERY] "
		    "[SCENARIO ...]");
	setvbuf(m.out, NULL, _IOLBF, 1 << 16);
	read_errnos(&m);
	read_scenarios(&m);
	check_wanted(&m, argv + optind);
	return work_together(&m, argv + optind);
}
