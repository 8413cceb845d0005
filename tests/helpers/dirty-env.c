/* SPDX-License-Identifier: ISC
 *
 * Dirt of the environment.  The list is written a second time here on
 * purpose: a name missing in the program's own list must make a test fail.
 * The values harm nothing that the tests run.
 */
#include <stdlib.h>
#include <string.h>

#include "dirty.h"

/* What no daemon may see, whoever starts it. */
static const char *const junk[] = {
	"LD_LIBRARY_PATH=/nonexistent", "LD_DEBUG_OUTPUT=/nonexistent/ld",
	"LD_ORIGIN_PATH=/nonexistent", "GCONV_PATH=/nonexistent",
	"GLIBC_TUNABLES=glibc.malloc.mxfast=0", "LOCPATH=/nonexistent",
	"NLSPATH=/nonexistent", "MALLOC_ARENA_MAX=1", "MALLOC_PERTURB_=0",
	"BASH_ENV=/dev/null", "IFS=/", "SHELLOPTS=braceexpand:hashall",
	"BASHOPTS=cmdhist", "PS4=junk ", "BASH_FUNC_junk%%=() { :; }",
	"PERL5OPT=-w", "PERL5LIB=/nonexistent", "PYTHONSTARTUP=/dev/null",
	"PYTHONHOME=", "PYTHONPATH=/nonexistent", "RUBYOPT=-w",
	"NODE_OPTIONS=--no-warnings",
	"NOTIFY_SOCKET=/nonexistent", "LISTEN_FDS=1", "LISTEN_PID=1",
	"LISTEN_FDNAMES=junk", "TERM=junk", "SSH_AUTH_SOCK=/nonexistent",
	"SUDO_USER=junk", "DISPLAY=:99",
};

static const char *const session[] = {
	"WATCHDOG_USEC=1", "WATCHDOG_PID=1", "MAINPID=1", "MANAGERPID=1",
	"MANAGERPIDFDID=1",
	"SYSTEMD_EXEC_PID=1", "INVOCATION_ID=junk", "JOURNAL_STREAM=1:2",
	"MEMORY_PRESSURE_WATCH=/dev/null", "MEMORY_PRESSURE_WRITE=junk",
	"CREDENTIALS_DIRECTORY=/nonexistent", "FDSTORE=1",
	"COLUMNS=99", "LINES=99", "COLORTERM=junk", "XAUTHORITY=/nonexistent",
	"WAYLAND_DISPLAY=junk", "DBUS_SESSION_BUS_ADDRESS=junk",
	"XDG_SESSION_ID=99", "XDG_SESSION_TYPE=tty", "XDG_SEAT=junk",
	"XDG_VTNR=99", "TMUX=junk", "TMUX_PANE=junk", "STY=junk",
	"WINDOWID=99", "LS_COLORS=junk", "SSH_CLIENT=junk",
	"SSH_CONNECTION=junk", "SSH_TTY=/nonexistent", "SUDO_UID=99",
	"SUDO_GID=99", "SUDO_COMMAND=junk", "PWD=/nonexistent",
	"OLDPWD=/nonexistent", "SHLVL=99", "_=/nonexistent",
	"MAIL=/nonexistent", "MAILCHECK=99", "XDG_RUNTIME_DIR=/nonexistent",
};

static int
put_all(const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (putenv((char *)(size_t)list[i]) != 0)
			return -1;
	return 0;
}

int
dirty_env(const char *what)
{
	size_t njunk = sizeof(junk) / sizeof(junk[0]);
	size_t nsession = sizeof(session) / sizeof(session[0]);

	if (strchr(what, '=') != NULL)
		return putenv((char *)(size_t)what);
	if (put_all(junk, njunk) == -1)
		return -1;
	return strcmp(what, "all") == 0 ? put_all(session, nsession) : 0;
}

int
dirty_path_unset(const char *unused __attribute__((unused)))
{
	return unsetenv("PATH");
}
