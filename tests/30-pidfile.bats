#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The pidfile, the identity beside it and the lockfiles: what is in them, when
# a start believes them, and that a failed start leaves none of them behind.
#
# shellcheck disable=SC2016,SC2154

load lib/common

setup() {
	setup_dir
	nap=("$(own "$(type -P sleep)")" 600)
	F=$T/run/pid
	mkdir "$T/run"
	will_be_traced
}

# naps: the pids of all that sleep, by executable: a command line is empty
# for a moment in each exec.
naps() {
	find /proc -mindepth 2 -maxdepth 2 -name exe -lname "$T/bin/sleep" \
		2>/dev/null | cut -d / -f 3
}

# end_daemon FILE: kill -9, and wait.
end_daemon() {
	local p
	p=$(cat "$1")
	kill -KILL "$p"
	wait_gone "$p"
}

# started FILE: it names a living process of ours, and so does FILE.id.
started() {
	local p
	p=$(cat "$1") || return 1
	assert_alive "$p" || return 1
	assert_equal "$(id_value pid "$1")" "$p" "the pid in $1.id"
}

# id_value KEY FILE
id_value() { sed -n "s/^$1 //p" "$2.id"; }

# id_write FILE PID [START [INODE [BOOT]]]: a record that was true once, of
# a process that is none if nothing else is said.
id_write() {
	printf 'pid %s\nstart %s\nboot %s\ninode %s\n' "$2" "${3-1}" \
		"${5-$(cat /proc/sys/kernel/random/boot_id)}" "${4-1}" >"$1.id"
}

# id_of FILE PID: the true record of a process, without its inode.
id_of() { id_write "$1" "$2" "$(start_time "$2")" 0; }

# dead_pid: the number of a process that is no more.
dead_pid() {
	sh -c 'echo $$'
}

# bystander: a process that has nothing to do with any daemon; sets $bystander.
bystander() {
	run_bg sleep 600
	bystander=$bg
}

# faulty CALL:FAULT... -- COMMAND: the calls fail in a start of the command.
faulty() {
	local args=() fault
	while [[ $1 != -- ]]; do
		fault=$1
		args+=(-e "inject=$fault")
		shift
	done
	shift
	run_c strace -f -b execve -qq -o "$CAP/strace" \
		-e trace=pidfd_open,fstatfs,flock,write,renameat,close \
		"${args[@]}" "$@"
}

no_pidfd=pidfd_open:error=ENOSYS
no_pidfs=fstatfs:error=ENOSYS

@test "the pidfile is the pid and a newline, 0644, the caller's" {
	local mask user users=("")
	((EUID != 0)) || users+=(nobody)
	for mask in 000 022 077 0777; do
		for user in "${users[@]}"; do
			row="umask $mask user ${user:-none}"
			umask "$mask"
			start -p "$F" ${user:+-u "$user"} "${nap[@]}"
			umask 022
			p=$(cat "$F")
			assert_match "$p" '^[1-9][0-9]*$' || fail "$row"
			assert_equal "$(od -c "$F")" \
				"$(printf '%d\n' "$p" | od -c)" "$row"
			assert_equal "$(tr '\0' ' ' <"/proc/$p/cmdline")" \
				"${nap[*]} " "$row"
			assert_stat '%a %u:%g %h %F' "$F" \
				"644 $EUID:$(id -g) 1 regular file" || fail "$row"
			assert_stat '%a %u:%g %h %F' "$F.id" \
				"644 $EUID:$(id -g) 1 regular file" || fail "$row"
			assert_equal "$(names "$T/run")" "pid pid.id" "$row"
			end_daemon "$F"
		done
	done
}

@test "FILE.id is true: pid, start time, boot id and the pidfd's inode" {
	needprogram python3
	start -p "$F" "${nap[@]}"
	p=$(cat "$F")
	inode=$(python3 -c 'import os, subprocess, sys
fd = os.pidfd_open(int(sys.argv[1]))
magic = subprocess.check_output(["stat", "-Lfc%t", "/proc/self/fd/%d" % fd],
    pass_fds=[fd])
print(os.fstat(fd).st_ino if magic == b"50494446\n" else 0)' "$p")
	assert_content "$F.id" "pid $p
start $(start_time "$p")
boot $(cat /proc/sys/kernel/random/boot_id)
inode $inode"
	assert_equal "$(wc -l <"$F.id")" 4 "lines of FILE.id"
}

# looked WHO FILE [TRACE]: how often has a process opened this file of /proc?
looked() { grep -Ec "^$1 +open(at)?\(.*\"/proc/$2\"" "${3:-$CAP/strace}" || :; }

@test "the middle looks for what the daemon needs of /proc, in time or not" {
	needprogram strace
	will_be_traced
	local row fault late itself early front
	while IFS='|' read -r row fault late itself early; do
		rm -f "$F" "$F.id"
		run_c strace -f -b execve -qq -o "$CAP/strace" \
			-e trace=open,openat,readlink,readlinkat,setpgid,execve \
			-e inject="$fault" ${late:+-e inject="$late"} \
			"$DAEMONIZE" -p "$F" "${nap[@]}"
		assert_status 0
		p=$(<"$F")
		assert_match "$(<"$F.id")" "start $(start_time "$p")
boot $(</proc/sys/kernel/random/boot_id)
" "$row"
		assert_equal "$(looked "$p" self/stat) $(looked "$p" \
			sys/kernel/random/boot_id)" "$itself $itself" \
			"$row: looks of the daemon"
		# The front opens it while the daemon is busy, and but once.
		front=$(sed -n '1s/ .*//p' "$CAP/strace")
		sed "/^$p  *execve(/q" "$CAP/strace" >"$T/before"
		assert_equal "$(looked "$front" "$p/stat" "$T/before") \
$(looked "$front" "$p/stat")" "$early 1" "$row: looks of the front"
		end_daemon "$F"
	done <<-'END'
		the daemon is late|setpgid:delay_exit=300000||0|1
		the middle is late|readlink,readlinkat:delay_enter=300000||1|0
		the middle may not look|readlink,readlinkat:error=EACCES|setpgid:delay_exit=300000|1|1
	END
}

@test "a pidfile in the working directory may have a relative name" {
	cd "$T/run"
	start -p pid -c / "${nap[@]}"
	started "$F"
	run_d --pidfile=../run/pid "${nap[@]}"
	assert_refused 75 'cannot start: \.\./run/pid: already running'
}

@test "both files are whole when the start returns, 150 times of 150" {
	for i in {1..150}; do
		"$DAEMONIZE" -p "$F.$i" true
		p=$(<"$F.$i")
		i=$F.$i
		[[ $p =~ ^[1-9][0-9]*$ && $(<"$i.id") == "pid $p
start "*"
boot "*"
inode "* ]] || fail "$i: $p, $(<"$i.id")"
	done
	assert_equal "$(find "$T/run" -type f | wc -l)" 300 files
}

@test "FILE.id gets its name first: FILE is never there without it" {
	needprogram strace
	run_c strace -f -b execve -qq -o "$CAP/strace" -e trace=renameat,rename \
		"$DAEMONIZE" -p "$F" true
	assert_status 0
	assert_equal "$(sed -n 's/.*, "\([^"]*\)") *= 0$/\1/p' "$CAP/strace" |
		xargs)" "pid.id pid" "the order of the names"
}

@test "a reader never sees a file empty, torn or alone" {
	needprogram python3
	cat >"$T/reader" <<-'END'
		import os, re, sys
		file, done = sys.argv[1], sys.argv[2]
		seen = 0
		forms = {"": rb"[1-9]\d*\n", ".id": rb"pid [1-9]\d*\n"
		         rb"start \d+\nboot [-\da-f]*\ninode \d+\n"}
		while not os.path.exists(done):
		    for suffix, form in forms.items():
		        try:
		            with open(file + suffix, "rb") as f:
		                text = f.read()
		        except FileNotFoundError:
		            if suffix and os.path.exists(file):
		                print("no", file + suffix)
		            continue
		        seen += 1
		        if not re.fullmatch(form, text):
		            print("torn", suffix, text)
		print("seen" if seen > 300 else "nothing seen")
	END
	run_bg python3 "$T/reader" "$F" "$T/done"
	for i in {1..100}; do
		# The one before may not have ended yet.
		wait_for "$DAEMONIZE" -q -p "$F" true
	done
	touch "$T/done"
	wait_gone "$bg"
	assert_content "$CAP/bg.out" seen
}

@test "after a failed start there is no file, whichever step it was" {
	echo "no program" >"$T/data"
	chmod 755 "$T/data"
	printf '#!/no/such\n' >"$T/bad"
	chmod 755 "$T/bad"
	while read -r want args; do
		row="$want $args"
		# shellcheck disable=SC2086
		run_d -p "$F" $args
		assert_status "$want" || fail "$row"
		assert_line_count 1 err || fail "$row"
		assert_out '' || fail "$row"
		assert_equal "$(names "$T/run")" "" "$row"
	done <<-END
		127 $T/none
		126 $T/data
		126 $T/bad
		126 $T
		66 -c $T/none true
		73 -o $T/none/log true
		73 -L $T/run true
		66 -i $T/none true
		64 -m 999 true
		67 -u no-such-user true
		77 -l $T/data true
	END
}

@test "after a system call failed there is no file, whichever it was" {
	needprogram strace
	local name fault row n=0
	while read -r name fault; do
		row="$name $fault"
		run_c strace -f -b execve -qq -o "$CAP/strace" \
			-P "$T/run/$name" -P "$name" -e "inject=$fault" \
			"$DAEMONIZE" -p "$F" true
		grep -q INJECTED "$CAP/strace" || fail "$row: not injected"
		assert_status 73 || fail "$row"
		assert_message "cannot [a-z ]*: $F: " || fail "$row"
		assert_equal "$(names "$T/run")" "" "$row"
		n=$((n + 1))
	done <<-END
		pid.lock flock:error=ENOLCK
		pid.lock flock:error=EINTR:when=1
		.pid.id.daemonize openat:error=ENOSPC
		.pid.daemonize openat:error=EDQUOT
		.pid.id.daemonize write:error=ENOSPC
		.pid.id.daemonize write:error=EIO
		.pid.id.daemonize write:retval=9
		.pid.daemonize write:error=ENOSPC
		.pid.daemonize write:retval=1
		.pid.id.daemonize close:error=EIO
		.pid.daemonize close:error=EDQUOT
		.pid.id.daemonize renameat:error=EIO
		.pid.daemonize renameat:error=ENOSPC
	END
	assert_equal "$n" 13 rows
}

@test "a failed start removes what it wrote, not what it found" {
	echo before >"$T/run/pid.log"
	snapshot "$T/run"
	run_d -p "$F" -o "$F.log" -c "$T/none" true
	assert_status 66
	assert_nothing_left "$T/run"
}

@test "a failed start leaves what has taken the names of its files meanwhile" {
	local name
	script others <<-'END'
		for name; do
			echo other >"$name.new"
			mv "$name.new" "$name"
		done
		exit 3
	END
	run_d -p "$F" -l "$T/lock" -w alive:30 "$T/others" "$F" "$F.id" "$T/lock"
	assert_status 69
	for name in "$F" "$F.id" "$T/lock"; do
		assert_content "$name" other
	done
	assert_equal "$(names "$T/run")" "pid pid.id" files
}

@test "a failed start puts back what it found of a dead daemon, both or neither" {
	local commands files content
	while IFS='|' read -r commands files content; do
		echo "row $commands"
		rm -f "$T/run/"{,.}pid*
		start -p "$F" "${nap[@]}"
		end_daemon "$F"
		cp "$F" "$T/old"
		run_d -p "$F" -w alive:30 sh -c "cd $T/run; $commands; exit 3"
		assert_status 69
		assert_equal "$(names "$T/run")" "$files" files
		[[ -z $content ]] || assert_content "$F" "$(cat "$T/$content")"
	done <<-'END'
		true|pid pid.id|old
		rm pid|pid pid.id|old
		echo other >../other; cp ../other new; mv new pid|pid pid.id|other
		rm .pid.daemonize|
		rm .pid.id.daemonize|
	END
}

@test "a pidfile that a failed start cannot remove keeps its identity" {
	needprogram strace
	run_c strace -qq -o "$CAP/strace" -P "$F" -P pid \
		-e inject=unlinkat:error=EROFS \
		"$DAEMONIZE" -p "$F" -w alive:30 sh -c 'exit 3'
	assert_status 69
	grep -q INJECTED "$CAP/strace" || fail "not injected"
	assert_equal "$(names "$T/run")" "pid pid.id" files
}

@test "a second start is 75, names the process and changes nothing" {
	start -p "$F" "${nap[@]}"
	snapshot "$T/run"
	before=$(naps)
	run_d -p "$F" "${nap[@]}"
	assert_refused 75 "cannot start: $F: already running \(process $before\)$"
	run_d -f -p "$F" "${nap[@]}"
	assert_refused 75 "cannot start: $F: already running \(process $before\)$"
	assert_nothing_left "$T/run"
	assert_equal "$(naps)" "$before" "the daemons"
}

@test "--ok-if-running: 0, silent, and starts nothing" {
	start --ok-if-running -p "$F" "${nap[@]}"
	assert_silent
	snapshot "$T/run"
	before=$(naps)
	start --ok-if-running -p "$F" "${nap[@]}"
	assert_silent
	assert_nothing_left "$T/run"
	assert_equal "$(naps)" "$before" "the daemons"
}

@test "--ok-if-running: one that runs is found where no lock can be made" {
	needroot
	cat >"$CAP/script" <<-'END'
		said() {
			local words
			words=$("$@" 2>&1 >/dev/null)
			echo "$? $words"
		}
		mount -t tmpfs -o "$3" none "$2" && cp "$1" "$2" && cd "$2"
		daemonize=$2/${1##*/}
		"$daemonize" -p pid "$4" 600
		i=0
		eval "$5"
		said "$daemonize" -p pid "$4" 600
		said "$daemonize" --ok-if-running -p pid "$4" 600
		said "$daemonize" --ok-if-running -p other "$4" 600
		kill -KILL "$(cat pid)"
		while "$daemonize" --status -q -p pid; do :; done
		said "$daemonize" --ok-if-running -p pid "$4" 600
	END
	local fill words
	while IFS='|' read -r fill words; do
		run_c unshare -m bash "$CAP/script" "$DAEMONIZE" "$T/run" \
			nr_inodes=20 "${nap[0]}" "$fill"
		assert_match "$out" "^75 daemonize: cannot start: pid: already running \\(process [0-9]+\\)
0 ?
73 daemonize: cannot lock pidfile: other: $words \\(other.lock\\)
73 daemonize: cannot lock pidfile: pid: $words \\(pid.lock\\)$"
	done <<-'END'
		mount -o remount,ro .|Read-only file system
		while : >"file$((i++))"; do :; done 2>/dev/null|No space left on device
	END
}

@test "--ok-if-running: without the right to the lock, one that runs is no success" {
	needroot
	needprogram setpriv
	start -p "$F" "${nap[@]}"
	run_c setpriv --reuid=65534 --regid=65534 --clear-groups \
		"$(own "$DAEMONIZE")" --ok-if-running -p "$F" "${nap[@]}"
	assert_refused 73 "cannot lock pidfile: $F: Permission denied \\(pid.lock\\)$"
}

@test "--ok-if-running does not excuse doubt" {
	bystander
	echo "$bystander" >"$F"
	run_d --ok-if-running -p "$F" "${nap[@]}"
	assert_refused 75 "cannot start: $F: a process with this id lives, but"
}

@test "a user's word that another's process is the daemon is no success" {
	needroot
	needprogram setpriv
	local how
	for how in "chown nobody $T/run" "chmod 1777 $T/run"; do
		bystander
		$how
		echo "$bystander" >"$F"
		id_of "$F" "$bystander"
		chown nobody "$F" "$F.id"
		snapshot "$T/run"
		for option in --ok-if-running -q; do
			run_d "$option" -u nobody -p "$F" "${nap[@]}"
			assert_refused 77 "cannot start: $F: unsafe: who could write the pidfile does not own the process \(user 65534\)\$"
		done
		assert_nothing_left "$T/run"
		# Of his own it is.
		run_bg setpriv --reuid=65534 "${nap[@]}"
		wait_for is_nobodys "$bg"
		echo "$bg" >"$F"
		id_of "$F" "$bg"
		run_d -u nobody -p "$F" "${nap[@]}"
		assert_refused 75 "cannot start: $F: already running"
		run_d --ok-if-running -u nobody -p "$F" "${nap[@]}"
		assert_status 0
		chown root "$T/run"
		rm "$F" "$F.id"
	done
}

is_nobodys() { [[ $(stat -c %U "/proc/$1") == nobody ]]; }

@test "without -p two of the same program may run" {
	start "${nap[@]}"
	start "${nap[@]}"
	wait_for eval '[[ $(naps | wc -l) == 2 ]]'
}

@test "the pidfile of a dead daemon is stale: killed, ended, never there" {
	start -p "$F" "${nap[@]}"
	end_daemon "$F"
	old=$(cat "$F")
	start -p "$F" true
	wait_gone "$(cat "$F")"
	[[ $(cat "$F") != "$old" ]] || fail "the pidfile was not renewed"
	start -p "$F" "${nap[@]}"
	started "$F"
	assert_equal "$(names "$T/run")" "pid pid.id" files
	assert_equal "$(naps)" "$(cat "$F")" "the daemons"
}

# recycle COMMAND...: in a pid namespace of its own, where pids can be chosen,
# another process gets the daemon's number; a tick later, since without a
# pidfd only the start time tells them apart.
recycle() {
	rm -f "$F" "$F.id"
	run_c "$@" unshare -fp --mount-proc bash -euc '
		"$1" -p "$2" sleep 600
		old=$(cat "$2")
		kill -KILL "$old"
		while [ -d "/proc/$old" ]; do :; done
		sleep 0.03
		for try in 1 2 3 4 5 6 7 8 9; do
			echo $((old - 1)) >/proc/sys/kernel/ns_last_pid
			sleep 599 &
			[ $! != "$old" ] || break
		done
		[ $! = "$old" ] || { echo "not recycled"; exit 99; }
		"$1" -p "$2" sleep 600
		new=$(cat "$2")
		[ "$new" != "$old" ] && kill -0 "$new" "$old"
		"$1" -p "$2" sleep 600 || echo "status $?"
	' bash "$DAEMONIZE" "$F"
}

@test "a pid that another process has got is stale, and left alone" {
	needroot
	recycle
	assert_status 0
	assert_out 'status 75'
}

@test "a recycled pid is recognised without pidfd_open, and without pidfs" {
	needroot
	needprogram strace
	local fault
	for fault in "$no_pidfd" "$no_pidfs"; do
		recycle strace -f -qq -o "$CAP/strace" \
			-e trace=pidfd_open,fstatfs -e "inject=$fault"
		assert_status 0 || fail "$fault"
		assert_out 'status 75' || fail "$fault"
		grep -q INJECTED "$CAP/strace" || fail "$fault: not injected"
	done
}

@test "a record of another process with this pid is stale" {
	start -p "$F" "${nap[@]}"
	first=$(cat "$F")
	id_write "$F" "$first" "$(($(id_value start "$F") - 1))" \
		"$(($(id_value inode "$F") + 1))"
	start -p "$F" "${nap[@]}"
	started "$F"
	assert_alive "$first"
}

@test "another inode alone, or another boot alone, is another process" {
	start -p "$F" "${nap[@]}"
	first=$(cat "$F")
	inode=$(id_value inode "$F")
	if ((inode != 0)); then
		id_write "$F" "$first" "$(id_value start "$F")" $((inode + 1))
		start -p "$F" "${nap[@]}"
		started "$F"
	fi
	second=$(cat "$F")
	id_write "$F" "$second" "$(id_value start "$F")" \
		"$(id_value inode "$F")" 01234567-89ab-cdef-0123-456789abcdef
	start -p "$F" "${nap[@]}"
	started "$F"
	assert_alive "$first"
	assert_alive "$second"
}

@test "a start time alone proves a process where the record has no more" {
	start -p "$F" "${nap[@]}"
	p=$(cat "$F")
	id_of "$F" "$p"
	run_d -p "$F" "${nap[@]}"
	assert_refused 75 "cannot start: $F: already running \(process $p\)"
	id_write "$F" "$p" "$(($(start_time "$p") + 1))" 0
	start -p "$F" "${nap[@]}"
	started "$F"
}

@test "a boot that cannot be read is no other boot" {
	needroot
	local without=(unshare -m bash -c 'mount --bind /dev/null \
		/proc/sys/kernel/random/boot_id && exec "$@"' without)
	start -p "$F" "${nap[@]}"
	run_c "${without[@]}" "$DAEMONIZE" -p "$F" "${nap[@]}"
	assert_refused 75 "cannot start: $F: already running"
	run_c "${without[@]}" "$DAEMONIZE" --status -p "$F"
	assert_status 0
	run_c "${without[@]}" "$DAEMONIZE" --stop -p "$F"
	assert_status 0
	# Nor is it one to be recorded.
	run_c "${without[@]}" "$DAEMONIZE" -p "$F" "${nap[@]}"
	assert_status 0
	run_c "$DAEMONIZE" --status -p "$F"
	assert_status 0
	run_c "$DAEMONIZE" --stop -p "$F"
	assert_status 0
}

@test "a boot in another form than the kernel's is not recorded" {
	needroot
	tr a-f A-F </proc/sys/kernel/random/boot_id >"$T/boot"
	sed -i s/^./A/ "$T/boot"
	# shellcheck disable=SC2016 # the inner shell's
	run_c unshare -m bash -c 'mount --bind "$1" \
		/proc/sys/kernel/random/boot_id && shift && exec "$@"' sh "$T/boot" \
		"$DAEMONIZE" -p "$F" "${nap[@]}"
	assert_status 0
	assert_equal "$(id_value boot "$F")" "" boot
	run_d --stop -p "$F"
	assert_status 0
	assert_no_process
}

@test "a zombie does not run" {
	needprogram python3 strace
	cat >"$T/parent" <<-'END'
		import ctypes, os, signal, subprocess, sys, time
		# A subreaper that does not reap: as a bad process 1.
		ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
		file, start = sys.argv[1], sys.argv[2:]
		def state(pid):
		    with open("/proc/%d/stat" % pid) as f:
		        return f.read().rsplit(")", 1)[1].split()[0]
		def pid():
		    with open(file) as f:
		        return int(f.read())
		def zombie():
		    old = pid()
		    os.kill(old, signal.SIGKILL)
		    while state(old) != "Z":
		        time.sleep(0.005)
		    return old
		def again(what):
		    old = zombie()
		    what()
		    print(subprocess.call(start), state(old), pid() != old)
		print(subprocess.call(start))
		again(lambda: None)
		again(lambda: os.unlink(file + ".id"))
		again(lambda: os.unlink(file))
	END
	run_c python3 "$T/parent" "$F" "$DAEMONIZE" -p "$F" "${nap[@]}"
	assert_out "0
0 Z True
0 Z True
0 Z True"
	end_daemon "$F"
	rm "$F" "$F.id"
	run_c python3 "$T/parent" "$F" strace -f -b execve -qq -o /dev/null \
		-e "inject=$no_pidfd" "$DAEMONIZE" -p "$F" "${nap[@]}"
	assert_out "0
0 Z True
0 Z True
0 Z True" || fail "without pidfd_open"
}

# without_first_thread FILE: a daemon that consists of its second thread.
without_first_thread() {
	cat >"$T/threads" <<-'END'
		import ctypes, threading, time
		threading.Thread(target=time.sleep, args=(600,)).start()
		ctypes.CDLL(None).pthread_exit(None)
	END
	start -p "$1" python3 "$T/threads"
	track "$(cat "$1")"
	wait_for grep -q '^State:.Z' "/proc/$(cat "$1")/status"
}

@test "a daemon whose first thread has ended still runs" {
	needprogram python3
	without_first_thread "$F"
	run_d -p "$F" "${nap[@]}"
	assert_refused 75 "cannot start: $F: already running"
	run_d --status -p "$F"
	assert_status 0
	! sees_proc || assert_match "$out" 'python3, started'
	rm "$F.id"
	run_d -p "$F" "${nap[@]}"
	assert_refused 75 "cannot start: $F: a process with this id lives"
}

@test "a daemon whose first thread has ended still runs, without pidfd too" {
	needprogram python3 strace
	without_first_thread "$F"
	faulty "$no_pidfd" -- "$DAEMONIZE" -p "$F" "${nap[@]}"
	assert_refused 75 "cannot start: $F: already running"
	rm "$F.id"
	faulty "$no_pidfd" -- "$DAEMONIZE" -p "$F" "${nap[@]}"
	assert_refused 75 "cannot start: $F: a process with this id lives"
}

# What is there before, and how a start answers: its status, and the end of
# the message.  L is a living process, M another, D and E are dead ones.
@test "FILE and FILE.id, each state with its answer" {
	local file id want message row living l m d e
	bystander
	l=$bystander
	bystander
	m=$bystander
	d=$(dead_pid)
	# shellcheck disable=SC2034 # used by its name
	e=$(dead_pid)
	while read -r file id want message; do
		row="FILE $file, FILE.id $id"
		rm -f "$F" "$F.id"
		case $file in
		none) ;;
		*) echo "${!file}" >"$F" ;;
		esac
		case $id in
		none) ;;
		l | m) id_of "$F" "${!id}" ;;
		*) id_write "$F" "${!id}" ;;
		esac
		snapshot "$T/run"
		run_d -p "$F" "${nap[@]}"
		assert_status "$want" || fail "$row"
		if ((want)); then
			assert_refused "$want" "cannot start: $F: $(eval \
				"echo \"$message\"")" || fail "$row"
			assert_nothing_left "$T/run" || fail "$row"
			assert_equal "$(naps)" "$living" "$row: the daemons"
		else
			assert_silent || fail "$row"
			started "$F" || fail "$row"
			end_daemon "$F"
		fi
		assert_alive "$l" || fail "$row"
		assert_alive "$m" || fail "$row"
		living=$(naps)
	done <<-'END'
		none none 0
		d    none 0
		l    none 75 a process with this id lives, .* \(process $l\)$
		none d    0
		none l    75 already running \(process $l\)$
		d    d    0
		d    e    0
		l    d    75 a process with this id lives, .* \(process $l\)$
		d    l    75 already running \(process $l\)$
		l    l    75 already running \(process $l\)$
		m    l    75 a process with this id lives, .* \(process $m\)$
	END
}

@test "a FILE that holds no pid is refused and not touched" {
	local text n=0
	for text in '\n' '\n1234\n' '\0' garbage '1234X\n' 'X\n' '0\n' '00\n' \
		'-1\n' '+5\n' ' 5\n' '5 \n' '5\r\n' '\t5\n' '05\n' '0x5\n' \
		'4294967297\n' '4294967295\n' '4194305\n' \
		'18446744073709551617\n' '99999999999999999999999999\n' \
		1234 '5\n6\n' '5\n\n' '5\0\n' '\0005\n' '5\n\0' '1e3\n' \
		'1.0\n' '0000000000000000000000000000000000000000000005\n'; do
		row="content ${text@Q}"
		# shellcheck disable=SC2059
		printf -- "$text" >"$F"
		snapshot "$T/run"
		run_d -p "$F" "${nap[@]}"
		assert_refused 77 \
			"cannot start: $F: it does not hold a process id$" ||
			fail "$row"
		assert_nothing_left "$T/run" || fail "$row"
		n=$((n + 1))
	done
	assert_equal "$n" 30 rows
	head -c 5000000 /dev/zero | tr '\0' 1 >"$F"
	snapshot "$T/run"
	run_d -p "$F" "${nap[@]}"
	assert_refused 77 "cannot start: $F: it does not hold a process id$"
	assert_nothing_left "$T/run"
}

@test "an empty FILE or FILE.id, as a loss of power leaves it, is as none" {
	local other
	bystander
	for other in pid pid.id; do
		rm -f "$F" "$F.id"
		: >"$T/run/$other"
		start -p "$F" "${nap[@]}"
		started "$F" || fail "$other"
		: >"$T/run/$other"
		if [[ $other == pid ]]; then
			p=$(id_value pid "$F")
			run_d -p "$F" "${nap[@]}"
			assert_refused 75 "cannot start: $F: already running"
			kill -KILL "$p"
			wait_gone "$p"
		else
			p=$(cat "$F")
			run_d -p "$F" "${nap[@]}"
			assert_refused 75 "cannot start: $F: a process with th"
			end_daemon "$F"
		fi
		start -p "$F" "${nap[@]}"
		end_daemon "$F"
	done
}

@test "the greatest pid there can be is a pid" {
	echo 4194304 >"$F"
	start -p "$F" "${nap[@]}"
	started "$F"
}

@test "a FILE.id that is no record is refused and not touched" {
	local text d boot upper
	d=$(dead_pid)
	boot=$(cat /proc/sys/kernel/random/boot_id)
	# it may have digits alone
	upper=A${boot:1}
	for text in '\n' '\0' garbage "pid $d\n" "pid $d\nstart 1\nboot $boot\n" \
		"pid 0\nstart 1\nboot $boot\ninode 1\n" \
		"pid -1\nstart 1\nboot $boot\ninode 1\n" \
		"pid 4294967297\nstart 1\nboot $boot\ninode 1\n" \
		"pid $d\nstart 0\nboot $boot\ninode 0\n" \
		"pid $d\nstart x\nboot $boot\ninode 1\n" \
		"pid $d\nstart 1\nboot xyz\ninode 1\n" \
		"pid $d\nstart 1\nboot $upper\ninode 1\n" \
		"pid $d\nstart 1\nboot ${boot//-/0}\ninode 1\n" \
		"pid $d\nstart 1\nboot -${boot:1}\ninode 1\n" \
		"pid $d\nstart 1\nboot ${boot%?}\0\ninode 1\n" \
		"pid $d\nstart 1\nboot $boot\ninode 1" \
		"pid $d\nstart 1\nboot $boot\ninode 1\n\n" \
		"pid $d\nstart 1\nboot $boot\ninode 1\nmore 1\n" \
		"start 1\npid $d\nboot $boot\ninode 1\n" \
		"pid $d\nstart 1\nboot ${boot}0\ninode 1\n" \
		"pid $d\nstart 18446744073709551616\nboot $boot\ninode 1\n" \
		"pid  $d\nstart 1\nboot $boot\ninode 1\n" \
		"pie $d\nstart 1\nboot $boot\ninode 1\n" \
		"pid:$d\nstart 1\nboot $boot\ninode 1\n" \
		"pid $d\0\nstart 1\nboot $boot\ninode 1\n"; do
		row="content ${text@Q}"
		rm -f "$F"
		# shellcheck disable=SC2059
		printf -- "$text" >"$F.id"
		snapshot "$T/run"
		run_d -p "$F" "${nap[@]}"
		assert_refused 77 \
			"cannot start: $F: it is not an identity record \(pid\.id\)$" ||
			fail "$row"
		assert_nothing_left "$T/run" || fail "$row"
		echo "$d" >"$F"
		run_d -p "$F" "${nap[@]}"
		assert_status 77 || fail "$row, FILE $d"
		assert_content "$F" "$d" || fail "$row"
	done
}

@test "a FILE that names the start itself is stale" {
	run_c sh -c 'echo $$ >"$2" && exec "$1" -p "$2" sleep 600' sh \
		"$DAEMONIZE" "$F"
	assert_status 0
	started "$F"
}

@test "a daemon that executes daemonize in its place has ended" {
	local options
	printf '#!/bin/sh\nexec "$@" >"%s" 2>&1\n' "$T/said" >"$T/again"
	chmod 755 "$T/again"
	for options in '' -f --restart --ok-if-running; do
		# shellcheck disable=SC2086 # a word, or none
		run_c "$DAEMONIZE" -p "$F" "$T/again" "$DAEMONIZE" $options \
			-p "$F" "${nap[@]}"
		assert_status 0
		wait_for naps_once
		started "$F"
		assert_content "$T/said" ''
		end_daemon "$F"
	done
	for options in --stop --status --reload; do
		run_d -p "$F" "$T/again" "$DAEMONIZE" "$options" -p "$F"
		assert_status 0
		wait_for not_empty "$T/said"
		assert_match "$(cat "$T/said")" 'not running|dead, stale'
		: >"$T/said"
	done
}

naps_once() { [[ $(naps | wc -l) == 1 ]]; }

@test "a FILE that names a thread names no process" {
	needprogram python3
	cat >"$T/thread" <<-'END'
		import sys, threading, time
		def run():
		    with open(sys.argv[1], "w") as f:
		        f.write("%d\n" % threading.get_native_id())
		    time.sleep(600)
		threading.Thread(target=run).start()
	END
	run_bg python3 "$T/thread" "$F"
	wait_for not_empty "$F"
	start -p "$F" "${nap[@]}"
	started "$F"
	assert_alive "$bg"
}

@test "an important file named by mistake is never overwritten" {
	for mode in 644 600 444 400; do
		printf 'root:x:0:0:root:/root:/bin/bash\n' >"$T/run/passwd"
		chmod "$mode" "$T/run/passwd"
		snapshot "$T/run"
		run_d -p "$T/run/passwd" "${nap[@]}"
		assert_refused 77 'cannot start: .*: it does not hold a' ||
			fail "mode $mode"
		assert_nothing_left "$T/run" || fail "mode $mode"
		rm -f "$T/run/passwd"
	done
	for target in "$T/run" / . /dev/null; do
		run_d -p "$target" "${nap[@]}"
		[[ $status == 7[37] ]] || fail "$target: status $status"
		assert_message 'cannot' || fail "$target"
	done
}

@test "a directory of the daemon's user serves for that user only" {
	needroot
	mkdir "$T/own"
	chown nobody "$T/own"
	start -u nobody -p "$T/own/pid" "${nap[@]}"
	started "$T/own/pid"
	assert_stat %U:%a "$T/own/pid" root:644
	end_daemon "$T/own/pid"
	for args in "" "-u daemon" "-u root"; do
		# shellcheck disable=SC2086
		run_d $args -p "$T/own/pid" "${nap[@]}"
		assert_refused 77 "cannot [a-z ]+: .*: unsafe: other" ||
			fail "$args"
	done
	run_d -u daemon -p "$T/own/none/pid" "${nap[@]}"
	assert_refused 73 "cannot [a-z ]+: .*: No such file"
}

@test "on a full disk: 73, and nothing is left" {
	needroot
	mkdir "$T/full"
	for inodes in 100 1; do
		# Full of blocks, then full of inodes.
		run_c unshare -m bash -uc '
			mount -t tmpfs -o "size=4k,nr_inodes=$3" none "$2"
			{ head -c 4096 /dev/zero >"$2/junk"; } 2>/dev/null
			"$1" -p "$2/pid" sleep 600
			status=$?
			cd "$2" && find . -mindepth 1
			exit "$status"
		' bash "$DAEMONIZE" "$T/full" "$inodes"
		assert_status 73 || fail "$inodes inodes"
		assert_message 'cannot .*/full/pid: No space left' ||
			fail "$inodes inodes"
		((inodes == 1)) || assert_out ./junk
		assert_no_process
	done
}

@test "a read-only file system, a missing directory, a name too long: 73" {
	needroot
	run_c unshare -m bash -uc '
		mount -t tmpfs -o ro none "$2"
		exec "$1" -p "$2/pid" sleep 600
	' bash "$DAEMONIZE" "$T/run"
	assert_refused 73 'cannot [a-z ]+: .*: Read-only file system \(pid.lock\)$'
	run_d -p "$T/none/pid" "${nap[@]}"
	assert_refused 73 "cannot [a-z ]+: $T/none/pid: No such file or d"
	local name
	for length in 234 240 250 251 252 253 255 256 300; do
		name=$(head -c "$length" /dev/zero | tr '\0' n)
		run_d -p "$T/run/$name" "${nap[@]}"
		if ((status == 0)); then
			((length < 252)) || fail "length $length started"
			started "$T/run/$name"
			end_daemon "$T/run/$name"
			rm "$T/run/$name" "$T/run/$name.id"
		else
			assert_refused 73 'cannot .*nn: File ?name too long( \(n+\.*\))?$' ||
				fail "length $length"
		fi
		assert_equal "$(names "$T/run")" "" "length $length"
	done
	run_d -p "$T/run/$(printf 'd/%.0s' {1..2500})pid" "${nap[@]}"
	assert_refused 73 'cannot [a-z ]+: .*File ?name too long$'
}

@test "an empty name, or one that ends in a slash, is refused" {
	local status_of
	for name in '' "$T/run/" "$T/run/." "$T/run/.." "$T/run/new/"; do
		run_d -p "$name" "${nap[@]}"
		status_of=$status
		[[ $status_of == 64 || $status_of == 73 ]] ||
			fail "${name@Q}: status $status_of"
		assert_message cannot || fail "${name@Q}"
		assert_equal "$(names "$T/run")" "" "${name@Q}"
	done
}

@test "of a lock that others could hold, its own name is said" {
	echo text >"$F.lock"
	chmod 644 "$F.lock"
	run_d -p "$F" "${nap[@]}"
	assert_refused 77 "cannot lock pidfile: $F: unsafe: other users can open it and hold the lock \(pid\.lock\)$"
	rm "$F.lock"
	mkdir "$F.lock"
	run_d -p "$F" "${nap[@]}"
	assert_refused 77 "cannot lock pidfile: $F: unsafe: it is not a regular file \(pid\.lock\)$"
}

@test "a private file that has the lock's name is refused and not touched" {
	local args
	echo text >"$F.lock"
	chmod 600 "$F.lock"
	snapshot "$T/run"
	for args in "${nap[*]}" "-o $T/none/x ${nap[*]}" --stop "--restart ${nap[*]}"; do
		# shellcheck disable=SC2086 # words
		run_d -p "$F" $args
		assert_refused 77 "cannot [a-z ]+: $F: unsafe: it has contents, as no lock beside a pidfile has \(pid\.lock\)$"
		assert_nothing_left "$T/run"
	done
	assert_content "$F.lock" text
	# A lock of -l is another's to use, and stays.
	start -l "$F.lock" "${nap[@]}"
	assert_content "$F.lock" text
	run_d --stop -p "$F"
	assert_refused 77 'cannot stop: .* contents, as no lock .*'
}

@test "of a temporary name that is in the way, its own name is said" {
	local name
	for name in .pid.daemonize .pid.id.daemonize; do
		ln -s none "$T/run/$name"
		run_d -p "$F" "${nap[@]}"
		assert_refused 77 "cannot create pidfile: $F: unsafe: it is a symbolic link \(${name//./\\.}\)$"
		rm "$T/run/$name"
	done
	# Planted while its readiness is awaited, which is written down then.
	run_d -p "$F" -w "check:mkfifo $T/run/.pid.id.daemonize" "${nap[@]}"
	assert_refused 77 "cannot write pidfile: $F: unsafe: it is not a regular file \(\.pid\.id\.daemonize\)$"
	assert_equal "$(names "$T/run")" .pid.id.daemonize files
}

@test "what a crashed start has left is cleared by the next one" {
	echo junk >"$T/run/.pid.daemonize"
	echo junk >"$T/run/.pid.id.daemonize"
	: >"$F.lock"
	chmod 600 "$F.lock"
	start -p "$F" "${nap[@]}"
	started "$F"
	assert_equal "$(names "$T/run")" "pid pid.id" files
	assert_stat %a "$F" 644
	# Crashed between the two names, with the daemon dead.
	end_daemon "$F"
	rm "$F"
	mv "$F.id" "$T/run/.pid.id.daemonize"
	: >"$F.lock"
	chmod 600 "$F.lock"
	start -p "$F" "${nap[@]}"
	started "$F"
	assert_equal "$(names "$T/run")" "pid pid.id" files
}

@test "a start under way makes the next one wait, five seconds at most: 75" {
	: >"$F.lock"
	chmod 600 "$F.lock"
	run_bg flock "$F.lock" sleep 600
	wait_for refute flock -n "$F.lock" true
	begin=$SECONDS
	run_d -p "$F" "${nap[@]}"
	assert_refused 75 "cannot [a-z ]+: $F: another start or stop is under way$"
	((SECONDS - begin >= 4)) || fail "did not wait"
	((SECONDS - begin <= 15)) || fail "waited for $((SECONDS - begin)) s"
	# It may yet fail, so that this is not known to run.
	run_d --ok-if-running -p "$F" "${nap[@]}"
	assert_refused 75 "cannot [a-z ]+: $F: another start or stop is under way$"
	assert_equal "$(names "$T/run")" "pid.lock" files
	assert_alive "$bg"
}

switches() { awk '/^voluntary/ { print $2 }' "/proc/$1/status"; }

@test "the waiting start goes on when the other one is done" {
	local holder
	: >"$F.lock"
	chmod 600 "$F.lock"
	run_bg flock "$F.lock" sleep 600
	holder=$bg
	wait_for refute flock -n "$F.lock" true
	run_bg "$DAEMONIZE" -p "$F" "${nap[@]}"
	wait_for eval '(($(switches "$bg") > 5))'
	refute_exists "$F"
	kill_children "$holder"
	wait "$bg" || fail "status $?"
	started "$F"
	assert_equal "$(names "$T/run")" "pid pid.id" files
}

kill_children() {
	pkill -KILL -P "$1" || :
	kill -KILL "$1" || :
}

@test "-f: the same pidfile, and no lock of the start is kept" {
	probe_setup
	run_bg "$DAEMONIZE" -f -p "$F" "$PROBE" "$REPORT" stay
	wait_report "$REPORT"
	assert_equal "$pid" "$bg" "the process"
	assert_content "$F" "$bg"
	assert_equal "$(id_value start "$F")" "$(start_time "$bg")" start
	assert_equal "$(names "$T/run")" "pid pid.id" files
	assert_equal "$(report_lines fd. | wc -l)" 3 descriptors
	run_d -p "$F" "${nap[@]}"
	assert_refused 75 "cannot start: $F: already running \(process $bg\)"
}

@test "-l: held for the daemon's life, on a read-only descriptor" {
	lock=$T/run/lock
	probe_report -l "$lock"
	assert_stat '%a %u:%s' "$lock" "600 $EUID:0"
	assert_match "$(report_lines fd.3=)" \
		"^fd\.3=$lock access=(ro|rdonly|r) .*cloexec=0"
	assert_equal "$(report_lines fd. | wc -l)" 4 descriptors
	snapshot "$T/run"
	run_d -l "$lock" "${nap[@]}"
	assert_refused 75 "cannot lock file: $lock: another process holds the lock$"
	run_d -f -l "$lock" "${nap[@]}"
	assert_refused 75 "cannot lock file: $lock: another process holds the lock$"
	start --ok-if-running -l "$lock" "${nap[@]}"
	assert_silent
	assert_equal "$(naps)" "" "the daemons"
	refute flock -n "$lock" true
	assert_nothing_left "$T/run"
	kill -KILL "$pid"
	wait_gone "$pid"
	flock -n "$lock" true || fail "still locked"
	start -l "$lock" "${nap[@]}"
	refute flock -n "$lock" true
	assert_stat %a "$lock" 600
}

# has_executed PID: is it another program than ours by now?
has_executed() {
	[[ $(readlink "/proc/$1/exe") == */sleep ]]
}

@test "-l: also as another user, and in the foreground" {
	needroot
	lock=$T/run/lock
	probe_report -u nobody -l "$lock"
	assert_stat '%a %U' "$lock" "600 root"
	refute flock -n "$lock" true
	kill -KILL "$pid"
	wait_gone "$pid"
	run_bg "$DAEMONIZE" -f -l "$lock" "${nap[@]}"
	# Not by trying the lock: that could take it away.
	wait_for has_executed "$bg"
	refute flock -n "$lock" true
	assert_alive "$bg"
	run_d -l "$lock" "${nap[@]}"
	assert_refused 75 "cannot lock file: $lock: another process holds the lock$"
	kill -KILL "$bg"
	wait_gone "$bg"
	flock -n "$lock" true || fail "still locked"
}

@test "-l: a lock that flock(1) holds is respected" {
	lock=$T/run/lock
	: >"$lock"
	chmod 600 "$lock"
	run_bg flock "$lock" sleep 600
	wait_for refute flock -n "$lock" true
	snapshot "$T/run"
	run_d -l "$lock" "${nap[@]}"
	assert_refused 75 "cannot lock file: $lock: another process holds the lock$"
	run_d -p "$F" -l "$lock" "${nap[@]}"
	assert_refused 75 "cannot lock file: $lock: another process holds the lock$"
	assert_nothing_left "$T/run"
}

@test "-l: a lock that only the caller's descriptors hold is none of another's" {
	lock=$T/run/lock
	: >"$lock"
	chmod 600 "$lock"
	# Whoever locks, and then is the start.
	for f in '' -f; do
		run_bg bash -c 'exec 9>>"$1" && flock -n 9 && exec "${@:2}"' bash \
			"$lock" "$DAEMONIZE" $f -p "$F" -l "$lock" "${nap[@]}"
		wait_for started "$F"
		refute flock -n "$lock" true
		end_daemon "$F"
		wait_gone "$bg"
		flock -n "$lock" true || fail "$f: locked"
	done
	# Whoever locks, and stays.
	run_c bash -c 'exec 9>>"$1" && flock -n 9 && "${@:2}"; exit' bash \
		"$lock" "$DAEMONIZE" -p "$F" -l "$lock" "${nap[@]}"
	assert_refused 75 "cannot lock file: $lock: another process holds the lock$"
}

@test "-l: a file that others can open is refused and not touched" {
	lock=$T/run/lock
	for mode in 644 640 604 620 602 666 610; do
		echo data >"$lock"
		chmod "$mode" "$lock"
		snapshot "$T/run"
		run_d -l "$lock" "${nap[@]}"
		assert_refused 77 "cannot lock file: $lock: unsafe: other users can o" ||
			fail "mode $mode"
		assert_nothing_left "$T/run" || fail "mode $mode"
		rm "$lock"
	done
	echo data >"$lock"
	chmod 600 "$lock"
	start -l "$lock" "${nap[@]}"
	assert_content "$lock" data
}

@test "an empty lock file that other tools leave is taken, and is ours alone then" {
	for lock in "$T/run/lock" "$F.lock"; do
		: >"$lock"
		chmod 644 "$lock"
		start -p "$F" -l "$T/run/lock" "${nap[@]}"
		started "$F"
		assert_stat %a "$T/run/lock" 600
		refute_exists "$F.lock"
		kill_tree
		rm -f "$T"/run/*
	done
}

@test "-l: what is no plain file is refused without being opened" {
	local kind words
	needprogram strace
	lock=$T/run/lock
	while IFS='|' read -r kind words; do
		$kind "$lock"
		run_c strace -f -qq -o "$CAP/strace" -e trace=open,openat \
			"$DAEMONIZE" -l "$lock" "${nap[@]}"
		assert_refused 77 "cannot lock file: $lock: unsafe: $words" ||
			fail "$kind"
		not_empty "$CAP/strace"
		refute grep -F '"lock"' "$CAP/strace" || fail "$kind"
		rm -r "$lock"
	done <<-'END'
		mkfifo|it is not a regular file
		mkdir|it is not a regular file
		ln -s /dev/null|it is a symbolic link
	END
}

@test "-l: a file that loses its name while it is locked is not the lock" {
	local by main
	needprogram strace
	lock=$T/run/lock
	for by in 'touch other' true; do
		rm -f "$CAP/strace"
		(umask 077 && : >"$lock")
		run_bg strace -f -b execve -o "$CAP/strace" -e trace=flock \
			-e inject=flock:signal=SIGSTOP:when=1 "$DAEMONIZE" \
			-l "$lock" "${nap[@]}"
		wait_for has_line "$CAP/strace" 'stopped by SIGSTOP'
		main=$(sed -n 's/ .*stopped by SIGSTOP.*//p' "$CAP/strace")
		mv "$lock" "$T/lost"
		(cd "$T/run" && umask 077 && ${by/other/lock})
		kill -CONT "$main"
		wait "$bg"
		refute flock -n "$lock" true || fail "$by"
		kill_tree
		rm -f "$T/lost" "$lock"
	done
}

@test "-l: what becomes a symbolic link meanwhile is not followed" {
	local main
	needprogram strace
	lock=$T/run/lock
	(umask 077 && : >"$lock")
	: >"$T/innocent"
	chmod 644 "$T/innocent"
	run_bg strace -f -b execve -o "$CAP/strace" -P lock -P "$lock" \
		-e trace=openat -e inject=openat:signal=SIGSTOP:when=1 \
		"$DAEMONIZE" -l "$lock" "${nap[@]}"
	# It was there: now it is opened.
	wait_for has_line "$CAP/strace" 'stopped by SIGSTOP'
	main=$(sed -n 's/ .*stopped by SIGSTOP.*//p' "$CAP/strace")
	has_line "$CAP/strace" EEXIST || fail 'it was not there'
	mv "$lock" "$T/lost"
	ln -s "$T/innocent" "$lock"
	kill -CONT "$main"
	wait_gone "$bg"
	status=0
	wait "$bg" || status=$?
	assert_match "$status" '^(73|77)$'
	assert_stat %a "$T/innocent" 644
	assert_equal "$(naps)" '' processes
}

@test "-l: what another user could have moved there is not handed to him" {
	needroot
	local place
	movable_places
	for place in "$T/home" "$T/sticky"; do
		(umask 077 && echo secret >"$place/lock")
		snapshot "$T"
		run_d -u nobody -l "$place/lock" "${nap[@]}"
		assert_refused 77 "cannot lock file: $place/lock: unsafe: another user could have moved it there\$"
		assert_nothing_left "$T"
		# Empty, as an earlier start has left it; or his own.
		: >"$place/lock"
		run_d -u nobody -l "$place/lock" true
		assert_status 0
		rm "$place/lock"
		echo his >"$place/lock"
		chown nobody "$place/lock"
		chmod 600 "$place/lock"
		run_d -u nobody -l "$place/lock" true
		assert_status 0
	done
	# What is behind a link that could have been moved.
	mkdir -m 700 "$T/private"
	(umask 077 && echo secret >"$T/private/lock")
	ln -s "$T/private" "$T/sticky/old"
	run_d -u nobody -l "$T/sticky/old/lock" true
	assert_refused 77 '.*: unsafe: another user could have moved it there$'
	# That of a pidfile is nobody's to read.
	(umask 077 && : >"$T/sticky/pid.lock")
	start -u nobody -p "$T/sticky/pid" "${nap[@]}"
	start --stop -p "$T/sticky/pid"
	# Nobody else can change this one.
	(umask 077 && echo secret >"$T/lock")
	run_d -u nobody -l "$T/lock" true
	assert_status 0
}

@test "-l: a failed start removes the lockfile it made, and only that" {
	lock=$T/run/lock
	run_d -l "$lock" -c "$T/none" "${nap[@]}"
	assert_status 66
	refute_exists "$lock"
	: >"$lock"
	chmod 600 "$lock"
	snapshot "$T/run"
	run_d -l "$lock" -c "$T/none" "${nap[@]}"
	assert_status 66
	assert_nothing_left "$T/run"
	flock -n "$lock" true || fail "still locked"
	rm "$lock"
	run_d -l "$T/none/lock" "${nap[@]}"
	assert_refused 73 "cannot lock file: $T/none/lock: No such file"
	if type -P strace >/dev/null; then
		faulty flock:error=ENOLCK -- "$DAEMONIZE" -l "$lock" true
		assert_refused 73 "cannot lock file: $lock: No locks available"
		refute_exists "$lock"
	fi
}

@test "what can only be locked open for writing, as on NFS, is opened once more" {
	needprogram strace
	local error
	local nl=$'\n'
	probe_setup
	lock=$T/run/lock
	for error in EBADF EIO; do
		# The first lock is the pidfile's, the second the lockfile.
		faulty "flock:error=$error:when=1+2" -- "$DAEMONIZE" -p "$F" \
			-l "$lock" "$PROBE" "$REPORT" stay
		assert_status 0 || fail "$error"
		wait_report "$REPORT"
		assert_match "$(report_lines fd.)" \
			"fd\.[0-9]+=$lock access=rw [^$nl]*cloexec=0"
		assert_equal "$(report_lines fd. | wc -l)" 4 descriptors
		refute flock -n "$lock" true
		faulty "flock:error=$error:when=1" -- "$DAEMONIZE" --stop -p "$F"
		assert_status 0 || fail "$error"
		assert_equal "$(names "$T/run")" lock "$error"
		rm "$lock" "$REPORT"
	done
}

@test "what cannot be locked at all is refused, and nothing is left" {
	needprogram strace
	local error reason
	while IFS='|' read -r error reason; do
		faulty "flock:error=$error" -- "$DAEMONIZE" -p "$F" true
		assert_refused 73 "cannot lock pidfile: $F: $reason \(pid\.lock\)$"
		faulty "flock:error=$error" -- "$DAEMONIZE" -l "$T/run/lock" true
		assert_refused 73 "cannot lock file: $T/run/lock: $reason$"
		assert_equal "$(names "$T/run")" "" "$error"
	done <<-END
		EBADF|Bad file descriptor
		EIO|(Input/output|I/O) error
	END
}

@test "-l: the same file as -p is just -p, however it is spelled" {
	ln -s run "$T/link"
	cd "$T/run"
	for lock in "$F" "$T/run/../run/pid" "$T/link/pid" pid ./pid \
		"$T//run///pid"; do
		probe_report -p "$F" -l "$lock"
		assert_content "$F" "$pid" || fail "$lock"
		assert_stat %a "$F" 644 || fail "$lock"
		assert_equal "$(report_lines fd. | wc -l)" 3 "$lock: descriptors"
		flock -n "$F" true || fail "$lock: locked"
		run_d -p "$F" -l "$lock" "${nap[@]}"
		assert_refused 75 "cannot start: $F: already running" ||
			fail "$lock"
		assert_equal "$(names "$T/run")" "pid pid.id" "$lock"
		end_daemon "$F"
	done
}

@test "without pidfd_open, and without pidfs, the start time tells" {
	needprogram strace
	for fault in "$no_pidfd" "$no_pidfs"; do
		rm -f "$F" "$F.id"
		faulty "$fault" -- "$DAEMONIZE" -p "$F" "${nap[@]}"
		assert_status 0 || fail "$fault"
		grep -q INJECTED "$CAP/strace" || fail "$fault: not injected"
		assert_equal "$(id_value inode "$F")" 0 "$fault: inode"
		p=$(cat "$F")
		for how in "$fault" write:when=999:error=EIO; do
			faulty "$how" -- "$DAEMONIZE" -p "$F" "${nap[@]}"
			assert_refused 75 "cannot start: $F: already running" ||
				fail "$fault, $how"
		done
		# Another process with this pid.
		id_write "$F" "$p" "$(($(start_time "$p") - 7))" 0
		faulty "$fault" -- "$DAEMONIZE" -p "$F" "${nap[@]}"
		assert_status 0 || fail "$fault"
		[[ $(cat "$F") != "$p" ]] || fail "$fault"
		end_daemon "$F"
		faulty "$fault" -- "$DAEMONIZE" -p "$F" "${nap[@]}"
		assert_status 0 || fail "$fault: stale"
		started "$F"
		# A record without the start time proves nothing here.
		p=$(cat "$F")
		id_write "$F" "$p" 0 1
		faulty "$fault" -- "$DAEMONIZE" -p "$F" "${nap[@]}"
		assert_refused 75 "cannot start: $F: a process with this id l" ||
			fail "$fault"
		end_daemon "$F"
	done
}

@test "without /proc, the pidfd's inode tells" {
	needroot
	start -p "$F" true
	[[ $(id_value inode "$F") != 0 ]] || skip "kernel: no pidfs"
	rm "$F" "$F.id"
	run_c unshare -m bash -uc '
		mount -t tmpfs none /proc
		start() { "$d" -p "$f" sleep 600; echo "$?"; }
		d=$1 f=$2
		start
		sed "s/[1-9][0-9]*/N/; s/ $/ -/" "$f.id"
		start
		kill -KILL "$(cat "$f")"
		while kill -0 "$(cat "$f")" 2>/dev/null; do :; done
		start
		sed -i "s/^inode .*/inode 1/" "$f.id"
		start
	' bash "$DAEMONIZE" "$F"
	assert_out '0
pid N
start 0
boot -
inode N
75
0
0'
	assert_message "cannot start: $F: already running"
}

@test "where nothing could tell the daemon from another, no start: 71" {
	needroot
	run_c "$HELPERS/dirty" noproc -- "$HELPERS/without" pidfd_open \
		"$DAEMONIZE" -p "$F" "${nap[@]}"
	assert_refused 71 "cannot write pidfile: $F: the kernel does not tell"
	assert_equal "$(names "$T/run")" "" files
	assert_no_process
}

@test "with too few descriptors to tell who it is, it says so" {
	local limit failed=0
	for limit in 8 9 10 11 12 13 14; do
		run_c bash -c 'ulimit -n "$0" && exec "$@"' "$limit" "$DAEMONIZE" \
			-f -p "$T/pid" -L "$T/log" true
		((status != 0)) || continue
		assert_match "$err" 'Too many open files|No file descriptors' || fail "$limit"
		[[ $err != *'write pidfile'* ]] || failed=$((failed + 1))
		refute_exists "$T/pid"
	done
	((failed > 0))
}
