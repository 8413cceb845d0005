#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# --explain, as text and as JSON: it is what a start then does, and it does
# nothing itself.
#
# shellcheck disable=SC2154 # status, out and err: common.bash sets them

load lib/common

# explain_steps: the lines of the text form's steps, without the process.
explain_steps() {
	sed -n '/^Steps:$/,/^$/s/^  \(front\|middle\|daemon\) *//p' <<<"$1"
}

# plan OPTION...: --explain --json, checked strictly; $plan has a line
# path=value for each value: account.uid=0, arguments.0=...
plan() {
	needprogram python3
	start -x --json "$@"
	assert_err ''
	assert_line_count 1 out
	plan=$(flatten <"$CAP/out") || fail "not JSON: $out"
}

flatten() {
	PYTHONIOENCODING=utf-8 python3 -c '
import json, sys

def once(pairs):
	assert len(dict(pairs)) == len(pairs), "a name twice"
	return dict(pairs)

def walk(path, value):
	if isinstance(value, dict):
		for key in value:
			walk(path + [key], value[key])
	elif isinstance(value, list):
		for i, item in enumerate(value):
			walk(path + [str(i)], item)
	else:
		text = value if isinstance(value, str) else json.dumps(value)
		print(".".join(path) + "=" + text)

walk([], json.loads(sys.stdin.buffer.read().decode("utf-8"),
	object_pairs_hook=once))
'
}

# planned PATH: its value.
planned() { sed -n "s/^$1=//p" <<<"$plan"; }

# planned_step STEP: what it is done with; fails if it is not planned.
planned_step() {
	local at
	at=$(sed -n "s/^steps\.\([0-9]*\)\.step=$1\$/\1/p" <<<"$plan")
	[[ -n $at ]] || fail "not planned: $1" || return 1
	planned "steps.$at.with"
}

# assert_plan PATH VALUE, assert_step STEP VALUE
assert_plan() { assert_equal "$(planned "$1")" "$2" "planned $1"; }

assert_step() {
	local with
	with=$(planned_step "$1") || return 1
	assert_equal "$with" "$2" "step $1"
}

# done_as_explained OPTION...: -v then says the same lines.
done_as_explained() {
	local wanted
	start -x "$@"
	assert_err ''
	wanted=$(explain_steps "$out")
	run_d -v "$@"
	assert_status 0 || fail "row: ${*@Q}"
	assert_equal "$(sed '/^daemonize: started: process/d
		s/^daemonize: //' <<<"$err")" "$(sed '$d' <<<"$wanted")" \
		"steps of ${*@Q}" || return 1
	# the last step ends us: nobody can say that it is done
	assert_match "${wanted##*$'\n'}" '^execute: '
}

@test "the text form has the steps and the environment, and says so" {
	start -x true
	assert_err ''
	assert_match "$out" $'^[^\n]*nothing has been'
	assert_equal "$(grep -c '^Steps:$' <<<"$out")" 1 headings
	assert_equal "$(grep -c '^Environment that it gets:$' <<<"$out")" 1 \
		headings
	assert_match "$(sed -n '/it gets:$/{n;p}' <<<"$out")" ' PATH( |$)'
}

@test "what is explained is what -v then says is done" {
	echo old >"$T/o"
	done_as_explained true
	done_as_explained -p "$T/pid" -l "$T/lock" -o "$T/o" -e "$T/e" -m 077 \
		-c "$T" true a b
	echo old >"$T/o"
	(cd "$T" && done_as_explained -p pid -o o -e o -i o true)
	done_as_explained -a -L "$T/o" true
	done_as_explained -f -p "$T/pid" true
	echo old >"$T/o"
	done_as_explained -f -o "$T/o" true
}

@test "also with another user, whose places are opened as that user" {
	needroot
	mkdir "$T/theirs"
	chown 65534:65534 "$T/theirs"
	done_as_explained -u nobody true
	done_as_explained -u nobody -g 0 -G 5,6 -o "$T/theirs/o" -a true
	start -x -u nobody -o "$T/theirs/new" true
	assert_match "$out" $'\n  daemon  open output as the new user: 1 is /'
	done_as_explained -u nobody -i "$T/theirs/o" true
	done_as_explained -f -u nobody true
	done_as_explained -r / -u nobody -c tmp /bin/true
	done_as_explained -r / true
}

@test "what would remove a file that is not there yet is in the plan" {
	needroot
	local late=$T/theirs/new
	mkdir "$T/theirs"
	chown 65534:65534 "$T/theirs"
	done_as_explained -f -u nobody -L "$T/log" true
	assert_match "$err" 'leave a cleaner behind'
	done_as_explained -f -u nobody -l "$T/lock" true
	assert_match "$err" 'leave a cleaner behind'
	# Now they are there, and one of the new user's is not yet.
	done_as_explained -f -u nobody -l "$T/lock" -L "$T/log" true
	done_as_explained -f -u nobody -L "$late" true
	refute grep 'leave a cleaner behind' <<<"$err"
	rm "$late"
	(($(landlock_abi) >= 3)) || return 0
	done_as_explained -u nobody --ro / --rw "$T/theirs" -L "$late" true
	assert_match "$err" 'leave a cleaner behind as the new user'
	rm "$late"
	done_as_explained -f -u nobody --ro / -a -o "$late" true
	assert_match "$err" 'leave a cleaner behind as the new user'
	done_as_explained -u nobody --ro / -L "$late" true
	done_as_explained --ro / -a -e "$T/new" true
	assert_match "$err" 'leave a cleaner behind as the new user'
	rm "$T/new"
	# The daemon is no subreaper, whatever its caller is.
	for mode in -x -v; do
		run_c "$HELPERS/dirty" subreaper -- "$DAEMONIZE" "$mode" --ro / \
			-e "$T/new" true
		assert_match "$out$err" 'leave a cleaner behind as the new user'
	done
}

@test "each output is named in the step that opens it, and in no other" {
	needroot
	local mode
	mkdir "$T/theirs"
	chown 65534:65534 "$T/theirs"
	echo text >"$T/theirs/in"
	for mode in '' -f; do
		# shellcheck disable=SC2086 # one word or none
		done_as_explained $mode -u nobody -a -o "$T/theirs/late" \
			-e "$T/early" -i "$T/theirs/in" true
		assert_equal "$(grep -E 'open (in|out)put' <<<"$err")" \
			"daemonize: open input
daemonize: open output: 2 is $T/early
daemonize: open input as the new user: 0 is $T/theirs/in
daemonize: open output as the new user: 1 is $T/theirs/late" "with '$mode'"
	done
	done_as_explained -u nobody -L "$T/theirs/late" true
	assert_match "$err" "new user: 1 is $T/theirs/late, 2 is $T/theirs/late"
}

@test "the steps come in the order of steps.def, each with its process" {
	local steps
	plan -p "$T/pid" -l "$T/lock" -o "$T/o" true
	steps=$(paste -d ' ' <(sed -n 's/^steps\.[0-9]*\.step=//p' <<<"$plan") \
		<(sed -n 's/^steps\.[0-9]*\.process=//p' <<<"$plan"))
	assert_equal "$(sed -n 's/^\(STEP\|DETACH\)(\([a-z_]*\), *\([A-Z]*\),.*/\2 \L\3/p' \
		"$SRCDIR/src/steps.def" | grep -Fxf <(printf '%s\n' "$steps"))" \
		"$steps" steps
	for step in lock running prepare lockfile outputs fork setsid refork \
		publish umask descriptors truncate exec; do
		grep -q "^$step " <<<"$steps" || fail "not planned: $step"
	done
	plan -f true
	for step in fork setsid refork pipe subreaper setpgid lock publish; do
		refute grep -q "step=$step\$" <<<"$plan"
	done
	assert_plan foreground true
}

@test "the JSON form says the same as the text form" {
	local text
	start -x -p "$T/pid" -o "$T/o" -E A=b true 'an argument'
	text=$(explain_steps "$out")
	plan -p "$T/pid" -o "$T/o" -E A=b true 'an argument'
	assert_equal "$(paste -d '|' \
		<(sed -n 's/^steps\.[0-9]*\.does=//p' <<<"$plan") \
		<(sed -n 's/^steps\.[0-9]*\.with=//p' <<<"$plan") |
		sed 's/|$//; s/|/: /')" "$text" steps
	assert_plan program "$(type -P true)"
	assert_plan arguments.0 'an argument'
	assert_plan foreground false
}

@test "what is explained is true of the daemon" {
	local opts
	mkdir "$T/dir"
	echo B=c >"$T/env"
	opts=(-m 027 -c "$T/dir" -E A=b --env-file="$T/env" -o "$T/o"
		-e "$T/e" -p "$T/pid")
	if ((EUID == 0)); then
		opts+=(-u nobody:1 "-G5,7")
	fi
	export TERM=dumb SSH_TTY=x PASSES=y
	probe_setup
	plan "${opts[@]}" "$PROBE" "$REPORT" stay two words
	probe_report "${opts[@]}" -- two words
	if ((EUID == 0)); then
		assert_step uid '65534 (nobody)'
		assert_step gid 1
		assert_step groups '1 5 7'
	fi
	assert_step umask "$(report_value umask)"
	assert_step chdir "$(report_value cwd)"
	assert_plan program "$(report_value exe)"
	assert_plan arguments.0 "$(report_value argv.1)"
	assert_plan arguments.3 "$(report_value argv.4)"
	assert_equal "$(sed -n 's/^account\.groups\.[0-9]*=//p' <<<"$plan" |
		xargs)" "$(report_value groups)" groups
	assert_equal "$(planned account.uid)" "$(report_value uid |
		cut -d ' ' -f 1)" uid
	assert_equal "$(planned account.gid)" "$(report_value gid |
		cut -d ' ' -f 1)" gid
	assert_equal "$(sed -n 's/^environment\.passes\.[0-9]*=//p' \
		<<<"$plan" | sort)" \
		"$(report_lines env= | cut -d = -f 2 | sort)" environment
	assert_equal "$(planned_step descriptors)" \
		"$(report_lines fd. | sed 's/^fd\.//; s/=.*//' | xargs)" \
		descriptors
	assert_match "$(report_value fd.1)" "^$T/o "
	assert_step outputs "1 is $T/o, 2 is $T/e"
	assert_content "$T/pid" "$(report_value pid)"
	assert_step publish "$T/pid and $T/pid.id"
}

@test "relative names are explained as absolute ones, names as ids" {
	mkdir "$T/dir"
	cd "$T"
	plan -p p -l l -o o -e ./e -i /dev/null -c dir -u "$(id -u)" true
	assert_step lock "$T/p.lock"
	assert_step lockfile "$T/l"
	assert_match "$(planned_step outputs)" "^1 is $T/o, 2 is $T/(\./)?e\$"
	assert_step chdir "$T/dir"
	plan -u "$(id -un):$(id -gn)" true
	assert_plan account.uid "$(id -u)"
	assert_plan account.gid "$(id -g)"
	cd /
}

@test "a name is explained as the pidfile that it means" {
	local dir
	snapshot "$T"
	export XDG_STATE_HOME=$T/state
	plan -n web true
	dir=$(planned_step rundir)
	if ((EUID == 0)); then
		assert_match "$dir" '^/.*/daemonize$'
	else
		assert_equal "$dir" "$T/state/daemonize/$(uname -n)" directory
	fi
	assert_step lock "$dir/web.lock"
	assert_step publish "$dir/web and $dir/web.id"
	assert_nothing_left "$T"
	plan -p "$T/p" true
	refute grep -q 'step=rundir$' <<<"$plan"
}

@test "the lock that stays with the daemon is among its descriptors" {
	plan -l "$T/lock" true
	assert_step descriptors '0 1 2 and the lock'
	plan -p "$T/pid" -l "$T/pid" true
	assert_step descriptors '0 1 2'
	mkdir "$T/dir"
	plan -p "$T/pid" -l "$T/dir/../pid" true
	assert_step descriptors '0 1 2'
	done_as_explained -f -p "$T/pid" -l "$T/dir/../pid" true
	done_as_explained -f -p "$T/pid" -l "$T/dir/../lock" true
	assert_match "$err" 'hand out descriptors: 0 1 2 and the lock'
}

@test "descriptors that a condition hands out are named" {
	plan -w fd:6 -w notify -w fd:5 true
	assert_step descriptors '0 1 2 6 5'
	# shellcheck disable=SC2016 # the inner shell's
	run_c sh -c 'exec 7</dev/null
		exec "$0" -v --keep-fd=7 -w fd:5 sh -c "echo >&5; exec sleep 600"' \
		"$DAEMONIZE"
	assert_status 0
	assert_match "$err" 'hand out descriptors: 0 1 2 7 5'
}

@test "descriptors that are kept are named" {
	# shellcheck disable=SC2016 # the inner shell's
	run_c sh -c 'exec 5</dev/null 9>/dev/null
		exec "$0" -x --keep-fd=5 -o /dev/fd/9 true' "$DAEMONIZE"
	assert_status 0
	assert_match "$out" $'\n  daemon  hand out descriptors: 0 1 2 5\n'
	assert_match "$out" "1 is the caller's 9"
}

@test "each variable that does not pass is in the plan for people, too" {
	local text
	run_c env -i PATH="$PATH" SSH_TTY=/dev/pts/9 "$DAEMONIZE" -x true
	assert_status 0
	text=${out#*Environment that does not pass:$'\n'}
	assert_match "$text" '^  SSH_TTY: [a-z][^'$'\n'']*$'
	run_c env -i PATH="$PATH" SSH_TTY=/dev/pts/9 LD_PRELOAD_X=x PWD=/ \
		"$DAEMONIZE" -x true
	text=${out#*Environment that does not pass:$'\n'}
	assert_match "$text" '^  SSH_TTY: '
	assert_match "$text" $'\n  PWD: '
	run_c env -i PATH="$PATH" "$DAEMONIZE" -x true
	refute grep -q 'does not pass' <<<"$out"
}

# environ_rows: name|reason of a row, with a name that the pattern fits.
environ_rows() {
	sed -n "s/^$1(\"\([^\"]*\)\".*\"\([^\"]*\)\")\$/\1|\2/p" \
		"$SRCDIR/src/environ.def" | sed 's/\*/X/'
}

# dropped: name|reason, as planned.
dropped() {
	sed -n 's/^environment\.dropped\.[0-9]*\.\(name\|reason\)=//p' \
		<<<"$plan" | paste -d '|' - -
}

# plan_with KINDS OPTION...: plan in an environment of all those rows.
plan_with() {
	local vars kinds=$1
	shift
	# glibc itself would complain of a tunable that it does not know
	mapfile -t vars < <(environ_rows "$kinds" | sed 's/|.*/=x/
		s/^GLIBC_TUNABLES=.*/GLIBC_TUNABLES=glibc.malloc.check=0/')
	needprogram python3
	run_c env "${vars[@]}" "$DAEMONIZE" -x --json "$@" true
	assert_status 0
	plan=$(flatten <"$CAP/out") || fail "not JSON: $out"
}

@test "every variable that does not pass is named, with the reason" {
	plan_with 'DROP[A-Z_]*' -u "$(id -u)"
	assert_equal "$(dropped | sort)" "$(environ_rows 'DROP[A-Z_]*' | sort)" \
		"dropped variables"
	assert_err ''
	# what goes with --user, whoever that is
	plan_with DROP_USER -u "$(id -u)"
	refute grep -q 'another user' <<<"$(dropped)"
	plan_with DROP_USER
	assert_equal "$(dropped)" '' "dropped variables"
	assert_match "$plan" $'passes\\.[0-9]+=XDG_RUNTIME_DIR'
	# in the foreground, what is the manager's passes
	plan_with DROP_DETACHED -f
	assert_equal "$(dropped | cut -d '|' -f 1)" LISTEN_X "dropped variables"
	plan_with 'DROP[A-Z_]*' --keep-env
	assert_equal "$(dropped)" '' "dropped variables"
	plan_with DROP -E LD_X -E _
	refute grep -q '^LD_X|\|^_|' <<<"$(dropped)"
	# what is set after all
	echo PYTHONPATH=/x >"$T/env"
	plan_with 'DROP[A-Z_]*' --env-file="$T/env" -w notify
	refute grep -Eq '^(PYTHONPATH|NOTIFY_SOCKET)\|' <<<"$(dropped)"
	assert_match "$plan" $'passes\\.[0-9]+=PYTHONPATH'
}

@test "--clear-env names all that goes" {
	export CUSTOM=x LANG=C LC_TIME=C TZ=UTC
	plan --clear-env -E A=b true
	grep -q '^CUSTOM|' <<<"$(dropped)" || fail "not named: CUSTOM"
	grep -q '^DZ_TEST_MARK|' <<<"$(dropped)" || fail "not named: the mark"
	refute grep -Eq '^(LANG|LC_TIME|TZ|PATH|A)\|' <<<"$(dropped)"
}

# Hostile bytes

@test "JSON is valid UTF-8, whatever the arguments and names hold" {
	local byte all='' bad=()
	for byte in {1..255}; do
		all+=$(printf '\\x%02x' "$byte")
	done
	printf -v all '%b_' "$all"
	# overlong, surrogate, beyond the last, cut short, stray, noncharacter
	for byte in '\xc0\xaf' '\xe0\x80\xaf' '\xf0\x80\x80\xaf' '\xed\xa0\x80' \
		'\xf4\x90\x80\x80' '\xf8\x88\x80\x80\x80' '\xe2\x82' 'a\xf0\x9f\x98' \
		'\x80' '\xff\xfe' '\xef\xbf\xbf' '\xc3'; do
		printf -v byte '%b' "$byte"
		bad+=("$byte")
	done
	plan true "$all" "${bad[@]}"
	plan -E "$all=x" -E "${bad[0]}=x" -o "$T/${all//\//}" -c "/${bad[6]}" true
	needprogram env
	run_c env "LD_${bad[3]}"$'\n"\\=x' $'A\x01"\\=x' "$DAEMONIZE" -x --json true
	assert_status 0
	flatten <"$CAP/out" >/dev/null || fail "not JSON: $out"
}

@test "JSON gives back what is UTF-8, byte for byte" {
	local i=0 word words=('' 'a b' $'a\nb\tc\rd' 'a"b\c/d' $'\x01\x1f\x7f'
		'\u0041' 'grün €' '😀' '{"a":[1]}' '%s%n' '</script>')
	needprogram python3
	start -x --json true "${words[@]}"
	for word in "${words[@]}"; do
		assert_equal "$(python3 -c 'import json, sys
plan = json.load(open(sys.argv[1], encoding="utf-8"))
sys.stdout.buffer.write((plan["arguments"][int(sys.argv[2])] + ".").encode())
' "$CAP/out" $i)" "$word." "argument $i"
		i=$((i + 1))
	done
}

@test "nothing in a name can forge a line of the text, or reach the terminal" {
	local plain evil=$'a\n  daemon  set user: 0\e[1m\x01\x7f\r'
	start -x -o "$T/o" -c / true a
	plain=$(wc -l <<<"$out")
	start -x -o "$T/o$evil" -c "/$evil" true "$evil"
	assert_line_count "$plain" out
	refute grep -q '[[:cntrl:]]' <<<"$out"
	run_c env "A$evil=x" "LD_$evil=x" "$DAEMONIZE" -x true
	assert_status 0
	refute grep -q '[[:cntrl:]]' <<<"$out"
	refute grep -q '^  daemon  set user' <<<"$out"
}

@test "a plan has room for names of any length" {
	local long
	printf -v long '%100000s' ''
	long=${long// /x}
	plan -E "A=$long" true "$long" b
	assert_plan arguments.0 "$long"
	assert_plan arguments.1 b
	assert_match "$(planned_step exec)" " $long b\$"
	start -x -E "$long=1" true "$long" b
	grep -q "^  daemon  execute: [^ ]* $long b\$" <<<"$out"
	grep -Eq "^ .* $long( |\$)" <<<"$out"
	run_c env "$long=1" "$DAEMONIZE" -x --clear-env true
	grep -q "^  $long: " <<<"$out"
}

@test "a plan has room for lists of any length" {
	local cpus groups
	cpus=$(seq -s, 0 2 8190)
	plan --cpus="$cpus" true
	assert_step cpus "$cpus"
	start -x --cpus="$cpus" true
	assert_match "$out" $'\n  daemon  keep to CPUs: '"$cpus"$'\n'
	((EUID == 0)) || return 0
	groups=$(seq -s, 100001 103000)
	plan -u 12345:1 -G "$groups" true
	assert_step groups "1 ${groups//,/ }"
}

@test "a line of -v that is too long ends in ..." {
	local line
	echo old >"$T/o"
	start -v -o "$T/o" true "$(seq -s ' ' 2000)"
	line=$(grep 'examine program' <<<"$err")
	assert_match "$line" '[0-9][.]{3}$'
	((${#line} < 1200)) || fail "${#line} bytes"
}

# Nothing happens

@test "nothing is changed, and nothing is started" {
	needprogram strace
	local row
	echo old >"$T/o"
	: >"$T/p.stale"
	snapshot "$T"
	for row in '' --json; do
		run_c strace -f -qq -o "$CAP/trace" "$DAEMONIZE" -x $row \
			-p "$T/p" -l "$T/l" -o "$T/o" -e "$T/new" -c "$T" -m 0 \
			-E A=b --ok-if-running -u "$(id -u)" true
		assert_status 0
		assert_err ''
		assert_nothing_left "$T"
		for call in 'O_CREAT' 'O_TRUNC' 'O_WRONLY' 'O_RDWR' '^[0-9]+ +(v?fork|clone3?|flock|unlink(at)?|rename(at2?)?|link(at)?|f?chmod(at)?|f?chown(at)?|f?truncate|mkdir(at)?|set[a-z]*id|setgroups|chroot|chdir|kill|prctl)\('; do
			# the null device for a closed descriptor is no change
			grep -Ev '"/dev/null"|PR_CAPBSET_READ|PR_GET_|PR_CAP_AMBIENT_IS_SET' \
				"$CAP/trace" >"$CAP/calls" || :
			if grep -E "$call" "$CAP/calls" >&2; then
				fail "called: $call ($row)"
			fi
		done
		assert_equal "$(grep -c execve "$CAP/trace")" 1 "programs executed"
	done
	assert_no_process
}

@test "a running daemon, a held lock and a FIFO are not touched" {
	needprogram mkfifo flock
	spawn_daemon_pid
	mkfifo "$T/fifo"
	(umask 077; : >"$T/lock")
	run_bg flock "$T/lock" sleep 100
	snapshot "$T"
	start -x -p "$T/pid" -l "$T/lock" -i "$T/fifo" -o "$T/fifo" true
	assert_nothing_left "$T"
	assert_alive "$pid"
}

@test "what a start would refuse at once, is refused here too" {
	run_d -x --nosuch true
	assert_refused 64 'cannot understand the command line: '
	run_d -x -u no_such_user true
	assert_refused 67 'cannot find user: no_such_user'
	run_d -x no-such-program
	assert_refused 127 'cannot find program: no-such-program'
	run_d -x --json --env-file=/none true
	assert_refused 66 'cannot read environment file: /none'
	run_d -x --keep-fd=99 true
	assert_refused 64 'cannot keep descriptor: 99'
	run_d -x /etc/passwd
	assert_refused 126 'cannot execute: /etc/passwd: Permission denied'
	if ((EUID == 0)); then
		run_c setpriv --reuid 65534 --regid 65534 --clear-groups \
			"$DAEMONIZE" -x -u root true
		assert_refused 77 'cannot become: root'
	fi
}
