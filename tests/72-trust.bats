#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# What run control believes: whatever a pidfile and its identity say, and
# whoever could have written them, no process but the daemon is signalled.
#
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154,SC2317

load lib/common

setup() {
	setup_dir
	nap=("$(own "$(type -P sleep)")" 600)
	dirty=$(own "$HELPERS/dirty")
	mkdir "$T/d" "$T/other"
	D=$T/d F=$T/d/pid
	through=() verbs=() user='' pid='' other=''
	shopt -s extglob
	will_be_traced
	innocent=$(bystander)
	track "$innocent"
	wait_for is_nap "$innocent"
}

is_nap() { [[ /proc/$1/exe -ef ${nap[0]} ]]; }

# bystander [COMMAND...]: prints the pid of a process that blocks all signals,
# so that each one it gets stays to be seen, in pending.
bystander() {
	(
		mark
		exec "$@" "$dirty" sigblock -- "${nap[@]}"
	) </dev/null >/dev/null 2>&1 &
	echo $!
}

# pending PID: its state, and the signals that wait, as in /proc/PID/status.
# KILL and STOP show in the state.
pending() {
	local text
	text=$(<"/proc/$1/status") || return 0
	[[ $text =~ State:.([A-Z]).*SigPnd:.0*([1-9a-f][0-9a-f]*)?.ShdPnd:.0*([1-9a-f][0-9a-f]*)? ]]
	text="${BASH_REMATCH[2]:+ ${BASH_REMATCH[2]}}${BASH_REMATCH[3]:+ ${BASH_REMATCH[3]}}"
	printf '%s\n' "${BASH_REMATCH[1]}$text"
}

unharmed() {
	local now
	now=$(pending "$1" 2>/dev/null)
	# Runnable, too: it may be on its way to sleep.
	[[ $now == [SRD] ]] || fail "process $1 was signalled: ${now:-dead}"
}

@test "the bystander shows each signal that it gets" {
	local signal
	unharmed "$innocent"
	for signal in TERM HUP CONT WINCH CHLD 64; do
		p=$(bystander)
		track "$p"
		wait_for is_nap "$p"
		unharmed "$p"
		kill -"$signal" "$p"
		refute unharmed "$p"
		kill -KILL "$p"
	done
	p=$(bystander)
	track "$p"
	wait_for is_nap "$p"
	kill -STOP "$p"
	wait_for is_state "$p" T
	refute unharmed "$p"
}

is_state() { [[ $(pending "$1") == "$2"* ]]; }

# daemon [OPTION...]: a daemon that takes all signals but KILL as the bystander
# does.  Sets $pid.
daemon() {
	fast "$DAEMONIZE" -p "$F" "$@" "$dirty" sigblock -- "${nap[@]}" || return 1
	assert_status 0 || return 1
	pid=$(<"$F")
	wait_for is_nap "$pid"
}

is_dead() { [[ $(pending "$1" 2>/dev/null) == ?([ZX]*) ]]; }

# end PID: for sure.
end() {
	[[ -z ${1:-} ]] && return 0
	kill -KILL "$1" 2>/dev/null || return 0
	wait_for is_dead "$1"
}

# The number of a process that is no more.
dead_pid() { sh -c 'echo $$'; }

# record PID [START [INODE [BOOT]]]: as in an identity.
record() {
	printf 'pid %s\nstart %s\nboot %s\ninode %s\n' "$1" \
		"${2:-$(start_time "$1")}" \
		"${4:-$(cat /proc/sys/kernel/random/boot_id)}" "${3:-0}"
}

# edit KEY VALUE: in the identity.
edit() { sed -i "s/^$1 .*/$1 $2/" "$F.id"; }

# fast COMMAND...: a run_c that costs little.
fast() {
	command=("$@") status=0
	timeout -s KILL "$RUN_SECONDS" "$@" </dev/null >"$CAP/out" \
		2>"$CAP/err" 3>&- || status=$?
	out=$(<"$CAP/out") err=$(<"$CAP/err")
	((status != 137)) || fail "it hangs"
}

# control VERB: what each test asks in each case.
control() {
	local line=("$DAEMONIZE")
	case $1 in
	status | reload) line+=("--$1") ;;
	stop) line+=(--stop --retry=KILL/2) ;;
	signal) line+=(--signal=USR1) ;;
	restart) line+=(--restart --retry=KILL/2) ;;
	esac
	line+=(-p "$F")
	[[ $1 != restart ]] || line+=(${user:+-u "$user"} "${nap[@]}")
	fast "${through[@]}" "${line[@]}"
}

# case_of COMMAND...: the case anew.
case_of() {
	end "$pid" && end "$other" || return 1
	chown "$EUID" "$D"
	chmod 755 "$D"
	rm -rf "${D:?}"
	mkdir "$D"
	pid='' other=''
	"$@" || fail "the case cannot be made"
}

files() {
	local found=("$D"/* "$D"/.[!.]*)
	echo "${found[*]}"
}

# try VERB STATUS FATE: FATE is what becomes of $pid if the verb succeeds:
# `told`, if the files speak of it, or `safe`, if it is a bystander itself.
try() {
	local before
	before=$(files)
	control "$1" || return 1
	# Nobody but the daemon has heard anything.
	unharmed "$innocent" || return 1
	[[ -z $other ]] || unharmed "$other" || return 1
	assert_status "$2" || return 1
	if [[ $1 != status && $2 != 0 ]]; then
		assert_message "cannot (stop|signal|believe pidfile|lock pidfile): $F: " || return 1
	fi
	# The rest is about what was there before.
	if [[ $1 == restart && $2 == 0 ]]; then
		new=$(<"$F")
		[[ $new != "$pid" ]] || fail "the same process" || return 1
		assert_alive "$new" || return 1
		end "$new"
	elif [[ $1$2 != stop0 ]]; then
		assert_equal "$(files)" "$before" files || return 1
	fi
	[[ -n $pid ]] || return 0
	case $1$2$3 in
	stop0told | restart0told) refute_alive "$pid" ;;
	signal0told) assert_equal "$(pending "$pid")" "S 200" ;;
	reload0told) assert_equal "$(pending "$pid")" "S 201" ;;
	# after these two
	*told) [[ $(pending "$pid") == S?( 20[01]) ]] ;;
	*) unharmed "$pid" ;;
	esac
}

# The answers: status, signal and reload, stop, restart.
running='0 0 0 0' doubt='4 77 77 77' stale='1 7 0 0' none='3 7 0 0'

# answer ANSWER FATE CASE...: to each of the five.
answer() {
	local row=$* fate=$2 verb want
	local -A answers
	local list=("${verbs[@]}")
	((${#list[@]})) || list=(status signal reload stop restart)
	read -r 'answers[status]' 'answers[signal]' 'answers[stop]' \
		'answers[restart]' <<<"$1"
	shift 2
	case_of "$@" || fail "$row" || return 1
	for verb in "${list[@]}"; do
		want=$verb
		[[ $verb != reload ]] || want=signal
		want=${answers[$want]}
		# Where a stop has succeeded, the case is gone.
		if [[ $verb == restart && ${answers[stop]} == 0 ]]; then
			case_of "$@" || fail "$row" || return 1
		fi
		try "$verb" "$want" "$fate" || fail "$verb: $row" || return 1
	done
	end "$pid" && end "$other"
	pid='' other=''
}

# The cases without a daemon: text TEXT, with or without an identity.
text() { printf "%b" "$1" >"$F"; }

text_beside_record() {
	text "$1"
	record "$(dead_pid)" 1 1 >"$F.id"
}

text_beside_garbage() {
	text "$1"
	echo "${2-garbage}" >"$F.id"
}

@test "a pidfile without an identity: no living process is believed" {
	local i=$innocent
	answer "$none" safe true
	answer "$none" safe text ''
	answer "$stale" safe text "$(dead_pid)\n"
	for case in "$i\n" '1\n' "$$\n"; do
		answer "$doubt" safe text "$case"
		answer "$doubt" safe text_beside_garbage "$case"
		answer "$doubt" safe text_beside_garbage "$case" "pid $i"
		answer "$doubt" safe text_beside_record "$case"
	done
}

@test "what is not a pid and a newline is refused, and nobody signalled" {
	local i=$innocent verbs=(status signal stop)
	for case in '1234X\n' "${i}X\n" '0\n' '-1\n' '-5\n' "-$i\n" '4294967297\n' \
		"$((i + 4294967296))\n" '18446744073709551617\n' '4194305\n' \
		'garbage\n' "$i" "0$i\n" " $i\n" "$i \n" "+$i\n" "$i\n\n" \
		"$i\n$i\n" "$i $i\n" '\n' '0x1\n' "$i\r\n" "$i\0\n" "\0" "pid $i\n"; do
		answer "$doubt" safe text "$case"
	done
}

# Which process it is itself, only it knows.
own_pid() { echo $$ >"$F"; }

@test "its own process id in the pidfile is nobody's" {
	local row want
	for row in 'status 1' 'stop 0' 'signal=TERM 7' 'reload 7'; do
		read -r verb want <<<"$row"
		echo "$row"
		run_c sh -c 'echo $$ >"$1"; exec "$2" "$3" -p "$1"' sh "$F" \
			"$DAEMONIZE" "--$verb"
		assert_status "$want"
		rm -f "$F"
	done
}

# The cases with a daemon.
edited() {
	daemon
	"$@"
}

new_text() { printf "%b" "$1" >"$F"; }
remove() { rm "${@/#/"$F"}"; }
remove_pidfile() { rm "$F"; }
remove_both() { rm "$F" "$F.id"; }
id_text() { printf "%b" "$1" >"$F.id"; }
both_name() {
	echo "$1" >"$F"
	edit pid "$1"
}
add_line() { echo "$1" >>"$F.id"; }
capital_boot() { sed -i 's/^boot ./boot A/' "$F.id"; }
cut_line() { sed -i '$d' "$F.id"; }

@test "a pidfile that was deleted or edited beside a true identity" {
	answer "$running" told daemon
	answer "$running" told edited remove_pidfile
	answer "$none" safe edited remove_both
	answer "$running" told edited new_text ''
	answer "$running" told edited new_text "$(dead_pid)\n"
	answer "$doubt" safe edited new_text "$innocent\n"
	answer "$doubt" safe edited new_text '1\n'
	answer "$doubt" safe edited new_text '0\n'
	answer "$doubt" safe edited new_text '-1\n'
	answer "$doubt" safe edited new_text 'garbage\n'
}

@test "an identity that was deleted or edited" {
	local starts=$doubt
	# Without pidfs the start time is the only proof.
	daemon
	! grep -qx 'inode 0' "$F.id" || starts=$stale
	end "$pid"
	answer "$doubt" safe edited rm "$F.id"
	answer "$doubt" safe edited id_text ''
	answer "$doubt" safe edited id_text 'garbage\n'
	answer "$doubt" safe edited add_line 'pid 1'
	answer "$doubt" safe edited cut_line
	answer "$doubt" safe edited edit pid 1
	answer "$doubt" safe edited edit pid 0
	answer "$doubt" safe edited edit pid -1
	answer "$doubt" safe edited edit pid "$innocent"
	answer "$doubt" safe edited edit boot nonsense
	answer "$doubt" safe edited edit boot 0123456789abcdef0123456789abcdefABCD
	answer "$doubt" safe edited edit boot ------------------------------------
	answer "$doubt" safe edited capital_boot
	answer "$starts" safe edited edit start 1
	answer "$running" told edited edit inode 0
	answer "$stale" safe edited edit boot 00000000-0000-0000-0000-000000000000
	answer "$stale" safe edited both_name "$innocent"
	answer "$stale" safe edited both_name "$(dead_pid)"
}

# second: another daemon, with files of its own; $other.
second() {
	local F=$T/other/pid mine=$pid
	rm -f "$F"*
	daemon || return 1
	other=$pid pid=$mine
}

with_copy() {
	local part
	daemon && second || return 1
	for part; do
		cp "$T/other/pid$part" "$F$part" || return 1
	done
}

# A whole pair speaks of the daemon that it was copied from, and of no other.
copied_pair() {
	local mine
	with_copy '' .id || return 1
	mine=$pid pid=$other other=$mine
}

@test "files copied from another daemon, or restored from a backup" {
	answer "$doubt" safe with_copy ''
	answer "$doubt" safe with_copy .id
	answer "$running" told copied_pair
	answer "$stale" safe restored '' .id
	answer "$running" told restored ''
	answer "$doubt" safe restored .id
}

# restored PART...: of a daemon that has ended, over those of the new one.
restored() {
	local part
	mkdir -p "$T/backup"
	daemon || return 1
	cp "$F" "$F.id" "$T/backup"
	end "$pid"
	rm "$F" "$F.id"
	daemon || return 1
	for part; do
		cp "$T/backup/pid$part" "$F$part" || return 1
	done
}

# kind KIND PART: the file is replaced by another kind.
kind() {
	local file=$F$2 kept=$T/other/kept
	mv "$file" "$kept" 2>/dev/null || : >"$kept"
	case $1 in
	symlink) ln -s "$kept" "$file" ;;
	dangling) ln -s "$T/none" "$file" ;;
	innocent) echo "$innocent" >"$kept" && ln -s "$kept" "$file" ;;
	hardlink) chmod 600 "$kept" && ln "$kept" "$file" ;;
	fifo) mkfifo "$file" ;;
	directory) mkdir "$file" ;;
	null) mknod "$file" c 1 3 ;;
	zero) mknod "$file" c 1 5 ;;
	loose) cp "$kept" "$file" && chmod 666 "$file" ;;
	group) cp "$kept" "$file" && chmod 664 "$file" && chgrp nogroup "$file" ;;
	foreign) cp "$kept" "$file" && chown nobody "$file" ;;
	esac
}

@test "a pidfile or identity that is no plain file of ours is not believed, at once" {
	local kind verbs=(status signal stop restart)
	needroot
	for kind in symlink dangling innocent hardlink fifo directory null zero \
		loose group foreign; do
		answer "$doubt" safe edited kind "$kind" ''
	done
	for kind in symlink hardlink fifo directory zero loose foreign; do
		answer "$doubt" safe edited kind "$kind" .id
	done
}

@test "a lock that is no plain file of ours: no stop, but an answer, at once" {
	local kind
	needroot
	for kind in symlink dangling hardlink fifo directory null foreign; do
		answer '0 0 77 77' told edited kind "$kind" .lock
		[[ ! -e $T/none ]] || fail "it was followed"
	done
}

# place HOW: the daemon's directory becomes such a one.
place() {
	daemon || return 1
	case $1 in
	world) chmod 777 "$D" ;;
	group) chgrp nogroup "$D" && chmod 775 "$D" ;;
	sticky) chmod 1777 "$D" ;;
	sticky_foreign) chmod 1777 "$D" && chown nobody "$F" ;;
	sticky_foreign_id) chmod 1777 "$D" && chown nobody "$F.id" ;;
	users) chown nobody "$D" ;;
	users_file) chown nobody "$D" "$F" "$F.id" ;;
	third) chown nobody "$D" && chown www-data "$F" ;;
	esac
}

@test "directories that others can change: only their own processes, if any" {
	needroot
	answer "$running" told place sticky
	for case in world group sticky_foreign sticky_foreign_id users users_file third; do
		answer "$doubt" safe place "$case"
	done
	# What nobody could write is believed of his processes.
	user=nobody answer "$running" told theirs
	user=nobody answer "$running" told theirs nobody
	user=nobody answer "$doubt" safe theirs www-data
}

# theirs [OWNER]: nobody's daemon, in his directory; the files are OWNER's.
theirs() {
	chown nobody "$D"
	daemon -u nobody || return 1
	[[ -z ${1:-} ]] || chown "$1" "$F" "$F.id"
}

# shared OWNER OWNER [OPTION...]: a daemon whose files these two have in a directory
# that is everybody's; `-` has none.
shared() {
	local parts=('' .id) owner
	daemon "${@:3}" || return 1
	chmod "${mode:-1777}" "$D"
	for owner in "$1" "$2"; do
		if [[ $owner == - ]]; then
			rm "$F${parts[0]}"
		else
			chown "$owner" "$F${parts[0]}"
		fi
		parts=("${parts[@]:1}")
	done
}

shared_stale() {
	text "$(dead_pid)\n"
	chmod 1777 "$D"
	chown nobody "$F"
}

@test "in a directory for all, files are believed of their owner's processes" {
	local user=nobody row
	needroot
	for row in 'nobody nobody' '- nobody'; do
		# shellcheck disable=SC2086 # words
		answer "$running" told shared $row -u nobody
		# shellcheck disable=SC2086
		answer "$doubt" safe shared $row
	done
	for row in 'nobody www-data' 'www-data nobody' 'nobody root' \
		'root nobody'; do
		# shellcheck disable=SC2086
		answer "$doubt" safe shared $row -u nobody
	done
	answer "$stale" safe shared_stale
	# Where nobody else could have put them, they are nobody's word.
	mode=755 answer "$doubt" safe shared nobody nobody -u nobody
}

@test "a directory above that others can change is no better" {
	local row
	needroot
	mkdir "$D/sub"
	F=$D/sub/pid
	for row in 'chmod 777' 'chown nobody'; do
		daemon
		$row "$D"
		for verb in stop signal reload restart; do
			echo "$row $verb"
			control "$verb"
			assert_refused 77 "cannot (stop|believe pidfile|lock pidfile|signal): $F: "
		done
		control status
		assert_status 4
		unharmed "$pid"
		end "$pid"
		chmod 755 "$D"
		chown root "$D"
		rm -f "$F" "$F.id"
	done
}

# way OWNER OWNER: the daemon is the user daemon's, in a directory of the
# second's, in one of the first's.
way() {
	mkdir "$D/sub"
	daemon -u daemon || return 1
	chown "$2" "$D/sub"
	chown "$1" "$D"
}

@test "directories of two users on the way: neither's word is enough" {
	local F=$D/sub/pid user=daemon
	needroot
	answer "$running" told way root daemon
	answer "$running" told way daemon daemon
	answer "$doubt" safe way nobody daemon
	answer "$doubt" safe way daemon nobody
}

# as_ids REAL EFFECTIVE SAVED: a bystander with these; sets $other.
as_ids() {
	run_bg python3 -SIc 'import os, signal, sys, time
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
os.setresuid(*map(int, sys.argv[1:4]))
open(sys.argv[4], "x").close()
time.sleep(600)' "$1" "$2" "$3" "$T/ids/up.$1.$2.$3"
	wait_for test -e "$T/ids/up.$1.$2.$3"
	p=$bg
}

@test "a user's perfect record of a process that is not all his gets nobody signalled" {
	local row
	needroot
	needprogram python3
	mkdir -m 1777 "$T/ids"
	chmod 1777 "$T/ids"
	chown nobody "$D"
	PATH=/usr/bin:/bin
	for row in '0 0 0' '65534 0 0' '0 65534 0' '65534 65534 0' '0 0 65534' \
		'0 65534 65534' '65534 0 65534' '33 33 33'; do
		# shellcheck disable=SC2086 # words
		as_ids $row
		for owner in nobody root; do
			echo "$row, file of $owner"
			rm -f "$F" "$F.id"
			echo "$p" >"$F"
			record "$p" >"$F.id"
			chown "$owner" "$F" "$F.id"
			for verb in stop signal reload restart; do
				# His directory is one for his daemon.
				user=nobody control "$verb"
				assert_refused 77 "cannot .*: $F: unsafe: who could write the pidfile does not own the process"
			done
			control status
			assert_status 4
			unharmed "$p"
		done
		end "$p"
	done
	as_ids 65534 65534 65534
	rm -f "$F" "$F.id"
	echo "$p" >"$F"
	record "$p" >"$F.id"
	control signal
	assert_status 0
	assert_equal "$(pending "$p")" "S 200"
}

# word_of OWNER PID: a perfect record of it, where only OWNER and root can write.
word_of() {
	rm -f "$F" "$F.id"
	echo "$2" >"$F"
	record "$2" >"$F.id"
	chown "$1" "$D" "$F" "$F.id"
}

@test "--stop-group on a user's word signals those of the group that are all his" {
	needroot
	needprogram setpriv
	run_bg setsid sh -c '"$0" sigblock -- "$@" & echo $! >"${0%/*}/child"
		exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"' \
		"$dirty" "${nap[@]}"
	wait_for is_nap "$bg"
	child=$(<"${dirty%/*}/child")
	track "$child"
	wait_for is_nap "$child"
	word_of nobody "$bg"
	fast "$DAEMONIZE" --stop --stop-group --retry=TERM/KILL/5 -p "$F"
	assert_refused 77 "cannot stop: $F: unsafe: who could write the pidfile does not own the process \\(user 65534\\)"
	unharmed "$child"
	assert_equal "$(names "$D")" "pid pid.id"
	# The rest of the group was his.
	wait_for is_dead "$bg"
}

@test "a process that becomes root's while it is stopped gets no signal on a user's word" {
	needroot
	needprogram setpriv python3
	mkdir -m 1777 "$T/ids"
	PATH=/usr/bin:/bin
	run_bg setpriv --reuid=65534 --inh-caps=+setuid --ambient-caps=+setuid \
		python3 -SIc 'import os, signal, sys, time
def end(*_):
    if os.getuid() == 0:
        os._exit(0)
signal.signal(signal.SIGUSR2, end)
signal.signal(signal.SIGTERM, lambda *_: os.setresuid(0, 0, 0))
open(sys.argv[1], "x").close()
while True:
    time.sleep(600)' "$T/ids/up"
	wait_for test -e "$T/ids/up"
	word_of nobody "$bg"
	# One after the other, until it is.
	fast "$DAEMONIZE" --stop --retry=TERM/forever/1/USR2 -p "$F"
	assert_refused 77 "cannot stop: $F: unsafe: who could write the pidfile does not own the process \\(user 65534\\)"
	assert_alive "$bg"
	assert_equal "$(names "$D")" "pid pid.id"
}

@test "files that name another daemon by the time that one has ended stay" {
	local mine row
	for row in '--stop 0' "--restart 75 ${nap[*]}"; do
		rm -f "$F" "$F.id"
		daemon
		second
		# shellcheck disable=SC2086 # words
		set -- $row
		run_bg "$DAEMONIZE" "$1" --retry=TERM/60 -p "$F" "${@:3}"
		# It has been told to end, and to go on.
		wait_for is_state "$pid" 'S 24000'
		cp "$T/other/pid.id" "$F.id"
		cp "$T/other/pid" "$F"
		mine=$(cat "$F.id")
		end "$pid"
		status=0
		wait "$bg" || status=$?
		assert_status "$2"
		assert_content "$F" "$other"
		assert_content "$F.id" "$mine"
		unharmed "$other"
		end "$other"
	done
}

# Kernels that lack something: none may make it guess.

lacking() {
	through=(strace -f -qq -o "$CAP/strace"
		-e 'trace=pidfd_open,pidfd_send_signal,fstatfs')
	local call
	for call; do
		through+=(-e "inject=$call")
	done
}

recycled() {
	echo "$innocent" >"$F"
	record "$innocent" 1 "${1:-0}" >"$F.id"
}

@test "without pidfd_open, pidfd_send_signal or pidfs: right, or a refusal" {
	# A restart's daemon would be traced, too.
	local row verbs=(status signal reload stop)
	needprogram strace
	for row in pidfd_open:error=ENOSYS pidfd_open:error=EPERM \
		pidfd_send_signal:error=ENOSYS pidfd_send_signal:error=EPERM \
		fstatfs:error=ENOSYS \
		'fstatfs:error=ENOSYS pidfd_send_signal:error=ENOSYS'; do
		echo "without $row"
		# shellcheck disable=SC2086 # words
		lacking $row
		answer "$running" told daemon
		# It was really taken away.
		grep -q 'INJECTED' "$CAP/strace" || fail "nothing was"
		answer "$stale" safe recycled
		answer "$stale" safe recycled 1
		answer "$doubt" safe edited new_text "$innocent\n"
		answer "$doubt" safe text "$innocent\n"
	done
}

@test "a group without pidfds: only while its leader vouches for it" {
	local row
	needprogram strace
	for row in {pidfd_open,pidfd_send_signal}:error={ENOSYS,EPERM}; do
		lacking "$row"
		start -p "$F" sh -c '"$@" & echo $! >"$0"; exec "$@"' "$T/child" "${nap[@]}"
		pid=$(cat "$F")
		wait_for is_nap "$pid"
		wait_for not_empty "$T/child"
		child=$(cat "$T/child")
		wait_for is_nap "$child"
		run_c "${through[@]}" "$DAEMONIZE" --stop --stop-group \
			--retry=TERM/3 -p "$F"
		assert_status 0
		refute_alive "$pid"
		wait_gone "$child"
		unharmed "$innocent"
		rm -f "$T/child"
	done
}

@test "--stop-group of a dead daemon whose number is a group's signals nobody" {
	p=$(bystander setsid)
	track "$p"
	wait_for is_nap "$p"
	echo "$p" >"$F"
	record "$p" 1 1 >"$F.id"
	run_d --stop --stop-group -p "$F"
	assert_status 0
	assert_message "not running: $F\$"
	unharmed "$p"
}

# In a pid namespace, where numbers can be given out again at will.

namespace() {
	needroot
	needprogram unshare strace
	cat "$SRCDIR/tests/lib/namespace.bash" - >"$T/namespace" <<-'END'
		set -u
		daemonize=$1 F=$2 dirty=$3
		shift 3
		nap=("$@")
		is_away() { [[ ! -e /proc/$1 ]]; }
		# recycle PID START: a bystander with that number, another time;
		# with leads=setsid that of a session and a group, too.
		recycle() {
			while :; do
				until_true is_away "$1"
				echo $(($1 - 1)) >/proc/sys/kernel/ns_last_pid
				${leads:-} "$dirty" sigblock -- "${nap[@]}" </dev/null >/dev/null 2>&1 &
				victim=$!
				until_true is_nap "$victim"
				if [[ $victim == "$1" && $(start_of "$1") != "$2" ]]; then
					return
				fi
				{ kill -KILL "$victim"; wait "$victim"; } 2>/dev/null
			done
		}
		start() {
			rm -f "$F" "$F.id"
			"$daemonize" -p "$F" "${nap[@]}" || exit
			pid=$(cat "$F") since=$(start_of "$(cat "$F")")
			until_true is_nap "$pid"
		}
		end() { kill -KILL "$1"; until_true is_away "$1"; }
		# report WORD...: what was answered, and of the bystander.
		report() {
			local pnd
			pnd=$(sed -n 's/^State:\t\(.\).*/\1/p; s/^S[ih][gd]Pnd:\t0*\(.*\)/\1/p' \
				"/proc/$victim/status" 2>/dev/null | xargs)
			echo "$* ${pnd:-dead}"
			{ kill -KILL "$victim"; wait "$victim"; } 2>/dev/null
			return 0
		}
	END
	cat >>"$T/namespace"
	RUN_SECONDS=60 run_c unshare -fp --mount-proc bash "$T/namespace" "$DAEMONIZE" \
		"$F" "$dirty" "${nap[@]}"
	assert_status 0
}

@test "a number given out again: dead, stale pidfile, and nobody is signalled" {
	namespace <<-'END'
		verb() {
			local name=$1
			shift
			start
			end "$pid"
			recycle "$pid" "$since"
			timeout 3 "$@" -p "$F" >/dev/null 2>&1
			report "$name" $?
		}
		verb status "$daemonize" --status
		verb stop "$daemonize" --stop
		verb group "$daemonize" --stop --stop-group
		verb signal "$daemonize" --signal=TERM
		verb reload "$daemonize" --reload
		for lack in pidfd_open:error=ENOSYS fstatfs:error=ENOSYS \
			pidfd_send_signal:error=ENOSYS; do
			for name in stop reload; do
				verb "$name" strace -f -qq -o /dev/null -e \
					trace=pidfd_open,fstatfs,pidfd_send_signal \
					-e inject=$lack "$daemonize" --$name
			done
		done
		start
		end "$pid"
		recycle "$pid" "$since"
		timeout 3 "$daemonize" --restart -p "$F" "${nap[@]}"
		status=$?
		[[ $(cat "$F") != "$victim" ]] || echo "the bystander is in the pidfile"
		kill -KILL "$(cat "$F")"
		report restart $status
	END
	assert_out "status 1 S
stop 0 S
group 0 S
signal 7 S
reload 7 S
stop 0 S
reload 7 S
stop 0 S
reload 7 S
stop 0 S
reload 7 S
restart 0 S"
}

@test "a number given out again in the middle of it: nobody is signalled" {
	export without=$HELPERS/without
	namespace <<-'END'
		# Held before a system call while the daemon is exchanged.
		during() {
			local name=$1 call=$2 number=$3 n=$4 tracer tracee got
			shift 4
			start
			strace -qq -o /dev/null -e trace="$call" \
				-e inject="$call:delay_enter=1000000:when=$n" \
				${lack:+"$without" "$lack"} "$daemonize" "$@" \
				-p "$F" >/dev/null 2>&1 &
			tracer=$!
			in_call() {
				# No newline ends that line.
				read -r tracee _ <"/proc/$tracer/task/$tracer/children"
				[[ -n $tracee ]] && read -r got _ <"/proc/$tracee/syscall" &&
					[[ $got == "$number" ]]
			}
			until_true in_call
			end "$pid"
			recycle "$pid" "$since"
			wait "$tracer"
			# open or openat
			report "$name ${call%at}:" $?
		}
		# where CALLS REGEX: which call it is that first looks so: its name,
		# its number, and how many of that name there are until then.
		where() {
			start
			strace -n -qq -o /dev/stdout -e trace="$1" \
				"$daemonize" --status -q -p "$F" | awk -v re="$2" '
				{ sub(/^\[ */, ""); call = $2; sub(/\(.*/, "", call) }
				{ n[call]++ }
				$0 ~ re && !found++ { print call, $0 + 0, n[call] }'
			end "$pid"
		}
		during stop pidfd_open 434 1 --stop
		during signal pidfd_open 434 1 --signal=TERM
		# While /proc is read, and when it has been believed.
		during reading $(where '?open,openat' '/proc/[0-9]+/stat') --signal=TERM
		leads=setsid during proven $(where getpgid .) \
			--stop --stop-group --retry=TERM/1
		during stop pidfd_send_signal 424 1 --stop
		during group pidfd_send_signal 424 1 --stop --stop-group
		leads=setsid during leader pidfd_send_signal 424 1 \
			--stop --stop-group --retry=TERM/1
		lack=pidfd_send_signal \
			during without pidfd_send_signal 424 1 --stop --stop-group
		lack=pidfd_send_signal \
			during without pidfd_send_signal 424 1 --stop
		lack=pidfd_send_signal \
			during without pidfd_send_signal 424 1 --signal=TERM
		during signal pidfd_send_signal 424 1 --signal=TERM
		during reload pidfd_send_signal 424 1 --reload
	END
	assert_out "stop pidfd_open: 0 S
signal pidfd_open: 7 S
reading open: 7 S
proven getpgid: 0 S
stop pidfd_send_signal: 0 S
group pidfd_send_signal: 0 S
leader pidfd_send_signal: 0 S
without pidfd_send_signal: 0 S
without pidfd_send_signal: 0 S
without pidfd_send_signal: 7 S
signal pidfd_send_signal: 7 S
reload pidfd_send_signal: 7 S"
}
