#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The daemon has descriptors 0 to 2 and what was named, whatever the kernel
# can do; its input and outputs are what was asked for, and a start that fails
# leaves the files as they were.
#
# shellcheck disable=SC2016,SC2154 # scripts for sh; $status and the like

load lib/common

setup() {
	setup_dir
	probe_setup
	null='access=rw append=0 nonblock=0 cloexec=0'
	log='access=w append=1 nonblock=0 cloexec=0'
	lock='access=r append=0 nonblock=0 cloexec=0'
}

# by COMMAND...: which starts a daemon that reports; the command ends in ours
# and its options.
by() {
	rm -f "$REPORT"
	run_c "$@" "$PROBE" "$REPORT"
	assert_status 0 || return 1
	wait_for test -s "$REPORT"
}

d() { by "$DAEMONIZE" "$@"; }

# fds: the report's descriptors, with the number of the lock's replaced.
fds() { report_lines fd. | sed "s|^fd.[0-9]*=$T/lock |fd.N=$T/lock |"; }

# fds_are LINE...: these and no others.
fds_are() { assert_equal "$(fds)" "$(printf '%s\n' "$@")" descriptors; }

only_null() {
	fds_are "fd.0=/dev/null $null" "fd.1=/dev/null $null" \
		"fd.2=/dev/null $null"
}

@test "the daemon has 0, 1 and 2, and nothing else" {
	d
	only_null
	by "$HELPERS/dirty" fds:500 -- "$DAEMONIZE"
	only_null
}

@test "with every file that can be named there is only the lock besides" {
	echo in >"$T/in"
	by "$HELPERS/dirty" fds:500 -- "$DAEMONIZE" -p "$T/pid" -l "$T/lock" \
		-i "$T/in" -o "$T/out" -e "$T/err" -c "$T" -v
	fds_are "fd.0=$T/in access=r append=0 nonblock=0 cloexec=0" \
		"fd.1=$T/out $log" "fd.2=$T/err $log" \
		"fd.N=$T/lock $lock"
}

@test "with another user and another root there is only the lock besides" {
	needroot
	mkdir "$T/root" "$T/root/dev" "$T/root/his"
	chown nobody "$T/root/his"
	cp "$HELPERS/static" "$T/root/"
	run_c "$HELPERS/dirty" fds:500 -- "$DAEMONIZE" -u nobody -r "$T/root" \
		-p "$T/pid" -l "$T/lock" -o "$T/root/his/out" -e "$T/err" \
		/static text
	assert_status 0
	local daemon fd
	daemon=$(cat "$T/pid")
	wait_for not_empty "$T/root/his/out"
	for fd in /proc/"$daemon"/fd/*; do
		printf '%s %s\n' "${fd##*/}" "$(readlink "$fd")"
	done | sort -n | sed 's/^[0-9]* \(.*lock\)$/N \1/' >"$CAP/fds"
	assert_content "$CAP/fds" "0 /dev/null
1 $T/root/his/out
2 $T/err
N $T/lock"
}

@test "the lock is held as long as the daemon lives, and not longer" {
	needprogram flock
	start -l "$T/lock" -p "$T/pid" "$(own /bin/sleep)" 100
	assert_stat '%a %s' "$T/lock" '600 0'
	refute flock -n "$T/lock" true
	run_d -l "$T/lock" true
	assert_refused 75 "cannot lock[^:]*: $T/lock: another process holds"
	kill -KILL "$(cat "$T/pid")"
	wait_gone "$(cat "$T/pid")"
	flock -n "$T/lock" true
}

@test "--keep-fd lets descriptors through, with what they are" {
	needprogram python3
	echo text >"$T/a"
	run_c bash -c 'exec 3<"$1/a" 4>>"$1/b" 77<>"$1/c" 900<"$1/a"
		exec "${@:2}"' bash "$T" "$DAEMONIZE" --keep-fd=4 \
		--keep-fd=900 --keep-fd 77 --keep-fd=4 -l "$T/lock" -o "$T/out" \
		"$PROBE" "$REPORT"
	assert_status 0
	wait_for test -s "$REPORT"
	assert_equal "$(fds | sort)" "$(sort <<-END
		fd.0=/dev/null $null
		fd.1=$T/out $log
		fd.2=/dev/null $null
		fd.4=$T/b access=w append=1 nonblock=0 cloexec=0
		fd.77=$T/c access=rw append=0 nonblock=0 cloexec=0
		fd.900=$T/a access=r append=0 nonblock=0 cloexec=0
		fd.N=$T/lock $lock
	END
	)" descriptors
	# the very same open file
	run_c bash -c 'exec 5<"$1/a"; read -r -N 2 -u 5 x; exec "${@:2}"' \
		bash "$T" "$DAEMONIZE" --keep-fd=5 -o "$T/rest" sh -c 'cat <&5'
	assert_status 0
	wait_for has_line "$T/rest" '^xt$'
}

@test "a descriptor that is not open, or is ours to give, cannot be kept" {
	local number
	for number in 3 7 1000000 2147483647; do
		run_d --keep-fd="$number" "$PROBE" "$REPORT"
		assert_refused 64 "cannot keep descriptor: $number: .*not open" ||
			fail "descriptor $number"
	done
	for number in 0 1 2 '' x 3x -3 +3 03 0x3 ' 3' 2147483648 4294967299 \
		99999999999999999999; do
		run_d --keep-fd="$number" "$PROBE" "$REPORT"
		assert_refused 64 'cannot understand the command line: --keep-fd' ||
			fail "descriptor ${number@Q}"
	done
	refute_exists "$REPORT"
	# nor one that only we have opened
	for number in 3 4 5 6 7 8 9 10; do
		run_d -p "$T/pid" -l "$T/lock" -o "$T/out" --keep-fd="$number" true
		assert_refused 64 "cannot keep descriptor: $number: "
	done
}

# until_table: what became of the descriptors until the middle had its own.
until_table() {
	strace -f -o "$T/strace" -e trace=close_range,clone,poll \
		setsid -w "$DAEMONIZE" "$@" "$PROBE" "$REPORT"
	wait_for test -s "$REPORT"
	sed -n 's/^[0-9]* *//; s/poll(.*/poll/p
		s/clone(.*flags=\([A-Z_|]*\).*/\1/p
		s/^\(close_range(.*)\) *=.*/\1/p; /^close_range(64/q' "$T/strace"
}

@test "what the caller has open is not copied for a child that needs it not" {
	needprogram strace
	local fd few leave='close_range(2147483647, 4294967295, CLOSE_RANGE_UNSHARE'
	few="$leave)
poll
CLONE_VM|CLONE_FILES|CLONE_VFORK|CLONE_PARENT_SETTID|SIGCHLD
close_range(64, 4294967295, CLOSE_RANGE_UNSHARE)"
	exec 7<"$T"
	assert_equal "$(until_table --keep-fd=7)" "$few" "with one descriptor"
	for ((fd = 10; fd < 80; fd++)); do
		eval "exec $fd<\$T"
	done
	assert_equal "$(until_table --keep-fd=7)" "${few/poll/poll
close_range(3, 6, 0)
close_range(8, 63, 0)
poll}" "with many"
	# what is wanted lies beyond: all of it is copied
	assert_equal "$(until_table --keep-fd=70 | head -1)" \
		'CLONE_VM|CLONE_VFORK|CLONE_PARENT_SETTID|SIGCHLD' "with one to keep far away"
	for ((fd = 10; fd < 80; fd++)); do
		eval "exec $fd<&-"
	done
	exec 7<&-
}

@test "a path may lead through a descriptor of the caller's" {
	mkdir "$T/dir"
	run_c bash -c 'exec 30<"$1" 31<"$2"; exec "$3" -c /proc/self/fd/30 \
		/dev/fd/31 "$4"' bash "$T/dir" "$PROBE" "$DAEMONIZE" "$REPORT"
	assert_status 0
	wait_for test -s "$REPORT"
	assert_equal "$(report_lines cwd)" "cwd=$T/dir" directory
	only_null
}

# among_many COMMAND...: with $T/dir as descriptor 4, a file as 5, and many more,
# but no terminal.
among_many() {
	# shellcheck disable=SC2016 # not ours to expand
	run_c bash -c 'exec 4<"$1" 5<"$1/file"
		for ((fd = 8; fd < 60; fd++)); do
			eval "exec $fd</dev/null"
		done
		shift && exec setsid -w "$@"' bash "$T/dir" "$@"
}

@test "what names a descriptor of the caller's finds it, however many there are" {
	needprogram setsid
	local sleep options
	sleep=$(own "$(type -P sleep)")
	mkdir "$T/dir" "$T/run"
	echo yes >"$T/dir/file"
	cd /
	for options in --listen=/proc/self/fd/4/new --listen=//dev//fd/4/new \
		'-o proc/self/fd/4/new' '-o //proc/self/fd/4/new'; do
		# shellcheck disable=SC2086 # words
		among_many "$DAEMONIZE" -p "$T/run/pid" $options "$sleep" 600
		assert_status 0 || fail "$options"
		assert_equal "$(ls -A "$T/run")" "pid
pid.id" "$options"
		assert_exists "$T/dir/new"
		run_d --stop -p "$T/run/pid"
		assert_status 0
		rm "$T/dir/new"
	done
	among_many "$DAEMONIZE" -w 'check:grep -q yes <&5' -t 10 "$sleep" 600
	assert_status 0
}

# How close_range(2) fails where it is missing, filtered, or too old.
without_close_range() {
	strace=(strace -f --seccomp-bpf -o "$T/strace" -e trace=close_range
		-e "inject=close_range:error=$1")
}

@test "without close_range(2) the daemon has nothing else, either" {
	needprogram strace
	local strace error
	for error in ENOSYS EPERM EINVAL; do
		without_close_range "$error"
		: >"$T/keep"
		exec 4<"$T/keep"
		by "${strace[@]}" "$HELPERS/dirty" fds:500 -- "$DAEMONIZE" \
			-l "$T/lock" -o "$T/out"
		exec 4<&-
		grep -q INJECTED "$T/strace" || fail "nothing was injected"
		fds_are "fd.0=/dev/null $null" "fd.1=$T/out $log" \
			"fd.2=/dev/null $null" \
			"fd.N=$T/lock $lock" ||
			fail "$error"
		run_c "${strace[@]}" bash -c 'exec 30<"$1" 31<"$1"
			exec "${@:2}"' bash "$T/keep" "$DAEMONIZE" --keep-fd=31 \
			-q "$PROBE" "$REPORT.31"
		assert_status 0
		assert_equal "$(grep -o '^fd.[0-9]*' "$REPORT.31" | xargs)" \
			"fd.0 fd.1 fd.2 fd.31" "$error: descriptors"
		rm "$REPORT.31"
	done
}

@test "without close_range(2) and /proc the daemon has nothing else, either" {
	needroot
	needprogram strace
	local strace dirt
	without_close_range ENOSYS
	for dirt in fds:500 'fds:500 closed:0,1,2 nofile:600'; do
		rm -f "$REPORT"
		# shellcheck disable=SC2086 # words
		run_bg "${strace[@]}" "$HELPERS/dirty" noproc $dirt -- \
			"$DAEMONIZE" "$PROBE" "$REPORT" stay
		wait_report "$REPORT"
		grep -q INJECTED "$T/strace" || fail "nothing was injected"
		fds_are "fd.0=? $null" "fd.1=? $null" "fd.2=? $null" ||
			fail "$dirt"
		# Without /proc the probe does not look far: we do.
		assert_equal "$(find "/proc/$pid/fd" -mindepth 1 -printf '%f\n' |
			sort -n | xargs)" "0 1 2" "descriptors, $dirt"
		kill_tree
	done
}

@test "--stdin is what the daemon reads" {
	echo 'some text' >"$T/in"
	start -i "$T/in" -o "$T/out" cat
	wait_for has_line "$T/out" '^some text$'
	start --stdin="$T/in" -o "$T/out2" cat
	wait_for has_line "$T/out2" '^some text$'
	run_c sh -c 'cd "$1" && "$2" -i in -o out3 cat' sh "$T" "$DAEMONIZE"
	assert_status 0
	wait_for has_line "$T/out3" '^some text$'
	INPUT=$T/in run_d -i /dev/stdin -o "$T/out4" cat
	wait_for has_line "$T/out4" '^some text$'
	d -i /dev/zero
	assert_match "$(report_value fd.0)" \
		'^/dev/zero access=r append=0 nonblock=0'
}

@test "a FIFO can be the input, with or without a writer" {
	mkfifo "$T/fifo"
	d -i "$T/fifo"
	assert_report fd.0 "$T/fifo access=r append=0 nonblock=0 cloexec=0"
	exec {writer}<>"$T/fifo"
	start -i "$T/fifo" -o "$T/out" sh -c 'read -r line; echo "got $line"'
	echo hello >&"$writer"
	exec {writer}>&-
	wait_for has_line "$T/out" '^got hello$'
}

@test "an input that cannot be opened is said" {
	mkdir "$T/dir"
	ln -s none "$T/link"
	snapshot "$T"
	local file want status
	while read -r status file want; do
		run_d -p "$T/pid" -o "$T/out" -i "$file" "$PROBE" "$REPORT"
		assert_refused "$status" "cannot open input: $file: $want" ||
			fail "$file"
		assert_nothing_left "$T"
	done <<-END
		66 $T/none No such file or directory
		66 $T/none/file No such file or directory
		66 $T/dir Is a directory
		77 $T/link unsafe: it is a symbolic link
		66 /dev/tty No such device or address
		66 /dev/fd/77 Bad file descriptor
		66 /dev/stderr Bad file descriptor
	END
	run_d -i '' true
	assert_refused 64 'cannot understand the command line: --stdin: '
	run_c bash -c 'exec "$0" -i /dev/fd/9 true 9<"$1"' "$DAEMONIZE" "$T/dir"
	assert_refused 66 'cannot open input: /dev/fd/9: Is a directory'
	run_c "$HELPERS/dirty" closed:0 -- "$DAEMONIZE" -i /dev/stdin true
	assert_refused 66 'cannot open input: /dev/stdin: Bad file descriptor'
	run_c "$HELPERS/dirty" wronly-stdin -- "$DAEMONIZE" -i /dev/stdin true
	assert_refused 66 'cannot open input: /dev/stdin: Bad file descriptor'
}

@test "outputs are open for appending, so a log can be truncated under them" {
	mkfifo "$T/fifo"
	exec {writer}<>"$T/fifo"
	start -i "$T/fifo" -o "$T/out" sh -c '
		while read -r line; do echo "$line"; done'
	echo one >&"$writer"
	wait_for has_line "$T/out" '^one$'
	cp "$T/out" "$T/out.1"
	truncate -s 0 "$T/out"
	echo two >&"$writer"
	exec {writer}>&-
	wait_for has_line "$T/out" '^two$'
	assert_stat %s "$T/out" 4
	assert_content "$T/out.1" one
}

# one_file OPTION...: 1 and 2 of the daemon are the same open file, if so.
one_file() {
	rm -f "$T/same"
	run_d "$@" python3 -c '
import fcntl, os, sys
flags = fcntl.fcntl(1, fcntl.F_GETFL)
fcntl.fcntl(1, fcntl.F_SETFL, flags | os.O_NONBLOCK)
same = fcntl.fcntl(2, fcntl.F_GETFL) & os.O_NONBLOCK
fcntl.fcntl(1, fcntl.F_SETFL, flags)
for i in range(100):
    os.write(1, b"out %d\n" % i)
    os.write(2, b"err %d\n" % i)
with open(sys.argv[1] + ".new", "w") as f:
    f.write("yes" if same else "no")
os.rename(sys.argv[1] + ".new", sys.argv[1])' "$T/same"
	assert_status 0 || return 1
	wait_for test -e "$T/same" || return 1
	assert_content "$T/same" yes
}

@test "the same file for both outputs is opened once, however it is spelt" {
	needprogram python3
	local err
	mkdir "$T/dir"
	ln -s dir "$T/link"
	cd "$T"
	for err in "$T/dir/out" "$T//dir/.//out" "$T/dir/../link/out" dir/out \
		./link/out; do
		echo old >"$T/dir/out"
		one_file -o "$T/dir/out" -e "$err" || fail "-e $err"
		assert_equal "$(cat dir/out)" "$(seq 0 99 |
			sed 's/.*/out &\nerr &/')" "order with -e $err"
		assert_equal "$(head -n 1 dir/out)" 'out 0'
	done
	# a file that is not there yet, and one that is appended to
	one_file -o "$T/new" -e "$T/new"
	one_file -a -o "$T/new" -e "$T/new"
	assert_equal "$(wc -l <"$T/new")" 400 lines
	one_file -L "$T/new"
	one_file --log="$T/new"
	assert_equal "$(wc -l <"$T/new")" 800 lines
	one_file -L "$T/dir/log"
}

@test "the same file for both outputs in the user's place is opened once" {
	needroot
	needprogram python3
	mkdir "$T/his"
	chown nobody "$T/his"
	PATH=/usr/local/bin:/usr/bin:/bin
	chmod 777 "$T" # the program reports there
	one_file -u nobody -o "$T/his/out" -e "$T/./his/out"
	one_file -u nobody -L "$T/his/log"
	assert_equal "$(wc -l <"$T/his/out")" 200 lines
	assert_stat '%a %U' "$T/his/out" '640 nobody'
	# By a mode that would not let him open it again.
	run_c setpriv --reuid=nobody --regid=nogroup --clear-groups \
		"$DAEMONIZE" -L "$T/his/once" --log-mode=400 true
	assert_status 0
	run_d -u nobody -L "$T/his/twice" --log-mode=400 true
	assert_status 0
	assert_stat '%a %U' "$T/his/once" '400 nobody'
	assert_stat '%a %U' "$T/his/twice" '400 nobody'
}

@test "each output has its own file, and what is not named is /dev/null" {
	d -o "$T/out" -e "$T/err"
	fds_are "fd.0=/dev/null $null" "fd.1=$T/out $log" "fd.2=$T/err $log"
	d -o "$T/out"
	fds_are "fd.0=/dev/null $null" "fd.1=$T/out $log" "fd.2=/dev/null $null"
	d --stderr="$T/err"
	fds_are "fd.0=/dev/null $null" "fd.1=/dev/null $null" "fd.2=$T/err $log"
	d --stdout "$T/out" -e /dev/null
	assert_report fd.1 "$T/out $log"
	assert_match "$(report_value fd.2)" '^/dev/null access='
	start -o "$T/out" -e "$T/err" sh -c 'echo out; echo err >&2'
	wait_for has_line "$T/err" '^err$'
	assert_content "$T/out" out
	assert_content "$T/err" err
}

@test "an output file is emptied by a start, or with --append continued" {
	echo old | tee "$T/out" "$T/err" "$T/log" >"$T/untouched"
	start -o "$T/out" -e "$T/err" sh -c 'echo out; echo err >&2'
	wait_for has_line "$T/err" '^err$'
	assert_content "$T/out" out
	assert_content "$T/err" err
	start -a -o "$T/out" -e "$T/err" sh -c 'echo 2; echo 3 >&2'
	wait_for has_line "$T/err" '^3$'
	assert_content "$T/out" $'out\n2'
	assert_content "$T/err" $'err\n3'
	start -o "$T/out" --append -e "$T/new" sh -c 'echo 3; echo 4 >&2'
	wait_for has_line "$T/new" '^4$'
	assert_content "$T/out" $'out\n2\n3'
	start -L "$T/log" sh -c 'echo 1; echo 2 >&2'
	wait_for has_line "$T/log" '^2$'
	assert_content "$T/log" $'old\n1\n2'
}

@test "--log and the single outputs contradict each other" {
	local option
	for option in -o -e; do
		run_d -L "$T/log" "$option" "$T/out" true
		assert_refused 64 'cannot understand the command line: --log: '
		run_d "$option" "$T/out" --log="$T/log" true
		assert_refused 64 'cannot understand the command line: --log: '
	done
	refute_exists "$T/log"
}

# Starts that fail, at every stage, and how.
failures() {
	local d=$T/bad
	cat <<-END
		127 no-such-program
		127 $d/none
		126 $d/plain
		126 $d/dir
		126 $d/empty
		126 $d/text
		126 $d/truncated
		126 $d/no-interpreter
		126 $d/no-permission
		126 $d/no-loader
		66  -c $d/none true
		66  -c $d/plain true
		66  -i $d/none true
		66  --env-file=$d/none true
		64  --keep-fd=99 true
		64  -m 9 true
		73  -p $d/none/pid true
		77  -p $d/link true
		75  -l $d/lock true
		77  -e $d/link true
		73  -e $d/none/file true
		73  -e $d/fifo true
		67  -u no-such-user true
	END
}

make_failures() {
	local d=$T/bad elf
	mkdir -p "$d/dir"
	: >"$d/empty"
	echo plain >"$d/plain"
	echo 'echo this is no program' >"$d/text"
	elf=$(type -P true)
	head -c 100 "$elf" >"$d/truncated"
	sed 's|/lib[^ ]*/ld-[a-z0-9.-]*|/XX&|; s|/XX/\(l.*\)|/X\1|' "$elf" |
		head -c "$(stat -c %s "$elf")" >"$d/no-loader"
	printf '#!/nonexistent/sh\n' >"$d/no-interpreter"
	printf '#!%s\n' "$d/plain" >"$d/no-permission"
	chmod 755 "$d"/{empty,text,truncated,no-loader,no-interpreter} \
		"$d/no-permission"
	chmod 600 "$d/plain"
	mkfifo "$d/fifo"
	ln -s target "$d/link"
	(umask 077 && : >"$d/lock")
	exec {held}<"$d/lock"
	flock -n "$held"
}

@test "whatever fails, files that were there keep their contents" {
	local want options
	make_failures
	echo old | tee "$T/out" "$T/err" >"$T/log"
	snapshot "$T"
	while read -r want options; do
		# shellcheck disable=SC2086 # words
		run_d -o "$T/out" -e "$T/err" $options
		[[ $options == *-e* ]] || assert_refused "$want" 'cannot ' ||
			fail "$options"
		assert_nothing_left "$T" || fail "$options"
		[[ $options != *-e* ]] || continue
		# shellcheck disable=SC2086
		run_d -L "$T/log" $options
		assert_refused "$want" 'cannot ' || fail "-L: $options"
		assert_nothing_left "$T" || fail "-L: $options"
	done < <(failures)
	exec {held}<&-
}

@test "whatever fails, files that were not there are not there" {
	local want options
	make_failures
	snapshot "$T"
	while read -r want options; do
		# shellcheck disable=SC2086 # words
		run_d -o "$T/out" -e "$T/err" $options
		assert_refused "$want" 'cannot ' || fail "$options"
		assert_nothing_left "$T" || fail "$options"
		[[ $options != *-[pl]* ]] || continue
		# shellcheck disable=SC2086
		run_d -p "$T/pid" -l "$T/lock" -o "$T/out" -v $options
		assert_equal "$status" "$want" "status of $options"
		assert_nothing_left "$T" || fail "$options"
	done < <(failures)
	exec {held}<&-
}

@test "whatever fails after the drop, nothing of ours is left either" {
	needroot
	local want options place
	make_failures
	mkdir "$T/his" "$T/his/root"
	echo old >"$T/his/old"
	chown -R nobody "$T/his"
	chown root "$T/his/root"
	mkdir -m 700 "$T/private"
	cp "$(type -P true)" "$T/private"
	snapshot "$T"
	while read -r want options; do
		for place in his .; do
			# shellcheck disable=SC2086 # words
			run_d -u nobody -p "$T/pid" -l "$T/lock" \
				-o "$T/$place/new" -e "$T/his/old" $options
			assert_refused "$want" 'cannot ' || fail "$options"
			assert_nothing_left "$T" || fail "$options"
		done
	done <<-END
		127 $T/bad/none
		126 $T/bad/text
		126 $T/bad/no-interpreter
		126 $T/private/true
		66  -c $T/private true
		66  -i $T/his/none true
		66  -i $T/private/none true
	END
	# The second output fails when the first one is made already.
	run_d -u nobody -o "$T/his/new" -e "$T/his/root/new" true
	assert_refused 73 "cannot open output.*: $T/his/root/new: Permission"
	assert_nothing_left "$T"
	run_d -f -u nobody -o "$T/his/new" -e "$T/his/root/new" true
	assert_refused 73 "cannot open output.*: $T/his/root/new: Permission"
	assert_nothing_left "$T"
	exec {held}<&-
}

@test "where the kernel knows other formats, contents are kept all the same" {
	needroot
	needprogram unshare
	make_failures
	echo old >"$T/out"
	snapshot "$T"
	local file
	for file in text empty truncated; do
		# What a mounted binfmt_misc without any format looks like.
		run_c unshare -m --propagation private sh -c '
			mount -t tmpfs none /proc/sys/fs &&
			mkdir /proc/sys/fs/binfmt_misc &&
			echo enabled >/proc/sys/fs/binfmt_misc/status &&
			: >/proc/sys/fs/binfmt_misc/register || exit 99
			exec "$@"' sh "$DAEMONIZE" -o "$T/out" "$T/bad/$file"
		assert_refused 126 "cannot .*execute: $T/bad/$file: " ||
			fail "$file"
		assert_nothing_left "$T" || fail "$file"
	done
	exec {held}<&-
}

@test "what is not the null device does not stand in for it" {
	needroot
	needprogram unshare
	local other
	: >"$T/file"
	for other in /dev/zero "$T/file"; do
		run_c unshare -m --propagation private sh -c '
			mount --bind "$0" /dev/null && exec "$@"' "$other" \
			"$DAEMONIZE" -p "$T/pid" true
		assert_refused 71 'cannot .*: /dev/null: it is not the null device' ||
			fail "$other"
		# For what the caller has closed, too.
		run_c unshare -m --propagation private sh -c '
			mount --bind "$0" /dev/null && exec "$@" <&-' "$other" \
			"$DAEMONIZE" -f -p "$T/pid" true
		assert_refused 71 'cannot .*: /dev/null: it is not the null device' ||
			fail "$other"
		refute_exists "$T/pid"
	done
}

# make_misc: $T/misc, what a binfmt_misc looks like, and what its entries may fit.
make_misc() {
	needroot
	needprogram unshare
	sees_proc || skip "kernel: /proc says what it knows"
	local name
	mkdir "$T/misc" "$T/app"
	for name in plain x.foo; do
		printf abcdef | executable "$T/app/$name"
	done
	printf '\177ELF\001\001\001' | executable "$T/app/foreign"
	printf 'enabled\nmagic 61\n' >"$T/misc/register"
	echo enabled >"$T/misc/status"
}

# with_misc OPTION...: where that is mounted.
with_misc() {
	run_c unshare -m --propagation private sh -c '
		mount -t tmpfs none /proc/sys/fs &&
		mkdir /proc/sys/fs/binfmt_misc &&
		mount --bind "$0" /proc/sys/fs/binfmt_misc || exit 99
		exec "$@"' "$T/misc" "$DAEMONIZE" "$@"
}

@test "what the kernel gives to an interpreter is taken for a program" {
	local entry name want
	make_misc
	# It is executed in the end; only what may be one truncates an output.
	while IFS='|' read -r want name entry; do
		printf '%b\n' "$entry" >"$T/misc/entry"
		echo old >"$T/out"
		with_misc -o "$T/out" "$T/app/$name"
		assert_refused 126 'cannot execute: .*: neither a binary' ||
			fail "$entry"
		assert_equal "$(cat "$T/out")" "$want" "$name $entry"
	done <<-'END'
		|plain|enabled\noffset 0\nmagic 6162
		old|plain|disabled\noffset 0\nmagic 6162
		old|plain|enabled\noffset 0\nmagic 6163
		old|plain|enabled\noffset 0\nmagic 6262
		|plain|enabled\noffset 0\nmagic 4142\nmask dfdf
		|plain|enabled\noffset 0\nmagic 610063\nmask ff00ff
		old|plain|enabled\noffset 0\nmagic 6063\nmask fffe
		|plain|enabled\noffset 4\nmagic 6566
		old|plain|enabled\noffset 5\nmagic 6600
		old|plain|enabled\noffset 1\nmagic 61
		old|plain|enabled\noffset 0
		|x.foo|enabled\nextension .foo
		old|x.foo|enabled\nextension .fool
		old|plain|enabled\nextension .foo
		|plain|enabled\ninterpreter /bin/sh\nflags: \nmagic 6162
		|plain|enabled\ninterpreter /none\nflags: POCF\nmagic 6162
		|foreign|enabled\ninterpreter /bin/sh\nflags: \nmagic 7f454c4601
		old|foreign|enabled\ninterpreter /bin/sh\nflags: \nmagic 7f454c4602
	END
}

@test "what binfmt_misc has no interpreter for empties and stops nothing" {
	local entry enabled reason
	make_misc
	mkdir "$T/a b"
	: >"$T/a b/plain"
	start -p "$T/pid" "$(own /bin/sleep)" 100
	echo old >"$T/out"
	while IFS='|' read -r enabled entry reason; do
		echo "$enabled" >"$T/misc/status"
		printf 'enabled\n%b\nmagic 6162\n' "$entry" >"$T/misc/entry"
		with_misc -o "$T/out" "$T/app/plain"
		assert_refused 126 "cannot execute: $T/app/plain: $reason$" ||
			return 1
		assert_content "$T/out" old || fail "$entry" || return 1
		with_misc --restart -p "$T/pid" "$T/app/plain"
		assert_refused 126 "cannot execute: $T/app/plain: $reason$" ||
			return 1
		assert_alive "$(cat "$T/pid")" || fail "$entry" || return 1
	done <<-END
		enabled|interpreter /no/such\nflags: OC|its interpreter is missing \(/no/such\)
		enabled|interpreter $T/a b/plain\nflags: |Permission denied \($T/a b/plain\)
		enabled|interpreter $T/app/plain\nflags: |its interpreters lead to more scripts than the kernel follows
		disabled|interpreter /bin/sh\nflags: |neither a binary .*
	END
}

@test "a lockfile that was there stays, and is not held" {
	(umask 077 && : >"$T/lock")
	snapshot "$T"
	run_d -l "$T/lock" "$T/none"
	assert_status 127
	assert_nothing_left "$T"
	flock -n "$T/lock" true
}

@test "a new output has exactly the mode asked for, whatever the umask" {
	local umask mode want
	for umask in 0 022 077 0777; do
		while read -r mode want; do
			rm -f "$T/out" "$T/err"
			by "$HELPERS/dirty" umask:"$umask" -- "$DAEMONIZE" "$mode" \
				-o "$T/out" -e "$T/err" -m 0357
			assert_stat %a "$T/out" "$want" || fail "$umask: $mode"
			assert_stat %a "$T/err" "$want" || fail "$umask: $mode"
		done <<-'END'
			-q 640
			--log-mode=600 600
			--log-mode=0666 666
			--log-mode=0 0
			--log-mode=u=rw,g=r,o= 640
			--log-mode=a=rw 666
			--log-mode=g-r 600
			--log-mode=o+r 644
			--log-mode=+w 662
		END
	done
	for mode in '' 8 1000 4755 01777 rw u+s 0640x -1 'u=rw,'; do
		run_d --log-mode="$mode" -o "$T/none" true
		assert_refused 64 \
			'cannot understand the command line: --log-mode: ' ||
			fail "mode ${mode@Q}"
		refute_exists "$T/none"
	done
}

@test "an output that was there keeps its mode and owner" {
	echo old >"$T/out"
	chmod 604 "$T/out"
	((EUID != 0)) || chown daemon:daemon "$T"/out
	local owner
	owner=$(stat -c %U:%G "$T/out")
	if ((EUID == 0)); then
		d -u daemon -o "$T/out" --log-mode=666
	else
		d -o "$T/out" --log-mode=666
	fi
	assert_stat '%a %U:%G %s' "$T/out" "604 $owner 0"
}

@test "a new output belongs to the daemon's user, wherever it is" {
	needroot
	mkdir "$T/his"
	chown nobody "$T/his"
	d -u nobody -o "$T/out" -e "$T/his/err"
	assert_stat '%a %U:%G' "$T/out" '640 nobody:nogroup'
	assert_stat '%a %U:%G' "$T/his/err" '640 nobody:nogroup'
	d -u nobody:daemon --log-mode=620 -L "$T/log"
	assert_stat '%a %U:%G' "$T/log" '620 nobody:daemon'
	d -g daemon -L "$T/log2"
	assert_stat '%a %U:%G' "$T/log2" '640 root:daemon'
	d -f -u nobody -L "$T/log3"
	assert_stat '%a %U:%G' "$T/log3" '640 nobody:nogroup'
}

@test "a new output belongs to the daemon's group, whatever its directory says" {
	needroot
	local options
	mkdir "$T/sgid" "$T/his"
	chgrp mail "$T/sgid" "$T/his"
	chmod 2755 "$T/sgid" "$T/his"
	chown nobody "$T/his"
	for options in '' '-u root -g root' '-f' '-f -u root:root'; do
		# shellcheck disable=SC2086 # a list
		d $options -o "$T/sgid/out"
		assert_stat '%a %U:%G' "$T/sgid/out" '640 root:root' ||
			fail "$options"
		rm "$T/sgid/out"
	done
	d -g daemon -o "$T/sgid/out" -e "$T/sgid/err"
	assert_stat '%a %U:%G' "$T/sgid/out" '640 root:daemon'
	assert_stat '%a %U:%G' "$T/sgid/err" '640 root:daemon'
	d -u nobody -o "$T/his/out"
	assert_stat '%a %U:%G' "$T/his/out" '640 nobody:nogroup'
	run_c setpriv --reuid=nobody --regid=nogroup --clear-groups \
		"$(own "$DAEMONIZE")" -o "$T/his/own" true
	assert_status 0
	assert_stat '%a %U:%G' "$T/his/own" '640 nobody:nogroup'
}

@test "/dev/stdout and /dev/stderr are the caller's" {
	local mode
	for mode in '' -f; do
		# shellcheck disable=SC2086 # one word or none
		run_d $mode -o /dev/stdout -e /dev/stderr \
			sh -c 'echo to stderr >&2; echo to stdout'
		assert_status 0
		wait_for has_line "$CAP/out" '^to stdout$'
		assert_content "$CAP/err" 'to stderr'
		assert_content "$CAP/out" 'to stdout'
	done
	# crossed
	run_d -o /dev/stderr -e /dev/stdout \
		sh -c 'echo to stderr >&2; echo to stdout'
	wait_for has_line "$CAP/err" '^to stdout$'
	assert_content "$CAP/out" 'to stderr'
	# both the same
	run_d -L /dev/stdout sh -c 'echo 1 >&2; echo 2'
	wait_for has_line "$CAP/out" '^2$'
	assert_content "$CAP/out" $'1\n2'
}

@test "/dev/fd/N and /proc/self/fd/N are the caller's, and only 0-2 then" {
	local name mode
	for name in /dev/fd/7 /proc/self/fd/7; do
		for mode in -q -f; do
			rm -f "$REPORT"
			: >"$T/out"
			run_c bash -c 'exec 7>>"$1" 8<"$1"; exec "${@:2}"' \
				bash "$T/out" "$DAEMONIZE" "$mode" -o "$name" \
				-i /dev/fd/8 -e /dev/null "$PROBE" "$REPORT"
			assert_status 0
			wait_for test -s "$REPORT"
			assert_equal "$(report_lines fd. | cut -d ' ' -f 1 |
				xargs)" "fd.0=$T/out fd.1=$T/out fd.2=/dev/null" \
				"descriptors with $mode -o $name"
		done
	done
}

@test "an output that the caller has not open, or not for writing, is said" {
	local name mode
	for mode in -q -f; do
		run_c "$HELPERS/dirty" closed:1 -- "$DAEMONIZE" $mode \
			-o /dev/stdout "$PROBE" "$REPORT"
		assert_refused 73 \
			'cannot open output: /dev/stdout: Bad file descriptor'
		for name in /dev/fd/9 /proc/self/fd/2147483647 /dev/fd/7; do
			run_c bash -c 'exec 7</dev/null; exec "$@"' bash \
				"$DAEMONIZE" $mode -e "$name" "$PROBE" "$REPORT"
			assert_refused 73 \
				"cannot open output: $name: Bad file descriptor" ||
				fail "$name"
		done
		# standard error itself: the status must do
		run_c "$HELPERS/dirty" closed:2 -- "$DAEMONIZE" $mode \
			-e /dev/stderr "$PROBE" "$REPORT"
		assert_status 73
		assert_silent
	done
	refute_exists "$REPORT"
}

@test "the classic redirections to a pipe work, and it closes with the daemon" {
	run_c sh -c '"$1" -o /dev/stdout -p "$2" sh -c "echo one; echo two" | cat' \
		sh "$DAEMONIZE" "$T/pid"
	assert_out $'one\ntwo'
	# and a pipe that was not named is not kept open
	run_c sh -c '"$1" -p "$2" sleep 100 | cat' sh "$DAEMONIZE" "$T/pid"
	assert_silent
	assert_alive "$(cat "$T/pid")"
}

@test "character devices can be outputs, and are left as they are" {
	local device
	for device in /dev/null /dev/full /dev/zero; do
		d -o "$device" -e "$device"
		assert_match "$(report_value fd.1)" \
			"^$device access=w append=[01] nonblock=0 cloexec=0"
		assert_match "$(report_value fd.2)" \
			"^$device access=w append=[01] nonblock=0 cloexec=0"
	done
	assert_equal "$(stat -c '%F %t:%T %a' /dev/null)" \
		'character special file 1:3 666'
	run_d -f -o /dev/full sh -c 'echo x'
	((status != 0)) || fail "writing to /dev/full worked"
	d -L /dev/null
	assert_match "$(report_value fd.1)" '^/dev/null '
}

@test "a terminal as an output does not become the daemon's" {
	rm -f "$REPORT"
	run_c "$HELPERS/pty" sh -c '"$1" -L "$(tty)" -i "$(tty)" "$2" "$3" stay
		status=$?
		until test -s "$3"; do sleep 0.01; done
		exit $status' sh "$DAEMONIZE" "$PROBE" "$REPORT"
	assert_status 0
	assert_report tty none
	assert_report tty.opens 0
	assert_match "$(report_value fd.1)" \
		'^/dev/pts/[0-9]+ access=w append=. nonblock=0'
	# nor does it end with it
	assert_alive "$(report_value pid)"
}

@test "a FIFO with a reader can be an output, one without is said at once" {
	mkfifo "$T/fifo"
	snapshot "$T"
	RUN_SECONDS=5 run_d -o "$T/fifo" true
	assert_refused 73 "cannot open output: $T/fifo: nobody reads"
	RUN_SECONDS=5 run_d -f -L "$T/fifo" true
	assert_refused 73 "cannot open output: $T/fifo: nobody reads"
	assert_nothing_left "$T"
	exec {reader}<>"$T/fifo"
	d -o "$T/fifo"
	assert_match "$(report_value fd.1)" \
		"^$T/fifo access=w append=[01] nonblock=0 cloexec=0"
	start -L "$T/fifo" echo hello
	read -r -t 10 line <&"$reader"
	exec {reader}>&-
	assert_equal "$line" hello "what came through"
}

@test "O_NONBLOCK of the caller does not reach the daemon" {
	local options fd
	mkfifo "$T/fifo"
	exec {both}<>"$T/fifo"
	for options in '-i /dev/stdin -o /dev/stdout -e /dev/stderr' \
		"-i $T/fifo -L $T/fifo" "-i /dev/null -L /dev/null" ''; do
		# shellcheck disable=SC2086 # words
		by "$HELPERS/dirty" nonblock -- "$DAEMONIZE" $options
		for fd in 0 1 2; do
			assert_match "$(report_value fd.$fd)" ' nonblock=0 ' ||
				fail "descriptor $fd with $options"
		done
	done
	# a pipe, whose reader must not notice
	run_c bash -c '"$@" | cat' bash "$HELPERS/dirty" nonblock -- \
		"$DAEMONIZE" -o /dev/stdout "$PROBE" -
	assert_match "$out" 'fd.1=pipe:.* access=w append=0 nonblock=0 '
	# a terminal, and the caller's own file stays as it was
	run_c python3 -c '
import os, subprocess, sys
fd = os.openpty()[1]
os.set_blocking(fd, False)
status = subprocess.call(sys.argv[1:], stdin=fd, stdout=fd)
sys.exit(status or 99 * os.get_blocking(fd))' "$DAEMONIZE" -i /dev/stdin \
		-o /dev/stdout "$PROBE" "$REPORT.3"
	assert_status 0
	wait_for test -s "$REPORT.3"
	assert_match "$(cat "$REPORT.3")" 'fd.1=/dev/pts/[0-9]+ access=rw append=0 nonblock=0 '
	# so does that of a FIFO
	run_c python3 -c '
import os, subprocess, sys
fd = os.open(sys.argv[1], os.O_RDWR | os.O_NONBLOCK)
status = subprocess.call(sys.argv[2:], stdin=fd, stdout=fd)
sys.exit(status or 99 * os.get_blocking(fd))' "$T/fifo" "$DAEMONIZE" \
		-i /dev/stdin -o /dev/stdout "$PROBE" "$REPORT.2"
	assert_status 0
	exec {both}>&-
}

@test "an output that cannot be opened is said" {
	needprogram python3
	local file want status
	mkdir "$T/dir"
	touch "$T/file" "$T/hard"
	ln "$T/hard" "$T/hard2"
	ln -s file "$T/link"
	ln -s none "$T/dangling"
	python3 -c 'import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$T/socket"
	snapshot "$T"
	while read -r status file want; do
		RUN_SECONDS=5 run_d -o "$file" "$PROBE" "$REPORT"
		assert_refused "$status" "cannot open output: $file: $want" ||
			fail "$file"
		assert_nothing_left "$T"
	done <<-END
		73 $T/none/file No such file or directory
		73 $T/file/file Not a directory
		73 $T/dir Is a directory
		73 $T/dir/ Is a directory
		73 /dev/tty No such device or address
		77 $T/link unsafe: it is a symbolic link
		77 $T/dangling unsafe: it is a symbolic link
		77 $T/hard unsafe: it has more than one hard link
		77 $T/socket unsafe: it is not a file
	END
	run_d -o '' true
	assert_refused 64 'cannot understand the command line: --stdout: '
}

@test "only where contents would be lost, the program is examined first" {
	run_d -v -o "$T/out" true
	assert_status 0
	refute grep -q 'examine program' <<<"$err"
	echo old >"$T/out"
	run_d -v -o "$T/out" true
	assert_status 0
	assert_match "$err" 'daemonize: examine program: '
	# Truncated is only what is announced to be written to.
	assert_match "$err" 'announce the program.*truncate'
	assert_content "$T/out" ""
}

@test "a file dated after 2038 is as good as any" {
	touch -d 2060-01-01 "$T/log" "$T"
	(($(stat -c %Y "$T/log") > 2147483647)) ||
		skip "kernel: its file system ends in 2038"
	start -a -o "$T/log" -c "$T" -p "$T/pid" sleep 1000
	touch -d 2060-01-01 "$T/pid" "$T/pid.id" "$T"
	start --status -p "$T/pid"
	start --stop -p "$T/pid"
}
