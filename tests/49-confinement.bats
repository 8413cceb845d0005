#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# --ro, --rw, --no-net, --bind-port, --connect-port: what a confined program
# tries is denied, and was possible without; what it is allowed works; and
# where the kernel cannot or does not do it, nothing is started.
#
# shellcheck disable=SC2011,SC2016,SC2034,SC2154

load lib/common

setup() {
	setup_dir
	# Not what a developer's shims are.
	PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
	mkdir "$T/www" "$T/app" "$T/out"
	echo "the page" >"$T/www/index.html"
	install -m 666 /dev/null "$T/out/loose"
	chmod 777 "$T/out" "$T/www"
	FAULT=$HELPERS/fault
}

# try.py: what can be done from inside, a line each: NAME ok, or the errno.
# Everything is tried in places where the permissions would let anybody.
write_try() {
	needprogram python3
	cat >"$T/app/try.py" <<-'END'
		#!/usr/bin/python3
		import ctypes, errno, fcntl, os, socket, stat, struct, sys, termios
		www, out, here, other = sys.argv[1:5]
		here, other = int(here), int(other)
		libc = ctypes.CDLL(None, use_errno=True)
		TCP, DGRAM = socket.SOCK_STREAM, socket.SOCK_DGRAM
		four, six, held = socket.AF_INET, socket.AF_INET6, []

		def checked(result):
		    if result == -1:
		        raise OSError(ctypes.get_errno(), "")

		def write(path):
		    with open(path, "a") as file:
		        file.write("written\n")

		def run(path):
		    if os.spawnv(os.P_WAIT, path, [path]) != 0:
		        raise OSError(errno.EACCES, "")

		def device(kind, major, minor):
		    path = out + "/device" + str(major)
		    os.mknod(path, kind | 0o666, os.makedev(major, minor))

		def bind(port, listen=True):
		    s = socket.socket(four, TCP)
		    held.append(s)
		    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
		    s.bind(("127.0.0.1", port))
		    s.listen()

		def connect(port):
		    socket.create_connection(("127.0.0.1", port)).close()

		# sendmmsg(2) of one message with one byte; no module has it.
		def send_many(s, flags, to=b""):
		    def at(data):
		        held.append(ctypes.create_string_buffer(data, len(data)))
		        return ctypes.addressof(held[-1])
		    many = at(struct.pack("PIPNPNiI", at(to) if to else 0, len(to),
		        at(struct.pack("PN", at(b"x"), 1)), 1, 0, 0, 0, 0))
		    checked(libc.sendmmsg(s.fileno(), ctypes.c_void_p(many), 1, flags))

		def send():
		    s, peer = socket.socketpair()
		    s.send(b"x")
		    s.sendmsg([b"x"])
		    send_many(s, 0)

		# MSG_FASTOPEN, however it is sent.
		fast, to = 0x20000000, ("127.0.0.1", other)
		raw = struct.pack("=H", four) + struct.pack(">H4B8x", other, 127, 0, 0, 1)
		def stream():
		    return socket.socket(four, TCP)

		def ioctl(path):
		    fd = os.open(path, os.O_RDONLY | os.O_NOCTTY)
		    fcntl.ioctl(fd, termios.TIOCGWINSZ, bytes(8))

		tries = {
		    "page": lambda: open(www + "/index.html").read(),
		    "null": lambda: write("/dev/null"),
		    "usr": lambda: os.listdir("/usr"),
		    "run-usr": lambda: run("/bin/true"),
		    "etc": lambda: open("/etc/passwd").read(),
		    "shadow": lambda: open("/etc/shadow").read(),
		    "root": lambda: os.listdir("/"),
		    "tmp": lambda: os.listdir("/tmp"),
		    "proc": lambda: open("/proc/self/status").read(),
		    "zero": lambda: write("/dev/zero"),
		    "outside": lambda: open(out + "/loose").read(),
		    "write": lambda: write(out + "/loose"),
		    "truncate": lambda: os.truncate(out + "/loose", 0),
		    "create": lambda: write(out + "/new"),
		    "mkdir": lambda: os.mkdir(out + "/dir"),
		    "symlink": lambda: os.symlink("x", out + "/link"),
		    "fifo": lambda: os.mkfifo(out + "/fifo"),
		    "device": lambda: device(stat.S_IFCHR, 1, 9),
		    "block": lambda: device(stat.S_IFBLK, 7, 0),
		    "run": lambda: run(out + "/true"),
		    "www-write": lambda: write(www + "/index.html"),
		    "www-create": lambda: write(www + "/new"),
		    "www-run": lambda: run(www + "/true"),
		    "www-mkdir": lambda: os.mkdir(www + "/dir"),
		    "www-rmdir": lambda: os.rmdir(www + "/empty"),
		    "www-symlink": lambda: os.symlink("x", www + "/symlink"),
		    "www-fifo": lambda: os.mkfifo(www + "/fifo"),
		    "www-socket": lambda: socket.socket(socket.AF_UNIX).bind(
		        www + "/socket"),
		    "www-link": lambda: os.link(www + "/b", www + "/link"),
		    "www-rename": lambda: os.rename(www + "/c", www + "/d"),
		    "ioctl": lambda: ioctl("/dev/ptmx"),
		    "rename-out": lambda: os.rename(www + "/a", out + "/a"),
		    "link-out": lambda: os.link(www + "/b", out + "/b"),
		    "unlink": lambda: os.unlink(www + "/b"),
		    "bind": lambda: bind(here),
		    "bind-other": lambda: bind(other + 1),
		    "listen": lambda: held.append(socket.socket()) or
		        held[-1].listen(),
		    "connect": lambda: connect(other),
		    "fast-sendto": lambda: stream().sendto(b"x", fast, to),
		    "fast-sendmsg": lambda: stream().sendmsg([b"x"], [], fast, to),
		    "fast-sendmmsg": lambda: send_many(stream(), fast, raw),
		    "udp": lambda: socket.socket(four, DGRAM),
		    "udp6": lambda: socket.socket(six, DGRAM),
		    "mptcp": lambda: socket.socket(four, TCP, 262),
		    "netlink": lambda: socket.socket(socket.AF_NETLINK, DGRAM),
		    "uring": lambda: checked(libc.syscall(425, 4,
		        ctypes.create_string_buffer(120))),
		    "pair": lambda: checked(libc.socketpair(four, TCP, 0,
		        ctypes.create_string_buffer(8))),
		    "unix": lambda: socket.socket(socket.AF_UNIX, DGRAM),
		    "send": send,
		}
		# Denied even where the kernel has none of these calls.
		if os.uname().machine == "x86_64":
		    tries["x32"] = lambda: checked(libc.syscall(0x40000000 | 41,
		        four, TCP, 0))
		report = []
		for name, attempt in tries.items():
		    try:
		        attempt()
		        report.append(name + " ok")
		    except OSError as e:
		        report.append(name + " " + errno.errorcode[e.errno])
		print("\n".join(report + ["end"]), flush=True)
	END
	chmod 755 "$T/app/try.py"
	here=$(free_port) other=$(free_port)
	# Somebody to connect to.
	python3 -c 'import socket, sys, time
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("up", flush=True)
while True:
    s.accept()[0].close()' "$other" >"$CAP/up" 2>/dev/null </dev/null &
	track $!
	wait_for not_empty "$CAP/up"
}

# tries OPTION...: confined so; $report is what became of each.
tries() {
	rm -rf "$T/out/"[!l]* "$T/out/link" "$T/log" "$T/www/"[!i]*
	touch "$T/www/a" "$T/www/b" "$T/www/c"
	cp /bin/true "$T/out/true"
	cp /bin/true "$T/www/true"
	chmod 666 "$T/www/"?* && chmod 755 "$T/www/true" "$T/out/true"
	mkdir "$T/www/empty"
	start -L "$T/log" "$@" "$T/app/try.py" "$T/www" "$T/out" "$here" "$other"
	wait_for has_line "$T/log" '^end$'
	report=$(sed '/^end$/d' "$T/log")
}

# came_out REGEX RESULT: each such attempt had this result.
came_out() {
	local lines
	lines=$(grep -E "^($1) " <<<"$report") || fail "no line: $1" || return 1
	! grep -Ev " ($2)\$" <<<"$lines" >&2 ||
		fail "not $2, in $report"
}

CHANGES='write|zero|truncate|create|mkdir|symlink|fifo|rename-out|link-out|unlink|www-(write|create|mkdir|rmdir|symlink|fifo|socket|link|rename)'
FILES="etc|shadow|root|tmp|proc|outside|run|ioctl|$CHANGES"
NET='bind|bind-other|listen|connect|udp|udp6|mptcp|netlink|uring|pair|x32'

@test "without confinement, everything that is tried works" {
	needroot
	write_try
	tries
	came_out "page|null|usr|run-usr|www-run|$FILES|device|block|unix|send" ok
	came_out 'bind|bind-other|listen|connect|udp|netlink' ok
	came_out 'fast-.*' 'ok|ENOTSUP'
	came_out pair ENOTSUP
	# What this kernel does not have is no proof of anything.
	came_out 'udp6|mptcp|uring|x32' 'ok|EAFNOSUPPORT|EPROTONOSUPPORT|ENOPROTOOPT|EPERM|ENOSYS'
}

@test "a server that can only read its documents and serve on its port" {
	needlandlock
	write_try
	local by=() options
	for options in '' '-u nobody' '-f'; do
		[[ $options != -u* ]] || ((EUID == 0)) || continue
		# shellcheck disable=SC2086 # words
		tries $options --ro="$T/www" --bind-port="$here"
		came_out "page|null|usr|run-usr|www-run|bind|listen|unix|send" ok
		came_out "$FILES|bind-other|connect|udp|udp6|mptcp|netlink|uring|pair|x32" \
			'EACCES|EXDEV'
		came_out 'fast-.*' ENOTSUP
		assert_content "$T/out/loose" "$(cat "$T/out/loose")"
	done
	assert_content "$T/www/index.html" "the page"
	assert_equal "$(ls "$T/out" | xargs)" 'loose true' "in the other directory"
}

@test "python's own server, confined, serves its documents and nothing else" {
	needlandlock
	needprogram python3 curl
	port=$(free_port)
	ln -s /etc/passwd "$T/www/leak"
	# It reads this one, if it is there.
	mime=()
	[[ ! -e /etc/mime.types ]] || mime=(--ro=/etc/mime.types)
	start -p "$T/pid" -L "$T/log" --ro="$T/www" --bind-port="$port" \
		"${mime[@]}" python3 -m http.server --bind 127.0.0.1 --directory "$T/www" "$port"
	track "$(cat "$T/pid")"
	wait_for page
	run_c curl -sf "http://127.0.0.1:$port/index.html"
	assert_out 'the page'
	run_c curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/leak"
	assert_out 404
	wait_for has_line "$T/log" 'GET /leak.* 404'
	grep -qx $'NoNewPrivs:\t1' "/proc/$(cat "$T/pid")/status"
	start --stop -p "$T/pid"
}

@test "the files alone, the network alone: the other is as ever" {
	needroot
	needlandlock
	write_try
	tries --ro="$T/www"
	came_out "$FILES" 'EACCES|EXDEV'
	came_out 'bind|bind-other|listen|connect|udp|netlink' ok
	tries --no-net
	came_out "$FILES|www-run|unix|send" ok
	came_out "$NET|fast-.*" EACCES
}

@test "ports: only those, and only that way" {
	needlandlock
	write_try
	tries --connect-port="$other"
	came_out connect ok
	came_out 'bind|bind-other|listen|udp|mptcp|uring|pair' EACCES
	tries --no-net --bind-port=1 --bind-port="$here" --connect-port=1
	came_out 'bind|listen' ok
	came_out 'bind-other|connect|udp|mptcp' EACCES
	came_out 'fast-.*' ENOTSUP
	tries --bind-port="$((other + 1))" --connect-port="$other"
	came_out 'bind-other|connect' ok
	came_out bind EACCES
}

@test "a directory to write in: everything in it but devices, and executing unless --ro" {
	needlandlock
	write_try
	tries --ro="$T/www" --rw="$T/out"
	came_out 'outside|write|truncate|create|mkdir|symlink|fifo' ok
	came_out 'run|device|block|www-write|www-create|unlink|etc|tmp|root' EACCES
	came_out 'rename-out|link-out' 'EACCES|EXDEV'
	tries --ro="$T/out" --rw="$T/out" --rw="$T/www"
	came_out 'run|write|unlink|www-write' ok
	came_out 'www-run|etc' EACCES
	# There it could be executed, and here not.
	came_out 'rename-out|link-out' EXDEV
	tries --rw="$T/out" --rw="$T/www"
	came_out 'rename-out|link-out' ok
}

@test "what must not be executed can still be interpreted, or loaded" {
	needlandlock
	local loader
	loader=$(ldd /bin/true | sed -n 's/^[[:space:]]*\(\/[^ ]*ld[^ ]*\) .*/\1/p')
	[[ -n $loader ]] || skip "kernel: /bin/true is static"
	cp /bin/echo "$T/out/echo"
	printf '#!/bin/sh\necho read\n' >"$T/out/script"
	chmod 755 "$T/out/"*
	start -L "$T/log" --rw="$T/out" sh -c \
		'"$1/echo" hello; "$1/script"; sh "$1/script"
		"$0" "$1/echo" loaded; echo end' "$loader" "$T/out"
	wait_for has_line "$T/log" '^end$'
	assert_equal "$(grep -c 'Permission denied' "$T/log")" 2 refused
	assert_equal "$(grep -v 'Permission denied' "$T/log" | xargs)" \
		'read loaded end' "the log"
}

@test "a file to write to: that file alone" {
	needlandlock
	write_try
	tries --rw="$T/out/loose"
	came_out 'outside|write|truncate' ok
	came_out 'create|mkdir|symlink|fifo|page|www-run|etc' EACCES
	cd "$T/out"
	tries --rw=loose --ro=../www --rw=/dev/ptmx
	came_out 'write|page|ioctl' ok
}

@test "all that could be allowed" {
	needroot
	needlandlock
	write_try
	tries --ro=/ --rw=/
	came_out "page|$FILES|run|bind|udp" ok
	came_out 'device|block' EACCES
	tries --ro=/
	came_out 'page|etc|root|tmp|run|www-run|outside' ok
	came_out "$CHANGES" 'EACCES|EXDEV'
	(($(landlock_abi) < 5)) || came_out ioctl EACCES
}

@test "an older kernel is asked for what it has, and that is denied" {
	needroot
	needlandlock
	write_try
	local program=$DAEMONIZE DAEMONIZE=$T/app/older abi
	for abi in 3 4 5; do
		((abi <= $(landlock_abi))) || continue
		executable "$DAEMONIZE" <<-END
			#!/bin/sh
			exec '$FAULT' -w 0:landlock_create_ruleset:1=$abi '$program' "\$@"
		END
		tries --ro=/
		came_out "$CHANGES" 'EACCES|EXDEV'
		if ((abi < 5)); then
			came_out ioctl ok
		else
			came_out ioctl EACCES
		fi
	done
}

# runs_confined PROGRAM...: and says hello in the log.
runs_confined() {
	rm -f "$T/log"
	start -L "$T/log" --ro="$T/www" --no-net "$@"
	wait_for has_line "$T/log" hello
}

@test "--no-net: the calls of another architecture are no way around it" {
	needlandlock
	[[ $(cc -dumpmachine) == x86_64-* ]] || return 0
	cat >"$CAP/other.c" <<-'END'
		#include <stdio.h>

		/* socket(AF_INET, SOCK_STREAM, 0), as an i386 calls it. */
		int
		main(void)
		{
			int result;

			__asm__ volatile("int $0x80" : "=a"(result)
			    : "a"(359), "b"(2), "c"(1), "d"(0) : "memory");
			printf("%s\n", result >= 0 ? "a socket" :
			    result == -13 ? "EACCES" : "another error");
			return 0;
		}
	END
	cc -o "$T/app/other" "$CAP/other.c"
	run_c "$T/app/other"
	[[ $status == 0 && $out == 'a socket' ]] ||
		skip "kernel: it has no other architecture"
	start -L "$T/log" --no-net "$T/app/other"
	wait_for not_empty "$T/log"
	assert_content "$T/log" EACCES
}

@test "every kind of program starts: dynamic, static, scripts" {
	needlandlock
	runs_confined echo hello
	runs_confined "$(own /bin/echo)" hello
	runs_confined "$(own "$HELPERS/static")" hello
	printf '#!/bin/sh\necho hello\n' >"$T/app/script"
	printf '#!%s -e\n' "$T/app/script" >"$T/app/second"
	cp /bin/sh "$T/app/sh"
	printf '#!%s\necho hello\n' "$T/app/sh" >"$T/app/third"
	chmod 755 "$T/app/"*
	runs_confined "$T/app/script"
	runs_confined "$T/app/second"
	runs_confined "$T/app/third"
	cd "$T/app"
	runs_confined ./third
	runs_confined -E "PATH=$T/app" third
	printf '#!/usr/bin/env python3\nprint("hello", flush=True)\n' >python
	chmod 755 python
	runs_confined ./python
}

# with_library [DIR]: $T/app/main needs libpart.so, which is in $T/out, from DIR.
with_library() {
	needprogram cc
	echo 'int part(void); int part(void) { return 0; }' >"$CAP/part.c"
	printf '%s\n' '#include <stdio.h>' 'int part(void);' \
		'int main(void) { puts("hello"); return part(); }' >"$CAP/main.c"
	cc -shared -fPIC -o "$T/out/libpart.so" "$CAP/part.c"
	cc -o "$T/app/main" "$CAP/main.c" -L "$T/out" -lpart \
		"-Wl,-rpath,${1:-$T/out}"
	printf '#!%s\n' "$T/app/main" >"$T/app/script"
	chmod 755 "$T/app/script"
}

# refused_whole STATUS REGEX OPTION... PROGRAM: and nothing is left.
refused_whole() {
	local wanted=$1 regex=$2
	shift 2
	snapshot "$T"
	# With -f the cleaner ends by itself, a moment after.
	run_c "$HELPERS/reaper" -g 5 -o "$CAP/left" "${by[@]}" "$DAEMONIZE" "$@"
	assert_refused "$wanted" "$regex" || fail "with ${*@Q}" || return 1
	assert_content "$CAP/left" '' || return 1
	assert_nothing_left "$T"
}

@test "a program whose library it could not reach is not started" {
	needlandlock
	with_library
	local program by=()
	for program in main script; do
		refused_whole 126 "cannot execute: $T/app/$program: it cannot be loaded with what it may reach \(.*libpart\.so" \
			-p "$T/pid" -o "$T/log" --ro="$T/www" "$T/app/$program"
		refused_whole 126 '.*: it cannot be loaded' -f -p "$T/pid" \
			-o "$T/log" --rw="$T/www" "$T/app/$program"
		echo old >"$T/log"
		refused_whole 126 '.*: it cannot be loaded' -o "$T/log" \
			--ro="$T/www" "$T/app/$program"
		runs_confined --ro="$T/out" "$T/app/$program"
		rm "$T/log"
	done
	rm "$T/out/libpart.so"
	refused_whole 126 '.*: it cannot be loaded .*libpart\.so' -p "$T/pid" \
		--ro="$T/out" "$T/app/main"
	# Nor where a complaint is long.
	program=$T/app/$(printf 'x%.0s' {1..120})
	mkdir "$program"
	mv "$T/app/main" "$program"
	for program in "$program/main" "$program/../${program##*/}/main"; do
		refused_whole 126 '.*: it cannot be loaded ' -p "$T/pid" \
			--ro="$T/out" "$program"
	done
}

@test "a program that looks for its libraries beside it is started by a link, too" {
	needlandlock
	local by=()
	with_library '$ORIGIN'
	mv "$T/app/main" "$T/out/"
	ln -s "$T/out/main" "$T/alternative"
	ln -s ../alternative "$T/app/main"
	printf '#!main\n' >"$T/out/beside"
	chmod 755 "$T/out/beside"
	runs_confined --ro="$T/out" "$T/app/main"
	runs_confined --ro="$T/out" -E "PATH=$T/app" main
	runs_confined --ro="$T/out" "$T/app/script"
	runs_confined --ro="$T/out" -c "$T/app" "$T/out/beside"
	by=(bash -c 'exec 7<"$0" && exec "$@"' "$T/app/main")
	rm "$T/log"
	run_c "${by[@]}" "$DAEMONIZE" -L "$T/log" --ro="$T/out" --keep-fd=7 \
		/dev/fd/7
	assert_status 0
	wait_for has_line "$T/log" hello
	rm "$T/log" "$T/out/libpart.so"
	by=()
	refused_whole 126 '.*: it cannot be loaded .*libpart\.so' -p "$T/pid" \
		--ro="$T/out" "$T/app/main"
}

@test "a program that is a descriptor's is started, too, with a name or without" {
	needlandlock
	local path
	for path in /dev/fd/7 /proc/self/fd/7 gone; do
		cp /bin/sh "$T/app/sh"
		rm -f "$T/log"
		run_c bash -c 'exec 7<"$1"; [[ $2 != gone ]] || rm "$1"; exec "${@:3}"' \
			bash "$T/app/sh" "$path" "$DAEMONIZE" -L "$T/log" \
			--ro="$T/www" --no-net --keep-fd=7 "${path/#gone//dev/fd/7}" \
			-c 'echo hello'
		assert_status 0
		wait_for has_line "$T/log" hello
	done
	needprogram python3
	rm "$T/log"
	run_c python3 -c 'import os, sys
fd = os.memfd_create("sh", 0)
os.write(fd, open("/bin/sh", "rb").read())
os.fchmod(fd, 0o755)
os.dup2(os.open("/proc/self/fd/%d" % fd, os.O_RDONLY), 7)
os.close(fd)
os.execv(sys.argv[1], sys.argv[1:])' "$DAEMONIZE" -L "$T/log" --ro="$T/www" \
		--keep-fd=7 /dev/fd/7 -c 'echo hello'
	assert_status 0
	wait_for has_line "$T/log" hello
}

# with_loader SOURCE: $T/app/main, which this is asked to load.
with_loader() {
	needprogram cc
	echo 'int main(void) { return 0; }' >"$CAP/main.c"
	cat >"$CAP/loader.c"
	echo 'int main(void) { return 0; }' | cc -static -x c -o "$CAP/any" - ||
		skip "kernel: no static libc"
	cc -static -o "$T/app/loader" "$CAP/loader.c"
	cc -o "$T/app/main" "$CAP/main.c" \
		"-Wl,--dynamic-linker=$T/app/loader"
}

@test "a program's own loader is confined when it is asked, and leaves nobody" {
	needlandlock
	local by=()
	with_loader <<-'END'
		#include <errno.h>
		#include <fcntl.h>
		#include <stdio.h>
		#include <string.h>
		#include <sys/prctl.h>
		#include <sys/socket.h>
		#include <unistd.h>

		static int
		tell(const char *what, int result)
		{
			printf("%s: %s, ", what, result == -1 ?
			    strerror(errno) : "yes");
			return result;
		}

		int
		main(void)
		{
			int fds = 0;

			tell("not found", -1);
			tell("read", open("/etc/passwd", O_RDONLY));
			tell("socket", socket(AF_INET, SOCK_DGRAM, 0));
			if (tell("session", setsid()) == -1)
				tell("group", setpgid(0, 0));
			tell("parent", prctl(PR_SET_PDEATHSIG, 0));
			tell("name", prctl(PR_SET_NAME, "loader"));
			fflush(stdout);
			if (fork() == 0) {
				setsid();
				pause();
			}
			tell("child", errno != 0 ? -1 : 0);
			for (int fd = 3; fd < 100; fd++)
				fds += fcntl(fd, F_GETFD) != -1;
			printf("%d more\n", fds);
			return 1;
		}
	END
	local denied='read: Permission denied, socket: Permission denied'
	denied+=', session: Operation not permitted, group: Operation not permitted'
	denied+=', parent: Operation not permitted, name: yes'
	denied+=', child: Operation not permitted, 0 more'
	for way in '' -f; do
		refused_whole 126 "cannot execute: .* may reach \(not found: .*, $denied\)\$" \
			$way -p "$T/pid" -l "$T/lock" --listen="127.0.0.1:$(free_port)" \
			--no-net --ro="$T/out" "$T/app/main"
	done
}

@test "a program's own loader that ends the daemon does not outlive it" {
	needlandlock
	local way n by
	with_loader <<-'END'
		#include <signal.h>
		#include <sys/prctl.h>
		#include <unistd.h>

		int
		main(void)
		{
			prctl(PR_SET_PDEATHSIG, 0);
			kill(getppid(), SIGKILL);
			pause();
		}
	END
	# On a kernel without filters, the front ends it.
	for way in env "$HELPERS/without seccomp"; do
		for n in 1 2 3 4 5; do
			read -ra by <<<"$way"
			refused_whole 70 'cannot execute: .*: it ended before' \
				-p "$T/pid" -o "$T/new" --ro="$T/out" \
				"$T/app/main" || fail "$way" || return 1
		done
	done
	run_c "$HELPERS/reaper" -g 5 -o "$CAP/left" sh -c '"$@"; echo $?' sh \
		"$DAEMONIZE" -f --ro="$T/out" "$T/app/main"
	assert_out 137
	assert_content "$CAP/left" ''
}

# has_child: of whom strace runs; sets $child.
has_child() {
	main=$(pgrep -P "$bg") && child=$(pgrep -P "$main")
}

@test "a daemon that is killed as the rehearsal begins leaves nobody, either" {
	needlandlock
	needprogram strace pgrep
	will_be_traced
	local main child
	with_loader <<<'int pause(void); int main(void) { return pause(); }'
	run_bg strace -f -o "$CAP/strace" -e trace=prctl \
		-e inject=prctl:delay_enter=1000000:when=1 \
		"$DAEMONIZE" -f --ro="$T/out" "$T/app/main"
	wait_for has_child
	kill -KILL "$main"
	wait_gone "$child"
	assert_match "$(cat "$CAP/strace")" 'PDEATHSIG'
}

@test "what a loader complains of, and what it only says" {
	needlandlock
	local says want by=() long
	with_loader <<-END
		#include <stdio.h>

		/* Its status and its words. */
		int
		main(void)
		{
			FILE *file = fopen("$T/out/says", "r");
			int c, status = file == NULL ? 9 : getc(file) - '0';

			while (file != NULL && (c = getc(file)) != EOF)
				putchar(c);
			return status;
		}
	END
	long=$(printf 'x%.0s' {1..300})
	while IFS='|' read -r want says; do
		echo "$says" >"$T/out/says"
		if [[ $want == refused ]]; then
			refused_whole 126 '.*: it cannot be loaded' -p "$T/pid" \
				--no-net --ro="$T/out" "$T/app/main"
			continue
		fi
		# What becomes of the program, whose loader is none, is not asked.
		run_c "$DAEMONIZE" -v --no-net --ro="$T/out" "$T/app/main"
		assert_match "$err" 'confine the program' || fail "$says"
	done <<-END
		goes on|0
		goes on|1
		goes on|1	libx.so => /not found/error/libx.so (0x00007fa2b5017000)
		goes on|0main: /error/libx.so: no version information available (required by main)
		goes on|0main: /lib/libc.so.6: weak version \`V1' not found (required by main)
		refused|0	libx.so => not found
		refused|0main: /lib/libc.so.6: version \`V1' not found (required by main)
		refused|1main: error while loading shared libraries: libx.so: cannot open
		refused|1$long: error while loading shared libraries: libx.so: cannot open
		refused|1Error relocating main: f: symbol not found
	END
}

@test "a path that is missing, not to be reached or not to be trusted" {
	needlandlock
	local by=() option
	for option in --ro --rw; do
		refused_whole 66 "cannot allow access to: $T/none: No such file" \
			-p "$T/pid" -L "$T/log" "$option=$T/none" true
		refused_whole 66 ".*: $T/out/loose/x: Not a directory" \
			"$option=$T/out/loose/x" true
		ln -sfn loose "$T/out/link"
		echo loose >"$T/out/loose"
		start -L "$CAP/log" "$option=$T/out/link" cat "$T/out/loose"
		wait_for has_line "$CAP/log" loose
		refused_whole 66 ".*: $T/out/link/: Not a directory" \
			"$option=$T/out/link/" true
		ln -sfn link "$T/out/link"
		refused_whole 66 ".*: $T/out/link: (Too many levels|Symbolic link loop)" \
			"$option=$T/out/link" true
		ln -sfn "$T/www" "$T/out/link"
		start -L "$CAP/log" "$option=$T/out/link" cat "$T/www/index.html"
		wait_for has_line "$CAP/log" 'the page'
		refused_whole 64 ".*: $option: its value is (empty|missing)" "$option="
	done
}

@test "what leads to another place for each process is the program's own" {
	needlandlock
	local path
	# A process that is ours: root may be denied another's root.
	for path in self thread-self self/maps mounts net $$/root self/fd; do
		start -f --ro="/proc/$path" true
	done
	start -f --ro=/proc/self cat /proc/self/comm
	assert_out cat
	start -f --ro=/proc/self/comm cat /proc/self/comm
	assert_out cat
	run_d -f --ro=/proc/self/maps cat /proc/self/comm
	assert_match "$err" 'Permission denied'
}

@test "what the daemon's user cannot get to, or could have planted" {
	needroot
	needlandlock
	local by=()
	mkdir -m 700 "$T/private"
	mkdir "$T/private/in"
	refused_whole 66 "cannot allow access to: $T/private/in: Permission denied" \
		-u nobody -p "$T/pid" -L "$T/out/log" --ro="$T/private/in" true
	ln -s /etc "$T/out/link"
	chown -h nobody "$T/out/link"
	refused_whole 77 ".*another user's symbolic link" -u nobody \
		--ro="$T/out/link" true
	refused_whole 77 ".*another user's symbolic link" -u nobody \
		--ro="$T/out/link/ssl" true
	ln -sfn /etc/passwd "$T/out/link"
	chown -h nobody "$T/out/link"
	refused_whole 77 ".*another user's symbolic link" -u nobody \
		--ro="$T/out/link" true
}

@test "behind a link of the daemon's user is nothing that was not allowed" {
	needroot
	needlandlock
	local by=()
	printf '#!/bin/sh\necho hello\n' >"$T/app/secret"
	chmod 755 "$T/app/secret"
	printf '#!%s\n' "$T/out/A" >"$T/app/script"
	chmod 755 "$T/app/script"
	ln -s "$T/app/secret" "$T/out/A"
	runs_confined -u nobody "$T/app/script"
	chown -h nobody "$T/out/A"
	refused_whole 126 'cannot execute: .*: Permission denied' -u nobody \
		--ro="$T/www" "$T/app/script"
	refused_whole 126 'cannot execute: .*: Permission denied' -u nobody \
		--ro="$T/www" "$T/out/A"
	runs_confined -u nobody --ro="$T/app" "$T/app/script"
	# Who is not root has links of his own.
	chown -h root "$T/out/A"
	ln -sfn "$T/app/secret" "$T/out/own"
	chown -h nobody "$T/out/own"
	run_c setpriv --reuid=nobody --regid=nogroup --clear-groups \
		--inh-caps=+setgid,+setuid --ambient-caps=+setgid,+setuid \
		"$(own "$DAEMONIZE")" -g games --no-net --ro="$T/www" "$T/out/own"
	assert_status 0
	# What the system has is allowed anyway.
	ln -sfn /bin/sh "$T/out/A"
	chown -h nobody "$T/out/A"
	printf '#!%s\necho hello\n' "$T/out/A" >"$T/app/script"
	runs_confined -u nobody "$T/app/script"
}

@test "a directory that takes an interpreter's place meanwhile is not allowed" {
	needroot
	needlandlock
	needprogram strace
	local rules by daemon
	will_be_traced
	by=(strace -f -o "$CAP/strace" -e trace=landlock_add_rule)
	mkdir "$T/out/dir"
	cp /bin/sh "$T/out/sh"
	printf '#!%s\n' "$T/out/sh" >"$T/app/script"
	chmod 755 "$T/app/script"
	run_c "${by[@]}" "$DAEMONIZE" -u nobody --ro="$T/www" "$T/app/script"
	assert_status 0
	# The last are those of the script, the interpreter and its loader.
	rules=$(($(grep -c 'landlock_add_rule(' "$CAP/strace") - 2))
	run_bg "${by[@]}" -e "inject=landlock_add_rule:signal=SIGSTOP:when=$rules" \
		"$DAEMONIZE" -u nobody --ro="$T/www" "$T/app/script"
	wait_for has_line "$CAP/strace" 'stopped by SIGSTOP'
	daemon=$(sed -n 's/ .*stopped by SIGSTOP.*//p' "$CAP/strace")
	mv "$T/out/sh" "$T/out/file"
	mv "$T/out/dir" "$T/out/sh"
	kill -CONT "$daemon"
	wait_for gone "$bg"
	assert_match "$(cat "$CAP/bg.err")" 'cannot execute: .*: Permission denied$'
	assert_equal "$(grep -c 'landlock_add_rule(' "$CAP/strace")" "$rules" rules
}

@test "where children get another PID namespace, nothing is rehearsed" {
	needroot
	needlandlock
	needprogram unshare
	run_c unshare -p "$DAEMONIZE" -f --no-net true
	assert_refused 71 'cannot rehearse the execution of: true: new processes are in another PID namespace$'
}

@test "a port is a number from 1 to 65535" {
	local value option by=()
	for option in --bind-port --connect-port; do
		for value in 0 65536 -1 +1 080 http 1,2 ' 1' 1- 99999999999999999999; do
			refused_whole 64 ".*: $option: not a port's number" \
				"$option=$value" true
		done
	done
}

@test "with a new root and another user, paths are inside" {
	needroot
	needlandlock
	! grep -aq /ld- "$HELPERS/static" || skip "kernel: no static libc"
	local root=$T/root
	mkdir -p "$root/app" "$root/var" "$root/srv"
	chmod 777 "$root/var" "$root/srv"
	cp "$HELPERS/static" "$root/app/"
	start -r "$root" -u nobody --rw=/var -L "$T/log" /app/static hello /var/pid
	wait_for not_empty "$root/var/pid"
	pid=$(cat "$root/var/pid")
	track "$pid"
	assert_stat %U "/proc/$pid" nobody
	# The same place by a relative name, and one that is not allowed.
	rm "$root/var/pid"
	start -r "$root" -u nobody --rw=var -L "$T/log" /app/static hello /var/pid
	wait_for not_empty "$root/var/pid"
	track "$(cat "$root/var/pid")"
	start -r "$root" -u nobody --rw=/var -L "$T/other" /app/static again /srv/pid
	wait_for has_line "$T/other" again
	wait_for none_started_by "$root/srv"
	refute_exists "$root/srv/pid"
	refute_exists "$root/srv/pid.new"
	by=()
	refused_whole 66 "cannot allow access to: $T/www: No such" -r "$root" \
		--ro="$T/www" /app/static hello
}

@test "in a new root of the daemon's user, his links allow nothing" {
	needroot
	needlandlock
	local owner target
	script look <<-'END'
		cat /secret/file
		echo end
	END
	root_with_usr look
	mkdir "$T/jail/secret" "$T/jail/srv"
	echo the secret >"$T/jail/secret/file"
	chown nobody "$T/jail"
	for target in nobody:/secret nobody:/ nobody:lib32 lib32 look/x; do
		owner=${target%%:*}
		[[ $target == *:* ]] || owner=root
		ln -sfn "${target#*:}" "$T/jail/lib32"
		chown -h "$owner" "$T/jail/lib32"
		rm -f "$T/log"
		run_c "${in_jail[@]}" "$DAEMONIZE" -r "$T/jail" -u nobody \
			--ro=/srv -L "$T/log" /look
		assert_status 0 || fail "$target"
		wait_for has_line "$T/log" '^end$'
		assert_match "$(cat "$T/log")" '/secret/file: Permission denied' ||
			fail "$target"
	done
}

# none_started_by DIR: nobody with such an argument is left.
none_started_by() { ! grep -laF "$1" /proc/[0-9]*/cmdline; }

@test "what it starts is confined, too, and set-user-ID means nothing" {
	needlandlock
	start -L "$T/log" --ro="$T/www" --no-net sh -c \
		'sh -c "cat /etc/passwd; cat '"$T"'/www/index.html"; echo end'
	wait_for has_line "$T/log" '^end$'
	assert_match "$(cat "$T/log")" '/etc/passwd: Permission denied'
	assert_match "$(cat "$T/log")" 'the page'
	start -p "$T/pid" --no-net sleep 600
	assert_equal "$(grep -E '^(NoNewPrivs|Seccomp):' \
		"/proc/$(cat "$T/pid")/status" | xargs)" \
		'NoNewPrivs: 1 Seccomp: 2' status
	start --stop -p "$T/pid"
}

# faulty STATUS REGEX WISH: in both kinds of start.  In the daemon (2), or, as
# 5, in its rehearsal: the cleaner's two come before that.
faulty() {
	local user=() process=${3%%:*} call=${3#*:}
	((EUID != 0)) || user=(-u nobody)
	by=("$FAULT" -w "$3")
	refused_whole "$1" "$2" "${user[@]}" -p "$T/pid" -l "$T/lock" \
		-o "$T/out/new" --ro="$T/www" --no-net sleep 600
	((process >= 2)) || return 0
	# Whether there are filters, the same process has asked.
	[[ $process != 2 ]] || call=${call/#seccomp:1/seccomp:2}
	by=("$FAULT" -w "$((process - 2)):$call")
	refused_whole "$1" "$2" -f -p "$T/pid" -l "$T/lock" \
		-o "$T/new" --ro="$T/www" --no-net sleep 600
}

@test "a kernel that cannot do it starts nothing, and is named" {
	needlandlock
	faulty 71 'cannot use Landlock: this kernel does not have it \(ABI 4 is needed, found is 0\)$' \
		0:landlock_create_ruleset:1=ENOSYS
	faulty 71 'cannot use Landlock: this kernel has it, but not enabled' \
		0:landlock_create_ruleset:1=EOPNOTSUPP
	faulty 71 '.*too old \(ABI 4 is needed, found is 3\)$' \
		0:landlock_create_ruleset:1=3
	by=("$FAULT" -w 0:landlock_create_ruleset:1=2)
	refused_whole 71 '.*too old \(ABI 3 is needed, found is 2\)$' \
		--ro="$T/www" true
	run_c "${by[@]}" "$DAEMONIZE" -x true
	assert_match "$out" 'Landlock ABI 2: too old for --ro, '
	run_c "$FAULT" -w 0:landlock_create_ruleset:1=3 "$DAEMONIZE" -x true
	assert_match "$out" $'Landlock ABI 3: --ro, --rw\n'
	run_c "$FAULT" -w 0:landlock_create_ruleset:1=ENOSYS "$DAEMONIZE" \
		-x --json true
	assert_match "$out" '"landlock":\{"abi":0,"files":false,"network":false\}'
	# Landlock without the other half.
	local wish what='to deny the network takes seccomp filters, and this'
	for wish in 0:seccomp:1=ENOSYS 0:seccomp:1=EINVAL; do
		faulty 71 "cannot use Landlock: $what" "$wish"
		run_c "$FAULT" -w "$wish" "$DAEMONIZE" -x --no-net true
		assert_match "$out" $'Landlock ABI [0-9]+: --ro, --rw\n'
		run_c "$FAULT" -w "$wish" "$DAEMONIZE" -x --json true
		assert_match "$out" '"files":true,"network":false\}'
	done
	faulty 77 'cannot use Landlock: Permission denied' 0:seccomp:1=EACCES
	faulty 77 'cannot use Landlock: the kernel reported' 0:seccomp:1=0
	run_c "$HELPERS/without" seccomp "$DAEMONIZE" --ro=/ --rw=/ true
	assert_status 0
	# It has them, but the caller may not set one.
	by=("$HELPERS/without" seccomp=EPERM)
	for way in '' -f; do
		refused_whole 77 'cannot confine the program: Operation not permitted \(seccomp, for the rehearsal\)$' \
			$way -p "$T/pid" --ro="$T/www" true
	done
}

@test "whatever call of the confinement fails, nothing starts and nothing is left" {
	needlandlock
	local n
	# The daemon's, then those of the rehearsal, which come first.
	faulty 71 'cannot use Landlock: .*: Cannot allocate|cannot use Landlock: Cannot allocate' \
		2:landlock_add_rule:1=ENOMEM
	faulty 71 'cannot use Landlock' 2:landlock_add_rule:8=EINVAL
	faulty 71 'cannot confine the program: Argument list' \
		2:landlock_restrict_self:1=E2BIG
	faulty 71 'cannot confine the program: Cannot allocate' \
		2:seccomp:1=ENOMEM
	faulty 77 'cannot confine the program: Operation not' \
		5:landlock_restrict_self:1=EPERM
	faulty 71 'cannot confine the program: Invalid' 5:seccomp:1=EINVAL
	# That of the network, and one more in the rehearsal.
	faulty 71 'cannot confine the program: Cannot allocate' \
		5:seccomp:2=ENOMEM
	run_c "$FAULT" -w 5:seccomp:2=EINVAL -o "$CAP/calls" "$DAEMONIZE" \
		--ro="$T/www" --no-net true
	assert_status 0
	assert_match "$(cat "$CAP/calls")" 'seccomp 2 '
	run_c "$FAULT" -o "$CAP/calls" "$DAEMONIZE" --rw="$T/www" true
	n=$(grep -o '^2 [v]*fork \|^2 clone ' "$CAP/calls" | head -n 1 | cut -d ' ' -f 2)
	by=("$FAULT" -w "2:$n:1=EAGAIN")
	refused_whole 71 'cannot rehearse the execution of: .*: Resource' \
		-p "$T/pid" --rw="$T/www" true
	faulty 71 'cannot rehearse the execution of: .*: Too many' \
		5:dup2:1=EMFILE
	faulty 71 'cannot rehearse the execution of: .*: Too many' \
		5:dup2:2=EMFILE
	# What else it has open, where it has to look for that.
	by=("$FAULT" -w 3:close_range:1=ENOSYS -w 3:getdents64:1=EIO)
	refused_whole 71 'cannot rehearse the execution of: .*: I(nput|/O)' \
		-p "$T/pid" --rw="$T/www" true
	# A program that is a descriptor's, which comes after all that is allowed.
	by=(bash -c 'exec 7<"$0" && exec "$@"' "$HELPERS/static" "$FAULT")
	run_c "${by[@]}" -o "$CAP/calls" "$DAEMONIZE" --rw="$T/www" --keep-fd=7 \
		/dev/fd/7 text
	assert_status 0
	n=$(awk '/^2 openat / { n = $3 } /^2 landlock_add_rule / { last = n }
		END { print last }' "$CAP/calls")
	by+=(-w "2:openat:$n=EMFILE")
	refused_whole 126 'cannot execute: /dev/fd/7: Too many' --rw="$T/www" \
		--keep-fd=7 /dev/fd/7 text
	# The first directory of loaders, and one that nobody can get to.
	run_c "$FAULT" -o "$CAP/calls" "$DAEMONIZE" -L "$T/log" --rw="$T/www" true
	n=$(sed -n '/^2 landlock_add_rule 1 /q; s/^2 openat \([0-9]*\) .*/\1/p' \
		"$CAP/calls" | tail -n 1)
	run_c "$FAULT" -w "2:openat:$((n + 4))=EACCES" "$DAEMONIZE" -L "$T/log" \
		--rw="$T/www" true
	assert_status 0
	rm "$T/log"
	by=("$FAULT" -w "2:openat:$n=EMFILE")
	refused_whole 71 'cannot use Landlock: Too many' -L "$T/log" \
		--rw="$T/www" true
	by=("$FAULT" -w 2:landlock_create_ruleset:1=EMFILE)
	refused_whole 71 'cannot use Landlock: Too many' -p "$T/pid" \
		-L "$T/log" --rw="$T/www" true
}

@test "a kernel that says it is confined when it is not is found out" {
	needlandlock
	local lie='cannot confine the program: the kernel reported success, but nothing confirms it$'
	faulty 77 "$lie" 2:landlock_restrict_self:1=0
	faulty 77 "$lie" 5:landlock_restrict_self:1=0
	faulty 77 "$lie" 2:seccomp:1=0
	faulty 77 "$lie" 5:seccomp:1=0
	by=("$FAULT" -w 2:landlock_restrict_self:1=0)
	refused_whole 77 "$lie" --bind-port=65535 --connect-port=1 true
	refused_whole 77 "$lie" --ro=/ true
	refused_whole 77 "$lie" --rw="$T/www" true
}

@test "a kernel that says something is allowed when it is not is found out" {
	needlandlock
	local n found=0 total options by=()
	mkdir -m 777 "$T/out/dir"
	options=(-L "$T/log" --ro="$T/www/index.html" --rw="$T/out/dir"
		--bind-port=80 --bind-port=65535 --connect-port=1)
	((EUID != 0)) || options+=(-u nobody)
	run_c "$FAULT" -o "$CAP/calls" "$DAEMONIZE" "${options[@]}" true
	assert_status 0
	total=$(grep -c '^2 landlock_add_rule ' "$CAP/calls")
	# One of them after the other; the others are what each program needs.
	for ((n = 1; n <= total; n++)); do
		rm -f "$T/log"
		run_c "$FAULT" -w "2:landlock_add_rule:$n=0" "$DAEMONIZE" \
			"${options[@]}" true
		[[ $err != *'cannot confine the program: the kernel reported'* ]] ||
			found=$((found + 1))
	done
	assert_equal "$found" 5 "rules that are missed"
	by=("$FAULT" -w "2:landlock_add_rule:$((total - 3))=0")
	refused_whole 77 'cannot confine the program: the kernel reported .*' \
		-p "$T/pid" "${options[@]}" true
}

@test "trying what is allowed opens no FIFO and no device, and sends nothing" {
	needlandlock
	needprogram strace
	mkfifo "$T/out/fifo"
	mkdir -m 300 "$T/out/unread"
	run_c strace -f -y -o "$CAP/trace" -e trace='?open,openat,bind,connect' \
		"$DAEMONIZE" --rw="$T/out/unread" --rw="$T/out/fifo" \
		--rw=/dev/zero --ro="$T/www" --bind-port=80 --connect-port=1 true
	assert_status 0
	grep -q "$T/www>, \"[.]\", O_RDONLY|O_NO" "$CAP/trace"
	# Nor what takes a name meanwhile: that is only walked along.
	refute grep -F "\"$T" <(grep -v O_PATH "$CAP/trace")
	refute grep -E '(fifo|zero)", ' <(grep -v O_PATH "$CAP/trace")
	assert_equal "$(sed -n 's/.*\(bind\|connect\)(.*htons(\([0-9]*\)), .*("\(.*\)").* = -1 \(E[A-Z]*\).*/\1 \2 \3 \4/p' \
		"$CAP/trace" | sort -u)" "bind 65535 192.0.2.1 EACCES
bind 65535 192.0.2.1 EADDRNOTAVAIL
bind 80 192.0.2.1 EADDRNOTAVAIL
connect 1 255.255.255.255 ENETUNREACH" calls
}

@test "an execution that fails once confined leaves nothing" {
	needlandlock
	faulty 126 'cannot execute: sleep: Exec format|cannot execute: sleep: neither' \
		2:execve:1=ENOEXEC
	faulty 126 'cannot execute: sleep: Text file' 2:execve:1=ETXTBSY
	faulty 126 'cannot execute: sleep: Permission' 2:execve:1=EACCES
	# The loader, in the rehearsal.
	faulty 126 'cannot execute: sleep: (Cannot allocate|Out of) memory \(/.*ld' \
		5:execve:1=ENOMEM
	# Two cleaners: what the first made, the second could not remove.
	((EUID == 0)) || return 0
	by=("$FAULT" -w 0:execve:1=ENOEXEC)
	refused_whole 126 'cannot execute: sleep: ' -f -u nobody -p "$T/pid" \
		-l "$T/lock" -o "$T/new" --ro="$T/www" sleep 600
}

# hold CALL ARGUMENT...: the process that makes the call, $main, is stopped there,
# and $cleaners are there.
hold() {
	local pid
	cleaners=()
	rm -f "$CAP/strace" "$T"/[12]
	run_bg strace -f -o "$CAP/strace" -e trace="$1" \
		-e inject="$1":signal=SIGSTOP "$DAEMONIZE" "${@:2}"
	wait_for has_line "$CAP/strace" 'stopped by SIGSTOP'
	main=$(sed -n 's/ .*stopped by SIGSTOP.*//p' "$CAP/strace")
	for pid in $(our_processes); do
		# Nor a front, which has its standard input.
		[[ $pid == "$main" || -e /proc/$pid/fd/0 ||
			! /proc/$pid/exe -ef /proc/$main/exe ]] ||
			cleaners+=("$pid")
	done
}

# cleaner_holds CALL ARGUMENT...: nothing is open in a cleaner, while the process that
# it is of is held at the call, but its own two pipes and what nobody waits for.
cleaner_holds() {
	local pid main cleaners held=''
	hold "$@"
	((${#cleaners[@]} > 0)) ||
		fail "no cleaner beside $main: $(our_processes | xargs)" || return 1
	for pid in "${cleaners[@]}"; do
		held+=$(find "/proc/$pid/fd" -type l -printf '%l ')
	done
	kill_tree
	for pid in "$T" "$T/own" "$T/pid.lock" "$CAP/bg.err" /dev/null anon_inode:[signalfd]; do
		held=${held//"$pid "/}
	done
	assert_match "$held" '^pipe:[^ ]* pipe:[^ ]* $'
}

@test "nobody waits for a cleaner: it keeps no output, no port and no lock" {
	needroot
	needlandlock
	needprogram strace
	local options
	will_be_traced
	options=(-u nobody -p "$T/pid" -o "$T/1" -e "$T/2" --ro=/)
	cleaner_holds setgroups -f "${options[@]}" -l "$T/lock" -i "$T/www/index.html" \
		--listen="127.0.0.1:$(free_port)" --listen="127.0.0.1:$(free_port)" \
		sleep 600
	cleaner_holds setgroups -f "${options[@]}" sleep 600
	# With the least descriptor that there can be.
	cleaner_holds setgroups -f -u nobody -o "$T/1" sleep 600
	mkdir "$T/own"
	cleaner_holds setgroups -f -u nobody -o "$T/own/1" sleep 600
	cleaner_holds landlock_restrict_self "${options[@]}" sleep 600
}

@test "a cleaner is no child of the daemon's, and does not outlive the start" {
	needlandlock
	needprogram strace
	local options main cleaners
	will_be_traced
	options=(-o "$T/1" --no-net)
	# One that does not get to its end by itself.
	hold chdir "${options[@]}" -w alive:600 true
	assert_equal "${#cleaners[@]}" 1 cleaners
	kill -STOP "${cleaners[0]}"
	kill -CONT "$main"
	wait_gone "$bg"
	assert_match "$(cat "$CAP/bg.err")" \
		'^daemonize: cannot get ready: true: it ended before .*status 0\)$'
	assert_no_process
	hold chdir "${options[@]}" true
	kill -STOP "${cleaners[0]}"
	kill -CONT "$main"
	wait_gone "$bg"
	assert_no_process
}

@test "without these options, none of it is called" {
	local calls='landlock_|seccomp'
	run_c "$FAULT" -o "$T/calls" "$DAEMONIZE" true
	assert_status 0
	refute grep -E "$calls" "$T/calls"
	# no process but the front, the middle and the daemon
	assert_equal "$(cut -d ' ' -f 1 "$T/calls" | sort -u | xargs)" '0 1 2' \
		processes
	needlandlock
	run_c "$FAULT" -o "$T/calls" "$DAEMONIZE" --no-net true
	assert_status 0
	assert_equal "$(grep -cE "^[23] (landlock_restrict_self|seccomp) 1 0" \
		"$T/calls")" 4 calls
}

@test "the plan says what is allowed, what is denied and what the kernel can do" {
	needlandlock
	start -x --ro=/srv --rw=/var/tmp --bind-port=80 --connect-port=53 true
	assert_match "$out" 'daemon  allow access to: /srv \(read, execute\), /var/tmp \(read, write\), TCP port 80 \(bind\), TCP port 53 \(connect\)'
	assert_match "$out" 'daemon  rehearse the execution of: '
	assert_match "$out" 'daemon  confine the program: files, network'
	assert_match "$out" "Landlock ABI $(landlock_abi): --ro, --rw, --no-net, --bind-port, --connect-port"
	start -x --no-net true
	assert_match "$out" 'daemon  confine the program: network'
	start -x true
	refute grep -q 'confine the program' <<<"$out"
	start -v -f -u "$(id -u):$(id -g)" -p "$T/pid" --ro=/usr true
	assert_match "$err" 'daemonize: use Landlock'
	assert_match "$err" 'daemonize: leave a cleaner behind as the new user'
	assert_match "$err" 'daemonize: confine the program: files'
}

@test "in a new root, the plan names paths as they are there" {
	needroot
	needlandlock
	start -x -r "$T" --ro=/srv --ro=etc -c var true
	assert_match "$out" 'allow access to: /srv \(read, execute\), /etc \(read, execute\)'
	assert_match "$out" 'change directory to: /var'
}
