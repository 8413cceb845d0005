#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# What the daemon may use: limits and scheduling are what was asked, or the
# program does not run.
#
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154

load lib/common

setup() {
	setup_dir
	D=$(own "$DAEMONIZE")
	FAULT=$(own "$HELPERS/fault")
	will_be_traced
}

# refused STATUS REGEX OPTION...
refused() {
	local want=$1 regex=$2
	shift 2
	run_d "$@" touch "$T/ran"
	assert_refused "$want" "cannot $regex" || fail "with ${*@Q}"
	refute_exists "$T/ran"
}

# usage OPTION VALUE...: none of these values is understood.
usage() {
	local option=$1 value
	shift
	for value; do
		refused 64 "understand the command line: --$option: " \
			"--$option=$value"
	done
}

# least LIMIT VALUE: that, or the hard limit that the caller has.
least() {
	local hard
	hard=$(prlimit --noheadings -o HARD "--$1")
	hard=${hard// /}
	if [[ $hard == unlimited ]] || ((hard > $2)); then
		hard=$2
	fi
	echo "$hard"
}

# Every limit with a value of its own, below what a caller has.
choose_limits() {
	limits=(as=1G:2G core=0 cpu=100:200 data=1025M:2050M fsize=1M:3M
		locks=11:12 memlock=8K:16K msgqueue=4096:8192 nice=0
		nofile=50:60 nproc=400:500 rss=5G:1T rtprio=0
		rttime=1000:200000 sigpending=77:88 stack=4M:unlimited)
	wanted='limit.as=1073741824:2147483648
limit.core=0:0
limit.cpu=100:200
limit.data=1074790400:2149580800
limit.fsize=1048576:3145728
limit.locks=11:12
limit.memlock=8192:16384
limit.msgqueue=4096:8192
limit.nice=0:0
limit.nofile=50:60
limit.nproc=400:500
limit.rss=5368709120:1099511627776
limit.rtprio=0:0
limit.rttime=1000:200000
limit.sigpending=77:88
limit.stack=4194304:unlimited'
	limits=("${limits[@]/#/--limit=}")
}

# picture PREFIX_REGEX FILE: what a report says of that.
parts() { grep -E "$1" "$2" | LC_ALL=C sort; }

@test "every limit is what was asked, as a whole" {
	needprogram prlimit
	[[ $(prlimit --noheadings -o HARD --stack) == *unlimited* ]] ||
		skip "kernel: the stack is limited here"
	local wanted limits options
	choose_limits
	assert_equal "$(grep -c ^LIMIT "$SRCDIR/src/rlimits.def")" \
		"${#limits[@]}" "limits that are tested"
	for options in '' '-u nobody'; do
		[[ -z $options || $EUID == 0 ]] || continue
		# shellcheck disable=SC2086 # a list
		probe_report $options "${limits[@]}"
		assert_equal "$(parts ^limit "$REPORT")" "$wanted" limits
	done
	probe_setup
	run_d -f "${limits[@]}" "$PROBE" "$REPORT" exit
	assert_status 0
	assert_equal "$(parts ^limit "$REPORT")" "$wanted" "with -f"
}

@test "a limit that is not named stays the caller's" {
	probe_setup
	run_c "$PROBE" "$T/mine"
	probe_report --limit=core=0
	assert_equal "$(parts ^limit "$REPORT")" \
		"$(parts ^limit "$T/mine" | sed 's/core=.*/core=0:0/')" limits
}

@test "everything at once, with another user, is what was asked" {
	needroot
	probe_setup
	run_c "$PROBE" "$T/mine"
	local line cpu adj=300
	cpu=$(sed -n 's/^cpus=\([0-9]*\).*/\1/p' "$T/mine")
	probe_report -u nobody --limit=nofile=99:100 --limit=core=0:1K \
		--nice=7 --ionice=be:6 --sched=batch "--cpus=$cpu" \
		--oom-score-adj=$adj --caps=net_bind_service,CAP_CHOWN \
		--no-new-privs
	line='^(limit.(nofile|core)|nice|session|sched|ioprio|cpus|oom|cap|nonew|secure|dump|uid)'
	assert_equal "$(parts "$line" "$REPORT" | sed '/session/d')" \
		"cap.amb=0000000000000401
cap.bnd=0000000000000401
cap.eff=0000000000000401
cap.inh=0000000000000401
cap.prm=0000000000000401
cpus=$cpu
dumpable=1
ioprio=best-effort 6
limit.core=0:1024
limit.nofile=99:100
nice=7
nonewprivs=1
oom_score_adj=300
sched=batch 0 reset=0
securebits=0
uid=65534 65534 65534 65534" everything
}

@test "the caller's scheduling does not stay where another is asked for" {
	needroot
	probe_report_by nice -n 5 ionice -c 3 chrt -b 0 "$D" --nice=-4 \
		--ionice=rt:2 --sched=rr:3
	assert_report nice -4
	assert_report ioprio 'realtime 2'
	assert_report sched 'rr 3 reset=0'
	probe_report_by ionice -c 1 "$D" --ionice=none --sched=fifo
	assert_report ioprio 'none 0'
	assert_report sched 'fifo 1 reset=0'
	probe_report --ionice=idle --sched=idle
	assert_report ioprio 'idle 0'
	assert_report sched 'idle 0 reset=0'
	probe_report_by chrt -b 0 "$D" --sched=other --ionice=realtime
	assert_report sched 'other 0 reset=0'
	assert_report ioprio 'realtime 4'
}

@test "nice counts where the kernel weighs whole sessions" {
	[[ -e /proc/self/autogroup ]] || skip "kernel: no autogroups"
	probe_report --nice=9
	assert_report nice 9
	assert_report session.nice 9
	# Another's session is left alone.
	probe_setup
	run_c setsid -w "$HELPERS/probe" "$T/before"
	run_c setsid -w "$D" -f --nice=8 "$PROBE" "$REPORT" exit
	assert_status 0
	assert_report nice 8
	assert_report session.nice 0
}

@test "an ordinary caller may be nicer, and is told what he may not" {
	local by=()
	if ((EUID == 0)); then
		needprogram setpriv
		by=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	fi
	# Nicer than this test, which may be nice itself; a session's nice value
	# below 0 is root's.
	local nicer=$(($(nice) + 3))
	((nicer > 0)) || nicer=1
	probe_report_by "${by[@]}" "$D" --nice="$nicer" --ionice=be:7 --sched=batch \
		--limit=nofile=64 --oom-score-adj=500 --no-new-privs
	assert_report nice "$nicer"
	assert_report ioprio 'best-effort 7'
	assert_report sched 'batch 0 reset=0'
	assert_report limit.nofile 64:64
	assert_report oom_score_adj 500
	assert_report nonewprivs 1
	local option
	while read -r option regex; do
		run_c prlimit --core=0:0 --nice=0 --rtprio=0 "${by[@]}" \
			"$D" "$option" touch "$T/ran"
		assert_refused 77 "cannot $regex: (Operation not permitted|Permission denied)$" ||
			fail "with $option"
	done <<-'END'
		--nice=-1           set nice value: -1
		--sched=fifo        set scheduling policy: fifo:1
		--ionice=rt         set I/O priority: realtime:4
		--oom-score-adj=-5  set OOM score adjustment: -5
		--limit=core=1      raise limit: core=1:1
	END
	refute_exists "$T/ran"
}

@test "a limit that a step needs is raised before it" {
	needprogram setpriv
	local by=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	((EUID == 0)) || by=()
	run_c prlimit --nice=0:25 true
	[[ $status == 0 ]] || skip "kernel: this root may not raise a limit"
	run_c prlimit --nice=0:25 "${by[@]}" "$D" --limit=nice=25 --nice=-5 true
	assert_status 0
}

@test "what is not there is not asked for in vain" {
	refused 71 'keep to CPUs: 8191: not all of these CPUs are there and allowed \(of these it may use none\)' \
		--cpus=8191
	refused 71 'keep to CPUs: .*: not all of these CPUs are there and allowed \(of these it may use [0-9]' \
		--cpus=0-8191
}

@test "a list of CPUs that is too long for a message ends in ..." {
	refused 71 'keep to CPUs: 0,2,4,.*,34[0-9],34[0-9][.]{3}: not all of these' \
		--cpus="$(seq -s, 0 2 8190)"
}

@test "values are understood strictly" {
	usage limit '' nofile nofile= nofile=x nofile=-1 nofile=1K nofile=01 \
		nofile=3:2 nofile=unlimited:5 core=K core=1k core=1KB core=1:2:3 \
		core=:1 core=1: NOFILE=1 nosuch=1 '=1' 'nofile= 1' cpu=1M \
		core=18446744073709551615 core=16777216T core=99999999999999999999
	usage nice '' 20 -21 +1 -0 01 1x 1.5 -
	usage oom-score-adj '' 1001 -1001 -0 x
	# The ends are in.
	local value
	for value in oom-score-adj=-1000 oom-score-adj=1000 nice=-20 nice=19; do
		start -x --$value true
		assert_match "$out" "${value#*=}"
	done
	usage ionice '' 0 rt:8 be:9 idle:0 none:1 be: be:x BE idle:
	usage sched '' nosuch fifo:0 fifo:100 rr: other:0 batch:1 FIFO deadline
	usage cpus '' , 0, ,0 1-0 0-- -1 0-1:0 0:2 8192 0-8192 0x1 a 0-1:
	refused 64 '.*the soft limit is above the hard one' --limit=as=2G:1G
	refused 64 '.*no such limit; there are as, core, .*stack' --limit=a=1
}

@test "the plan says what will be set" {
	run_d -x --limit=core=1K:unlimited --limit=as=4G --nice=-3 --ionice=rt \
		--sched=rr:5 --cpus=0,2-3,8-12:2 --oom-score-adj=-7 --caps= \
		--no-new-privs true
	local line
	for line in 'raise limit: as=4294967296:4294967296 core=1024:unlimited' \
		'set OOM score adjustment: -7' 'set nice value: -3' \
		'set nice value of session: -3' 'set I/O priority: realtime:4' \
		'keep to CPUs: 0,2-3,8,10,12' 'set scheduling policy: rr:5' \
		'reduce capability bounding set: none' 'forbid new privileges' \
		'set limit: as=4294967296:4294967296 core=1024:unlimited'; do
		grep -Fqx "  daemon  $line" <<<"$out" || fail "not said: $line"
	done
}

@test "the smallest limits break no step of ours, and 0 means it ran" {
	local limit
	printf '%s\n' '#!/bin/sh' ': >"$1"' >"$T/program"
	chmod 755 "$T/program"
	for limit in fsize=0 nofile=16 nproc=0 cpu=1 sigpending=0 memlock=0 \
		locks=0 msgqueue=0 rss=0 core=0; do
		rm -f "$T/ran"
		run_d "--limit=$limit" -p "$T/pid" -o "$T/log" \
			"$T/program" "$T/ran"
		assert_status 0 || fail "with $limit"
		wait_for test -e "$T/ran" || fail "with $limit"
		wait_gone "$(cat "$T/pid")"
	done
	# No descriptor is left to load a library with; that is its own affair.
	run_d --limit=nofile=0 -p "$T/pid" -o "$T/log" /bin/true
	assert_status 0
	# Without memory nothing can be loaded: the kernel ends it.
	for limit in as=0 data=0; do
		rm -f "$T/pid"
		run_d "--limit=$limit" -p "$T/pid" /bin/true
		assert_refused 69 'cannot execute: /bin/true: it crashed while' ||
			fail "with $limit"
		refute_exists "$T/pid"
	done
	# This is loaded, and crashes by itself as soon as its stack has to grow.
	run_d --limit=stack=0 -p "$T/pid" /bin/true
	[[ $status == 0 ]] ||
		assert_refused 69 'cannot execute: /bin/true: it crashed while'
}

@test "what cannot be loaded within the caller's limits has not started" {
	needprogram python3
	# The static program with a thousand megabytes of zeros.
	python3 - "$HELPERS/static" <<-'END' | executable "$T/greedy"
		import struct, sys
		data = bytearray(open(sys.argv[1], "rb").read())
		order = "<>"[data[5] - 1]
		wide = data[4] == 2
		first, = struct.unpack_from(order + "IQ"[wide], data, (28, 32)[wide])
		size, count = struct.unpack_from(order + "HH", data, (42, 54)[wide])
		for at in range(first, first + size * count, size):
		    kind, = struct.unpack_from(order + "I", data, at)
		    flags, = struct.unpack_from(order + "I", data, at + (24, 4)[wide])
		    if kind == 1 and flags & 2:
		        there = order + "IQ"[wide], data, at + (20, 40)[wide]
		        struct.pack_into(*there, struct.unpack_from(*there)[0] + (1 << 30))
		sys.stdout.buffer.write(data)
	END
	run_c bash -c 'ulimit -v 800000; exec "$@"' bash "$D" -p "$T/pid" "$T/greedy"
	assert_refused 69 "cannot execute: $T/greedy: it crashed while being loaded, or right after: its memory is limited$"
	refute_exists "$T/pid"
}

@test "what crashes by itself, with no limit of its memory, has started" {
	needprogram strace
	printf '#!/bin/sh\nkill -SEGV $$\n' | executable "$T/crash"
	# It has ended before it is looked at.
	run_c strace -o "$T/trace" -e trace=waitid \
		-e inject=waitid:delay_enter=500000 "$D" --limit=as=unlimited "$T/crash"
	assert_status 0
}

@test "a failed exec has its status, whatever the limits" {
	printf '%s\n' '#!/nonexistent/sh' >"$T/program"
	chmod 755 "$T/program"
	local limit
	# With no time at all the next tick of the clock would end it.
	for limit in fsize=0 as=0 data=0 stack=0 nproc=0 cpu=1; do
		refused 126 'execute: .*: its interpreter is missing' \
			"--limit=$limit" "$T/program"
		run_c sh -c '"$@" 2>"$0"' "$T/err" "$D" -f "--limit=$limit" \
			"$T/program"
		assert_status 126
	done
}

@test "a descriptor above the limit still passes" {
	run_c bash -c 'exec 40</etc/passwd; exec "$@"' bash "$D" --keep-fd=40 \
		--limit=nofile=16 -o "$T/log" bash -c 'exec head -c 4 <&40'
	assert_status 0
	wait_for not_empty "$T/log"
	assert_content "$T/log" root
}

# never_runs STATUS REGEX WISH OPTION...
never_runs() {
	local wanted=$1 regex=$2 wish=$3
	shift 3
	mkdir -p "$T/place"
	snapshot "$T/place"
	run_c "$HELPERS/reaper" -g 5 -o "$CAP/left" "$FAULT" -w "$wish" "$D" \
		-p "$T/place/pid" -L "$T/place/log" "$@" touch "$T/ran"
	# shellcheck disable=SC2053 # a pattern
	[[ $status == $wanted ]] || fail "status $status: $wish" || return 1
	assert_message "cannot $regex" || fail "with $wish" || return 1
	assert_nothing_left "$T/place" || fail "with $wish" || return 1
	assert_content "$CAP/left" '' || fail "with $wish" || return 1
	refute_exists "$T/ran" || fail "with $wish"
}

# write_after CALL OPTION...: which write of the daemon's follows that call.
write_after() {
	local call=$1
	shift
	run_c "$FAULT" -o "$CAP/calls" "$D" -p "$T/wa" "$@" true
	awk -v call="$call" '$1 == 2 { if ($2 == "write" && last == call) {
		print $2 ":" $3; exit } last = $2 }' "$CAP/calls"
	rm -f "$T/wa"*
}

# A call of the daemon, its option, the words.  No limit is raised here, so
# the first look is that, and then come a change and a look.
calls() {
	cat <<-END
		prlimit64:2         --limit=core=0         set limit: core=0:0
		setpriority:1       --nice=7               set nice value: 7
		ioprio_set:1        --ionice=be:7          set I/O priority: best-effort:7
		sched_setaffinity:1 --cpus=0               keep to CPUs: 0
		sched_setscheduler:1 --sched=batch         set scheduling policy: batch
		prctl:1             --no-new-privs         forbid new privileges
	END
	! sees_proc || printf '%s --oom-score-adj=300 %s\n' \
		"$(write_after openat --oom-score-adj=300)" \
		'set OOM score adjustment: 300'
}

# A look at what is set that fails, or shows something else.
looks() {
	cat <<-'END'
		prlimit64:1         --limit=core=0         raise limit: core=0:0
		prlimit64:3         --limit=core=0         set limit: core=0:0
		getpriority:1       --nice=7               set nice value: 7
		ioprio_get:1        --ionice=be:7          set I/O priority: best-effort:7
		sched_getaffinity:1 --cpus=0               keep to CPUs: 0
		sched_getscheduler:1 --sched=batch         set scheduling policy: batch
		sched_getparam:1    --sched=batch          set scheduling policy: batch
	END
	! sees_proc || echo pread64:1 --oom-score-adj=300 \
		set OOM score adjustment: 300
}

not_done='the kernel reported success, but nothing confirms it'

@test "a call that fails stops the start, and nothing is left" {
	local call option words invalid
	while read -r call option words; do
		never_runs 77 "$words: Operation not permitted" \
			"2:$call=EPERM" "$option"
		invalid='Invalid argument'
		[[ $call != sched_setaffinity* ]] || invalid='not all of these CPUs'
		never_runs 71 "$words: $invalid" "2:$call=EINVAL" "$option"
	done < <(calls; looks)
}

@test "a call that only pretends to succeed stops the start" {
	local call option words fake
	while read -r call option words; do
		fake=0
		[[ $call != write:* ]] || fake=3
		case $call in
		sched_setaffinity:1) never_runs 71 "$words: not all of these" \
			"2:$call=$fake" "$option" ;;
		*) never_runs 77 "$words: $not_done" "2:$call=$fake" "$option" ;;
		esac
	done < <(calls)
	# A limit that is raised: look, change, look.
	run_c prlimit --core=0:unlimited true
	((status != 0)) || never_runs 77 "raise limit: core=1:1: $not_done" \
		2:prlimit64:2=0 --limit=core=1
	! sees_proc || never_runs 71 \
		"set OOM score adjustment: 300: Input/output" \
		"2:$(write_after openat --oom-score-adj=300)=1" \
		--oom-score-adj=300
}

@test "the OOM score is the daemon's alone, not that of who waits for it" {
	run_c "$DAEMONIZE" --oom-score-adj=777 -w "check:cat /proc/\$PPID/oom_score_adj \
		/proc/self/oom_score_adj >$T/scores" "$(own "$(type -P sleep)")" 600
	assert_status 0
	assert_content "$T/scores" "$(cat /proc/self/oom_score_adj)
$(cat /proc/self/oom_score_adj)"
}

@test "a session's nice value that is not set stops the start" {
	[[ -e /proc/self/autogroup ]] || skip "kernel: no autogroups"
	local call error
	call=$(write_after pread64 --nice=7)
	never_runs 77 "set nice value of session: 7: $not_done" \
		"2:$call=1" --nice=7
	never_runs 77 'set nice value of session: 7: Operation not' \
		"2:$call=EPERM" --nice=7
	for error in EPERM EINVAL; do
		never_runs 7[17] 'set nice value of session: 7: ' \
			"2:pread64:1=$error" --nice=7
		never_runs 7[17] 'set nice value of session: 7: ' \
			"2:pread64:2=$error" --nice=7
	done
	# A kernel without them has nothing to set.
	run_c "$FAULT" -w 2:openat:1=EMFILE "$D" --nice=7 true
	assert_refused 71 'cannot set nice value of session: 7: Too many'
	run_c "$FAULT" -w 2:openat:1=ENOENT "$D" --nice=7 true
	assert_status 0
	# Somebody else has just set his: it is tried again.
	mkdir -p "$T/place"
	probe_report_by "$FAULT" -w "2:$call=EAGAIN" "$D" -p "$T/pid" --nice=7
	assert_report session.nice 7
}

@test "a start without these options makes none of their calls" {
	run_c "$FAULT" -o "$T/calls" "$D" -p "$T/pid" true
	assert_status 0
	awk '$2 == "umask" { main = 1 } main { print $2 }' "$T/calls" \
		>"$T/made"
	grep -qx setpgid "$T/made"
	refute grep -Ex 'prlimit64|[gs]etrlimit|.etpriority|ioprio_.et|sched_.et.*' \
		"$T/made"
	refute grep -q prctl <(grep -v '^0' "$T/calls")
}
