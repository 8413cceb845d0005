#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# What is in contrib/, each used by the program that it was written for: service
# and update-rc.d, OpenRC's openrc-run, cron, logrotate, ssh and sshd, nginx.
#
# They are the machine's; their directories below /etc, /run and /var/spool are
# copies in a mount namespace, so that no other job or service is touched.

# shellcheck disable=SC2154 # common.bash sets out, err and bg
# shellcheck disable=SC2016 # what is in single quotes, another shell expands

load lib/common

setup() {
	setup_dir
	# shellcheck disable=SC2034 # exported by common.bash
	PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
	contrib=$SRCDIR/contrib
	name=dz-test-$$
	mkdir "$T/cmd" "$T/run" "$T/log" "$T/bin" "$T/www" "$T/own"
	ln -s "$DAEMONIZE" "$T/cmd/daemonize"
	pidfile=$T/run/$name.pid
}

# Copies of /etc, and empty ones of the others.
copy_etc() {
	needroot
	needprogram unshare
	cp -a /etc "$T/etc"
	mkdir "$T/spool"
}

# private WORD COMMAND...: with $T/etc for /etc and without a running systemd;
# WORD is `run` for an empty /run, too, else `-`.
private() {
	local keep=$1
	shift
	set -- unshare -m --propagation private sh -ec '
		mount --bind "$1/etc" /etc
		[ ! -d /var/spool/cron ] || mount --bind "$1/spool" /var/spool/cron
		if [ "$2" = run ]; then
			mount -t tmpfs -o mode=755 tmpfs /run
			mkdir -p /run/sshd
		elif [ -d /run/systemd ]; then
			mount -t tmpfs tmpfs /run/systemd
		fi
		shift 2
		exec "$@"' sh "$T" "$keep" "$@"
	"${how:-run_c}" "$@"
}

# nginx in the test's directories.  The page is what its configuration says.
prepare_nginx() {
	local dir
	needprogram nginx
	port=$(free_port)
	chown www-data "$T/own"
	{
		echo "pid $T/own/nginx.pid; events {} http {"
		for dir in client_body proxy fastcgi uwsgi scgi; do
			echo "${dir}_temp_path $T/own/$dir;"
		done
		echo "access_log off; server { listen 127.0.0.1:$port;"
		echo "location / { return 200 'page one'; } } }"
	} >"$T/nginx.conf"
	nginx=("$(own "$(type -P nginx)")" -e stderr -c "$T/nginx.conf"
		-g 'daemon off;')
}

new_page() { sed -i "s/'page .*'/'page $1'/" "$T/nginx.conf"; }

# install_service [LINE...]: the script, and its /etc/default with these lines.
install_service() {
	copy_etc
	sed "s/@NAME@/$name/g" "$contrib/init.d/daemonize.template" \
		>"$T/etc/init.d/$name"
	chmod 755 "$T/etc/init.d/$name"
	printf '%s\n' "PATH=$T/cmd:\$PATH" "PIDFILE=$pidfile" "$@" \
		>"$T/etc/default/$name"
}

install_nginx() {
	needroot
	prepare_nginx
	install_service "$(printf ' %q' set -- -u www-data -L "$T/log/a log" \
		"${nginx[@]}")"
}

install_sleep() {
	install_service "set -- $(own "$(type -P sleep)") 600" "$@"
}

service() { private - service "$name" "$@"; }

as_nobody() {
	ln -sf "$(own "$DAEMONIZE")" "$T/cmd/daemonize"
	private - setpriv --reuid nobody --clear-groups "/etc/init.d/$name" "$@"
}

# answers ACTION STATUS [WHAT]: service gives this status.
answers() {
	service "$1"
	((status == $2)) || fail "$1${3+ $3}: status $status, not $2: $err"
}

# assert_apart PID LOG: its log is all that it has open, and it has neither its
# caller's terminal nor its session.
assert_apart() {
	local session tty
	read -r _ _ _ session tty _ < <(sed 's/.*) //' "/proc/$1/stat")
	assert_equal "$tty" 0 terminal
	refute_alive "$session"
	assert_equal "$(cd "/proc/$1/fd" && readlink -- *)" \
		"/dev/null"$'\n'"$2"$'\n'"$2" "what process $1 has open"
}

# workers: the pids of nginx's workers.
workers() { pgrep -P "$(cat "$pidfile")"; }
other_workers() { [[ -n $(workers) && $(workers) != "$1" ]]; }

@test "service: nginx is started once, reloaded, restarted and stopped" {
	needprogram service pgrep
	install_nginx
	answers status 3
	assert_out "$pidfile: not running"
	answers start 0
	assert_silent
	wait_for page "page one"
	pid=$(cat "$pidfile")
	assert_stat %U "/proc/$pid" www-data
	answers status 0
	assert_match "$out" "running \(process $pid, user www-data"
	answers start 0 "when it runs"
	assert_content "$pidfile" "$pid"

	old=$(workers)
	new_page two
	for reload in "service $name reload" "service $name force-reload" \
		"$DAEMONIZE --reload -p $pidfile"; do
		# shellcheck disable=SC2086 # words
		private - $reload
		assert_status 0
		assert_silent
		wait_for other_workers "$old"
		assert_content "$pidfile" "$pid"
		old=$(workers)
	done
	wait_for page "page two"

	for action in restart try-restart; do
		pid=$(cat "$pidfile")
		answers "$action" 0
		refute_alive "$pid"
		refute [ "$(cat "$pidfile")" = "$pid" ]
		wait_for page "page two"
	done

	answers stop 0
	assert_no_process
	refute_exists "$pidfile"
	answers stop 0 "when it is stopped"
	assert_match "$err" "not running: $pidfile"
}

@test "service: redis as README.md sets it up, which keeps its data at a stop" {
	needprogram service redis-server redis-cli
	local lines
	port=$(free_port)
	lines=$(sed -n '/^set -- -u redis/,/^RELOAD=/p' "$contrib/README.md")
	lines=${lines//\/var\/lib\/redis/$T/own}
	lines=${lines//\/var\/log/$T/log}
	lines=${lines//\/run\/redis.pid/$pidfile}
	install_service "${lines//6379/$port}"
	chown redis "$T/own"
	answers start 0
	wait_for redis-cli -p "$port" SET greeting hello
	answers stop 0
	assert_silent
	assert_no_process
	assert_exists "$T/own/dump.rdb"
}

@test "service: with nothing running, the LSB's statuses" {
	install_sleep
	while read -r action wanted; do
		answers "$action" "$wanted"
		assert_no_process
	done <<-END
		status       3
		stop         0
		reload       7
		force-reload 7
		try-restart  0
		nonsense     2
	END
	answers restart 0
	assert_apart "$(cat "$pidfile")" /dev/null
}

@test "service: a daemon that has died leaves status 1, and starts again" {
	install_sleep
	answers start 0
	pid=$(cat "$pidfile")
	kill -KILL "$pid"
	wait_gone "$pid"
	answers status 1
	assert_match "$out" dead
	answers reload 7
	answers try-restart 0
	assert_no_process
	answers start 0
	answers status 0
}

@test "service: an unsafe pidfile is no lack of rights of root's" {
	needprogram setpriv
	install_sleep
	answers start 0
	chmod 666 "$pidfile" "$pidfile.id"
	answers status 4
	for action in start stop restart try-restart reload; do
		answers "$action" 1
		assert_match "$err" "$pidfile: unsafe: other users can write to it"
		as_nobody "$action"
		((status == 4)) || fail "$action: $status, not 4: $err"
	done
	assert_alive "$(cat "$pidfile")"
}

@test "service: no signal for a reload is 3, and a forced one restarts what runs" {
	install_sleep RELOAD=
	answers force-reload 0
	assert_no_process
	answers start 0
	pid=$(cat "$pidfile")
	answers reload 3
	assert_match "$err" 'reload is not implemented: RELOAD is empty$'
	assert_alive "$pid"
	answers force-reload 0
	refute_alive "$pid"
	assert_alive "$(cat "$pidfile")"
}

@test "service: a failed start has the LSB's status and daemonize's message" {
	install_service
	echo 'no program' >"$T/text"
	cp "$T/etc/default/$name" "$T/default"
	chmod 755 "$T/text"
	while IFS='|' read -r wanted message words; do
		printf '%s\nset -- %s\n' "$(cat "$T/default")" "$words" \
			>"$T/etc/default/$name"
		for action in start restart; do
			answers "$action" "$wanted" "of $words"
			assert_message "$message"
			refute_exists "$pidfile"
		done
	done <<-END
		5|cannot find program: /no/program|/no/program
		5|cannot execute: $T/text|$T/text
		6|cannot find user: 0x1|-u 0x1 sleep 600
		6|cannot .*: /no/dir|-c /no/dir sleep 600
		2|cannot understand the command line|--nonsense sleep 600
		1|cannot open output: $T/no/log|-o $T/no/log sleep 600
	END
	# nothing set: its name is what it runs
	sed -i '/^set/d' "$T/etc/default/$name"
	answers start 5 "of nothing"
	assert_message "cannot find program: $name: "
	# daemonize itself
	echo 'PATH=/nowhere' >"$T/etc/default/$name"
	answers start 5 "without daemonize"
	assert_match "$err" "daemonize is not installed"
}

@test "the init script's PATH is the program's, also where the caller has none" {
	install_service "PATH=$T/bin:\$PATH" 'set -- hello 600'
	cp "$(type -P sleep)" "$T/bin/hello"
	private - env -u PATH "/etc/init.d/$name" start
	assert_status 0
	track "$(cat "$pidfile")"
	assert_match "$(tr '\0' '\n' <"/proc/$(cat "$pidfile")/environ")" \
		"PATH=$T/bin:$T/cmd:/usr/local/sbin:"
}

@test "service: what cannot even be asked is the status unknown" {
	install_sleep
	private - "/etc/init.d/$name" status extra
	assert_status 4
	assert_match "$err" '^usage: '
	echo 'PATH=/nowhere' >"$T/etc/default/$name"
	answers status 4 "without daemonize"
	assert_match "$err" "daemonize is not installed"
}

@test "service: settings that are wrong or set -e give no other answer" {
	install_sleep
	answers start 0
	cp "$T/etc/default/$name" "$T/default"
	while read -r line; do
		printf '%s\n' "$line" | cat "$T/default" - >"$T/etc/default/$name"
		answers status 4 "of $line"
		assert_match "$err" "/etc/default/$name"
		answers stop 6 "of $line"
		assert_alive "$(cat "$pidfile")"
	done <<-'END'
		set -- "sleep
		if
		set -e; false
		set -u; echo "$none"
		: ${none:?}
		exit 3
	END
	echo 'exit 0' | cat "$T/default" - >"$T/etc/default/$name"
	answers status 4 "of exit 0"
	answers start 0 "of exit 0"
	rm "$T/etc/default/$name"
	mkdir "$T/etc/default/$name"
	answers status 4 "of a directory"
	rmdir "$T/etc/default/$name"
	printf '%s\n' 'set -e' "set -- /no/program" |
		cat "$T/default" - >"$T/etc/default/$name"
	answers restart 5 "after set -e"
	answers stop 0
	answers try-restart 0 "after set -e"
	answers start 5 "after set -e"
}

@test "service: who may not read the settings gets no answer without them" {
	needprogram setpriv
	install_sleep
	answers start 0
	chmod 600 "$T/etc/default/$name"
	for action in status start stop; do
		as_nobody "$action"
		((status == 4)) || fail "$action: $status, not 4: $err"
		assert_match "$err" ": cannot read /etc/default/$name\$"
	done
	answers status 0
}

@test "service: another user may ask, but start and stop nothing" {
	needprogram setpriv
	install_sleep
	answers start 0
	pid=$(cat "$pidfile")
	while read -r action wanted; do
		as_nobody "$action"
		((status == wanted)) || fail "$action: $status, not $wanted: $err"
		assert_alive "$pid"
		assert_content "$pidfile" "$pid"
	done <<-END
		status  0
		stop    4
		reload  4
		restart 4
	END
	answers stop 0
	as_nobody start
	assert_status 4
	assert_no_process
}

@test "service: what a terminal has started outlives it" {
	install_sleep
	how=on_terminal
	service start
	unset -v how
	assert_status 0
	answers status 0
	assert_apart "$(cat "$pidfile")" /dev/null
}

on_terminal() { run_c "$HELPERS/pty" "$@"; }

@test "the init script has one action, and says which there are" {
	install_sleep
	for words in "" "start now"; do
		# shellcheck disable=SC2086 # words
		private - "/etc/init.d/$name" $words
		assert_status 2
		assert_match "$err" '^usage: .*start.stop.restart'
		assert_no_process
	done
}

@test "update-rc.d: the boot starts it, the halt stops it, a removal is whole" {
	needprogram update-rc.d
	install_sleep
	find "$T"/etc/rc?.d "$T/etc/systemd" -name "*$name*" >"$CAP/before"
	[[ ! -s $CAP/before ]]
	for key in Provides Required-Start Required-Stop Default-Start \
		Default-Stop Short-Description Description; do
		sed -n '/^### BEGIN INIT INFO$/,/^### END INIT INFO$/p' \
			"$T/etc/init.d/$name" | grep -Eq "^# $key: +[^ ]" ||
			fail "the header has no $key"
	done
	grep -Eq "^# Provides: +$name\$" "$T/etc/init.d/$name"
	private - update-rc.d "$name" defaults
	assert_status 0
	assert_silent
	for level in 2 3 4 5; do
		assert_exists "$T/etc/rc$level.d/"S[0-9][0-9]"$name"
	done
	for level in 0 1 6; do
		assert_exists "$T/etc/rc$level.d/"K[0-9][0-9]"$name"
	done
	# as a boot and a halt do it
	private - sh -c "/etc/rc2.d/S[0-9][0-9]$name start"
	assert_status 0
	assert_silent
	pid=$(cat "$pidfile")
	assert_alive "$pid"
	private - sh -c "/etc/rc0.d/K[0-9][0-9]$name stop"
	assert_status 0
	assert_silent
	assert_no_process
	rm "$T/etc/init.d/$name"
	private - update-rc.d "$name" remove
	assert_status 0
	[[ -z $(find "$T"/etc/rc?.d -name "*$name*") ]] || fail "links are left"
}

# The crontab with the test's paths, at once instead of at its times.
install_crontab() {
	copy_etc
	rm -rf "$T/etc/crontab" "$T"/etc/cron.d/* "$T/etc/cron.d/".[!.]*
	sed -E "s#(^|[ ])/(run|var/log)/#\1$T/\2/#g; s#/var/log/#/log/#g
		s#^[*0-9/]+ [*] [*] [*] [*]#@reboot#
		s#^PATH=#PATH=$T/cmd:$T/bin:#" "$contrib/cron/daemonize" \
		>"$T/etc/cron.d/$name"
	assert_equal "$(grep -c '^@reboot root daemonize' \
		"$T/etc/cron.d/$name")" 2 "jobs"
	# again, at the same time; and a job that cron's child has to wait for
	grep '^@reboot' "$T/etc/cron.d/$name" >"$CAP/again"
	{
		cat "$CAP/again"
		echo "@reboot root echo \$\$ >$T/held; exec $T/bin/sleep 601"
	} >>"$T/etc/cron.d/$name"
	chmod 644 "$T/etc/cron.d/$name"
}

children_of_cron() { pgrep -P "$cron"; }
has_children() { [[ $(children_of_cron | wc -l) == "$1" ]]; }

@test "cron: the jobs' daemons run once, and live on without cron's child" {
	needprogram cron pgrep
	install_crontab
	own "$(type -P sleep)"
	for job in hello report; do
		printf '#!/bin/sh\necho "%s $#"\nexec %s/bin/sleep 600\n' \
			"$job" "$T" >"$T/bin/$job"
		chmod 755 "$T/bin/$job"
	done
	how=run_bg
	private run cron -f
	unset -v how
	cron=$bg
	wait_for not_empty "$T/held"
	wait_for has_line "$T/log/hello.log" '^hello 0$'
	wait_for has_line "$T/log/report.log" '^report 1$'
	# of five jobs only the one that is no daemon has a child of cron's left
	wait_for has_children 1
	alive "$cron" || fail "cron is gone"
	pid=$(cat "$T/run/hello.pid")
	assert_alive "$pid"
	assert_stat %U "/proc/$pid" nobody
	assert_equal "$(pgrep -fxc "$T/bin/sleep 600")" 2 "daemons"
	assert_apart "$pid" "$T/log/hello.log"
	kill "$(cat "$T/held")"
	wait_for has_children 0
	# one line each: nobody has started a second one
	assert_equal "$(cat "$T/log/hello.log" "$T/log/report.log")" \
		$'hello 0\nreport 1' "logs"
	# and the daemons are not cron's to end
	kill "$cron"
	wait_gone "$cron"
	assert_alive "$pid"
	assert_equal "$(pgrep -fxc "$T/bin/sleep 600")" 2 "daemons without cron"
}

@test "logrotate: the log is emptied below the daemon and written at its end" {
	needroot
	needprogram logrotate
	log=$T/log/hello.log
	sed "s#/var/log/#$T/log/#" "$contrib/logrotate/daemonize" >"$T/rotate"
	mkfifo "$T/in"
	exec {in}<>"$T/in"
	start -u nobody -L "$log" -i "$T/in" \
		sh -c 'while read -r line; do echo "$line"; done'
	for round in 1 2 3; do
		echo "line $round" >&"$in"
		wait_for has_line "$log" "^line $round\$"
		# nothing but this round's, and no hole before it
		assert_content "$log" "line $round"
		assert_stat %s "$log" 7
		run_c logrotate -s "$T/state" -f "$T/rotate"
		assert_status 0
		assert_silent
		assert_stat %s:%U:%a "$log" 0:nobody:640
		assert_equal "$(zcat "$log.1.gz")" "line $round" "round $round"
	done
	exec {in}>&-
	assert_equal "$(zcat "$log.3.gz")" "line 1" "the oldest"
}

# A real sshd on loopback that lets root in by a key, and `ssh there`.
start_sshd() {
	needprogram ssh ssh-keygen sshd
	copy_etc
	port=$(free_port)
	ssh-keygen -q -t ed25519 -N '' -f "$T/host_key"
	ssh-keygen -q -t ed25519 -N '' -f "$T/key"
	cat >"$T/sshd_config" <<-END
		ListenAddress 127.0.0.1
		Port $port
		HostKey $T/host_key
		AuthorizedKeysFile $T/key.pub
		PermitRootLogin yes
		StrictModes no
		UsePAM no
		PidFile none
		SetEnv PATH=$T/cmd:/usr/bin:/bin
	END
	cat >"$T/ssh_config" <<-END
		Host there
		HostName 127.0.0.1
		Port $port
		User root
		IdentityFile $T/key
		IdentitiesOnly yes
		BatchMode yes
		LogLevel ERROR
		StrictHostKeyChecking no
		UserKnownHostsFile $T/known
		GlobalKnownHostsFile /dev/null
	END
	# so that a login works whatever root's password is
	sed -i 's/^root:[^:]*:/root:*:/' "$T/etc/shadow"
	printf '#!/bin/sh\nexec %s -F %s "$@"\n' "$(type -P ssh)" \
		"$T/ssh_config" >"$T/cmd/ssh"
	chmod 755 "$T/cmd/ssh"
	PATH=$T/cmd:$PATH
	how=run_bg
	private run "$(type -P sshd)" -D -e -f "$T/sshd_config"
	unset -v how
	wait_for ssh there true
}

@test "ssh: words are the same over there, whatever shell it is" {
	# shellcheck disable=SC1003 # that is what it is about
	local words=('a\b' 'c\\d' "\\'e" 'f\' "it's" '\n$HOME' $'two\n lines' '')
	needprogram fish zsh
	mkdir "$T/fake"
	printf '#!/bin/sh\nexec "$THERE" -c "$4"\n' >"$T/fake/ssh"
	printf '#!/bin/sh\nprintf "<%%s>" "$@"\n' >"$T/fake/daemonize"
	chmod 755 "$T"/fake/*
	for THERE in sh bash zsh fish; do
		run_c env HOME="$T" PATH="$T/fake:$PATH" THERE="$THERE" \
			"$contrib/ssh/start-there" there "${words[@]}"
		assert_status 0 || return 1
		assert_equal "$out" "$(printf '<%s>' "${words[@]}")" "$THERE"
	done
}

@test "ssh: comes back at once with the status, and the daemon lives on" {
	start_sshd
	sleep=$(own "$(type -P sleep)")
	# what it is for: this one is held by what it has started
	run_bg ssh -n there "$sleep 601 & echo \$! >$T/held"
	held=$bg
	wait_for not_empty "$T/held"

	run_c "$contrib/ssh/start-there" there -p "$pidfile" -u nobody \
		-L "$T/log/hello.log" -- sh -c 'printf "<%s>" "$@"; exec '"$sleep"' 600' \
		sh "it's" 'two  words' '$HOME *' '' $'a\nline\n'
	assert_status 0
	assert_silent
	alive "$held" || fail "ssh did not wait for the other one"
	pid=$(cat "$pidfile")
	assert_alive "$pid"
	assert_stat %U "/proc/$pid" nobody
	wait_for has_line "$T/log/hello.log" '>$'
	assert_apart "$pid" "$T/log/hello.log"
	assert_content "$T/log/hello.log" \
		$'<it\'s><two  words><$HOME *><><a\nline\n>'

	run_c "$contrib/ssh/start-there" there -p "$pidfile" "$sleep" 600
	assert_refused 75 "cannot start: $pidfile: already running \(process $pid\)"
	run_c "$contrib/ssh/start-there" there
	assert_status 64
	run_c ssh -n there daemonize --status -p "$pidfile"
	assert_status 0

	# a terminal over there makes no difference
	run_c "$HELPERS/pty" "$T/cmd/ssh" -tt there \
		"daemonize -p $T/run/tty.pid $sleep 600"
	assert_status 0
	assert_apart "$(cat "$T/run/tty.pid")" /dev/null
	run_c ssh -n there daemonize --stop -p "$pidfile"
	assert_status 0
	refute_alive "$pid"
	kill "$(cat "$T/held")"
	wait_gone "$held"
}

# In a pid namespace, as a container's runtime would.
contained() {
	"$1" unshare -fp --mount-proc --kill-child env PATH="$T/cmd:$PATH" \
		RUN_USER=www-data RUN_DIR="$T/data" \
		"$contrib/container/entrypoint" "${@:2}"
}

has_child() { pgrep -P "$1" >/dev/null; }

@test "container: the program is process 1, its own user, and ends by TERM" {
	needroot
	needprogram unshare pgrep
	prepare_nginx
	contained run_bg "${nginx[@]}"
	wait_for page "page one"
	pid=$(pgrep -P "$bg")
	assert_match "$(grep NSpid "/proc/$pid/status")" $'\t1$'
	assert_stat %U "/proc/$pid" www-data
	assert_stat %U "$T/data" www-data
	assert_equal "$(readlink "/proc/$pid/cwd")" "$T/data" directory
	# the signals are its own
	new_page two
	kill -HUP "$pid"
	wait_for page "page two"
	kill -TERM "$pid"
	status=0
	wait "$bg" || status=$?
	assert_status 0
	assert_no_process
	contained run_c /no/program
	assert_refused 127 'cannot find program: /no/program'
	contained run_c sh -c 'echo "$$ $(id -un)"; exit 3'
	assert_status 3
	assert_out '1 www-data'
}

# in_image COMMAND...: in the unpacked image, with what an engine would mount.
in_image() {
	run_c unshare -m --propagation private sh -ec '
		mount --rbind /proc "$0/proc"
		mount --bind /dev "$0/dev"
		exec chroot "$0" "$@"' "$T/root" "$@"
}

# starts_in_image USER: and its output is that user's.
starts_in_image() {
	in_image /daemonize -u "$1" -p /pid -o /out /static hello
	assert_status 0
	assert_silent
	pid=$(cat "$T/root/pid")
	track "$pid"
	wait_for has_line "$T/root/out" '^hello$'
	assert_stat %u:%g "/proc/$pid" 65534:65534
	in_image /daemonize --stop -p /pid
	assert_status 0
	refute_alive "$pid"
	rm "$T/root/out"
}

@test "container: the image is the static program alone, and all it needs" {
	needroot
	needprogram unshare
	RUN_SECONDS=300 run_c sh "$contrib/container/build" "$T/image"
	assert_status 0
	assert_equal "$(tar -tf "$T/image/rootfs.tar")" daemonize "files"
	mkdir "$T/root" "$T/root/proc" "$T/root/dev" "$T/root/etc"
	tar -xf "$T/image/rootfs.tar" -C "$T/root"
	in_image /daemonize --version
	assert_status 0
	assert_out "daemonize $VERSION"
	cp "$HELPERS/static" "$T/root/"
	starts_in_image 65534:65534
	# names are in two files, and no library is asked for them
	in_image /daemonize -u nobody /static hello
	assert_refused 67 "cannot find user: nobody: "
	echo "nobody:x:65534:65534::/:/" >"$T/root/etc/passwd"
	echo "nogroup:x:65534:" >"$T/root/etc/group"
	starts_in_image nobody:nogroup
}

@test "container: what an engine loads is whole, and the same each time" {
	local blobs=$T/oci/blobs/sha256 name
	needprogram python3 readelf
	cp "$HELPERS/static" "$T/program"
	for name in one two; do
		run_c sh "$contrib/container/build" -p "$T/program" "$T/$name"
		assert_status 0
	done
	cmp "$T/one/daemonize.tar" "$T/two/daemonize.tar"
	mkdir "$T/oci"
	tar -xf "$T/one/daemonize.tar" -C "$T/oci"
	for name in "$blobs"/*; do
		assert_equal "$(sha256sum <"$name")" "${name##*/}  -" "a blob"
	done
	cmp "$blobs/$(sha256sum <"$T/one/rootfs.tar" | cut -d ' ' -f 1)" \
		"$T/one/rootfs.tar"
	python3 - "$T/oci" <<-'END'
		import json, os, sys
		def blob(d):
		    path = "blobs/" + d["digest"].replace(":", "/")
		    assert os.path.getsize(path) == d["size"], d
		    return path
		os.chdir(sys.argv[1])
		index = json.load(open("index.json"))
		manifest = json.load(open(blob(index["manifests"][0])))
		config = json.load(open(blob(manifest["config"])))
		layer = blob(manifest["layers"][0])
		assert config["rootfs"]["diff_ids"] == [
		    manifest["layers"][0]["digest"]]
		old = json.load(open("manifest.json"))[0]
		assert old["Layers"] == [layer]
		assert old["Config"] == blob(manifest["config"])
	END
	# a program that would need more than itself is refused
	run_c sh "$contrib/container/build" -p "$(type -P python3)" "$T/three"
	[[ $status != 0 ]] || fail "an image of a dynamic program"
	refute_exists "$T/three/rootfs.tar"
}

# elf_of BITS ORDER MACHINE: $T/program, the head of a program.
elf_of() {
	python3 -c 'import struct, sys
bits, order, machine = int(sys.argv[1]) // 32, sys.argv[2], int(sys.argv[3])
size = 52 if bits == 1 else 64
sys.stdout.buffer.write((b"\x7fELF" + bytes([bits, 1 + (order == ">"), 1]) +
    bytes(9) + struct.pack(order + "HHI", 2, machine, 1)).ljust(size, b"\0"))
' "$@" >"$T/program"
}

@test "container: the image names its machine, and there is none without a name" {
	local bits order machine name
	needprogram python3 readelf
	while read -r bits order machine name; do
		elf_of "$bits" "$order" "$machine"
		run_c sh "$contrib/container/build" -p "$T/program" "$T/$name"
		assert_status 0
		tar -xOf "$T/$name/daemonize.tar" --wildcards 'blobs/*' |
			grep -aqF "{\"architecture\":\"$name\"," ||
			fail "not in the image: $name"
	done <<-END
		32 < 3 386
		32 < 40 arm
		64 < 21 ppc64le
		64 > 22 s390x
		64 < 62 amd64
		64 < 183 arm64
		64 < 243 riscv64
		64 < 258 loong64
	END
	elf_of 64 '<' 9999
	run_c sh "$contrib/container/build" -p "$T/program" "$T/unknown"
	assert_status 1
	assert_match "$err" "what machine is this program for\? $T/program"
	refute_exists "$T/unknown"
}

# tree_for_demo: $T/tree, and the packages of the demonstration are all there.
tree_for_demo() {
	copy_tree
	executable "$T/cmd/dpkg-query" <<<$'#!/bin/sh\necho installed'
	PATH=$T/cmd:$PATH
}

@test "demo: it works where the tree was built in place, and then updated" {
	needroot
	needprogram apt-get autoconf automake curl gcc make nginx pkg-config ps
	tree_for_demo
	cd "$T/tree"
	[[ -x configure ]] || ./autogen.sh
	RUN_SECONDS=300 run_c ./configure -q
	assert_status 0
	touch configure.ac
	RUN_SECONDS=300 run_c sh contrib/demo
	assert_status 0
	assert_match "$out" '== done$'
	assert_err ''
}

@test "demo, container: what a build fails of is said last" {
	local script
	needprogram apt-get
	tree_for_demo
	cd "$T/tree"
	rm -f Makefile configure
	executable autogen.sh <<<$'#!/bin/sh\necho "no autoconf" >&2; exit 1'
	for script in demo container/build; do
		run_c sh "contrib/$script"
		assert_status 1
		assert_equal "$(cat "$CAP/out" "$CAP/err" | tail -n 1)" \
			"no autoconf" "$script"
	done
}

# openrc ACTION: in a copy of the machine's root with OpenRC in it: $OPENRC, a
# directory with its packages unpacked, or as it is installed.  It has not
# booted this machine, and takes nothing of it over.
openrc() {
	run_c unshare -m --propagation private sh -ec '
		mount -t tmpfs tmpfs "$1/rc"
		mkdir "$1/rc/up" "$1/rc/work" "$1/rc/root"
		mount -t overlay overlay "$1/rc/root" -o \
			"lowerdir=/,upperdir=$1/rc/up,workdir=$1/rc/work"
		root=$1/rc/root
		if [ -n "$2" ]; then
			for dir in lib sbin bin usr; do
				[ ! -d "$2/$dir" ] ||
					cp -a "$2/$dir/." "$root/$dir/"
			done
			cp "$2/etc/rc.conf" "$root/etc/"
		fi
		mkdir -p "$root/etc/conf.d"
		cp "$1/script" "$root/etc/init.d/$3"
		cp "$1/conf" "$root/etc/conf.d/$3"
		for dir in proc dev tmp; do
			mount --rbind "/$dir" "$root/$dir"
		done
		mount --bind "$1/openrc" "$root/run"
		exec chroot "$root" "/etc/init.d/$3" "$4"' sh \
		"$T" "${OPENRC:-}" "$name" "$1"
}

@test "OpenRC: openrc-run starts, reloads, restarts and stops nginx" {
	needroot
	needprogram pgrep
	[[ -n ${OPENRC:-} ]] || needprogram openrc-run
	prepare_nginx
	# the copy may lack the file system that the build is on
	rm "$T/cmd/daemonize"
	cp "$DAEMONIZE" "$T/cmd/daemonize"
	mkdir "$T/rc" "$T/openrc" "$T/openrc/openrc"
	for dir in starting started stopping inactive wasinactive failed \
		hotplugged daemons options exclusive scheduled tmp init.d; do
		mkdir "$T/openrc/openrc/$dir"
	done
	echo default >"$T/openrc/openrc/softlevel"
	install -m 755 "$contrib/openrc/daemonize.template" "$T/script"
	cat >"$T/conf" <<-END
		PATH=$T/cmd:\$PATH
		command=${nginx[0]}
		command_args="-e stderr -c $T/nginx.conf -g 'daemon off;'"
		daemonize_args="-u www-data -L '$T/log/a log'"
		pidfile=$pidfile
	END
	openrc status
	assert_status 3
	openrc start
	assert_status 0
	wait_for page "page one"
	pid=$(cat "$pidfile")
	assert_stat %U "/proc/$pid" www-data
	assert_exists "$T/log/a log"
	openrc status
	assert_status 0
	assert_match "$out" "running \(process $pid, user www-data"
	old=$(workers)
	new_page two
	openrc reload
	assert_status 0
	wait_for other_workers "$old"
	assert_content "$pidfile" "$pid"
	openrc restart
	assert_status 0
	refute_alive "$pid"
	wait_for page "page two"
	openrc stop
	assert_status 0
	assert_no_process
	openrc status
	assert_status 3
	# a failure is OpenRC's, too
	echo 'command=/no/program' >>"$T/conf"
	openrc start
	assert_status 1
	assert_match "$err" 'cannot find program: /no/program'
}

# like_openrc ACTION [SETTING...]: the script's function, with the settings of
# conf.d, on a machine without OpenRC.
like_openrc() {
	run_c sh -c 'RC_SVCNAME=hello pidfile=$1 script=$2 action=$3
		ebegin() { :; }; eerror() { echo "$*" >&2; }; eend() { return "$1"; }
		shift 3
		for setting; do eval "$setting"; done
		. "$script"; "$action"' sh \
		"$pidfile" "$contrib/openrc/daemonize.template" "$@"
}

@test "OpenRC: settings that are empty are not replaced" {
	PATH=$T/cmd:$PATH
	local sleep settings
	sleep=$(own "$(type -P sleep)")
	settings=("command=$sleep" command_args=600 daemonize_args= reload_signal=)
	like_openrc start "${settings[@]}"
	assert_status 0
	pid=$(cat "$pidfile")
	assert_stat %u "/proc/$pid" "$EUID"
	assert_apart "$pid" /dev/null
	like_openrc reload "${settings[@]}"
	assert_status 1
	assert_err 'reload is not implemented: reload_signal is empty'
	assert_alive "$pid"
	like_openrc stop "${settings[@]}"
	assert_status 0
}

@test "the scripts are plain sh" {
	needprogram shellcheck dash
	for file in init.d/daemonize.template openrc/daemonize.template \
		ssh/start-there container/entrypoint container/build demo; do
		shellcheck -s sh "$contrib/$file" || fail "$file"
		dash -n "$contrib/$file" || fail "$file"
	done
}

@test "every file of contrib is in its README and in the tarball" {
	local file
	while read -r file; do
		file=${file#"$SRCDIR/"}
		case $file in
		*/README.md | contrib/completions/* | contrib/completions.awk) ;;
		*)	grep -qF "\`${file#contrib/}\`" "$contrib/README.md" ||
				fail "not in README.md: $file" ;;
		esac
		grep -q "[ 	]$file\( \\\\\)\?$" "$SRCDIR/Makefile.am" ||
			fail "not in Makefile.am: $file"
	done < <(find "$contrib" -type f)
}
