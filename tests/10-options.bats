#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The command line: what is accepted, what is refused and how that is said,
# and every exit status with its message.
#
# shellcheck disable=SC2154 # status, out and err: common.bash sets them

load lib/common

setup() {
	setup_dir
	load_words
}

# load_words: words[STEP], from steps.def, where alone they stand.
load_words() {
	local name text
	declare -gA words=()
	while IFS='|' read -r name text; do
		words[$name]=$text
	done < <(sed -n 's/^[A-Z]*(\([a-z_]*\),.*"\([^"]*\)")$/\1|\2/p' \
		"$SRCDIR/src/steps.def")
}

# cannot REGEX: sets $regex; @STEP@ becomes "cannot" and that step's words.
cannot() {
	regex=$1
	if [[ $regex =~ @([a-z_]+)@ ]]; then
		regex=${regex//"${BASH_REMATCH[0]}"/cannot ${words[${BASH_REMATCH[1]}]}}
	fi
}

# refused STATUS REGEX OPTION...: one row of a table.
refused() {
	local want=$1 regex
	cannot "$2"
	shift 2
	run_d "$@"
	assert_refused "$want" "$regex" || fail "row: ${*@Q}"
}

# was_refused STATUS REGEX: the same of the last run.
was_refused() {
	local regex
	cannot "$2"
	assert_refused "$1" "$regex"
}

# usage REGEX OPTION...: a command line that is not understood.
usage() {
	local what=$1
	shift
	refused 64 "@command_line@: $what\$" "$@"
}

# long_options: the names in options.def.  short_options: the letters.
long_options() {
	sed -n 's/^OPT_\(FLAG\|ARG\)([^"]*"\([^"]*\)".*/\2/p' \
		"$SRCDIR/src/options.def"
}

short_options() {
	sed -n "s/^OPT_[A-Z]*([A-Z_]*, *'\(.\)'.*/\1/p" \
		"$SRCDIR/src/options.def"
}

# options_with KIND: the names of the FLAG or the ARG rows.
options_with() {
	sed -n "s/^OPT_$1([^\"]*\"\([^\"]*\)\".*/\1/p" \
		"$SRCDIR/src/options.def"
}

# step_words: those of the steps that -v has printed, without their details.
step_words() {
	grep -v '^daemonize: started: process' <<<"$err" |
		sed 's/^daemonize: //; s/: .*//'
}

# Help and version

@test "--help and -h print every option once, in groups, on one screen" {
	local name
	run_d --help
	assert_status 0
	assert_err ''
	assert_match "$out" '^usage: daemonize \[option \.\.\.\] '
	assert_equal "$(grep -c '^.\{81,\}' <<<"$out")" 0 "lines too long"
	(($(wc -l <<<"$out") <= 72)) || fail "more than 72 lines"
	for name in $(long_options); do
		assert_equal "$(grep -Ec "^  .{4}--$name(=| |\$)" <<<"$out")" 1 \
			"lines for --$name"
	done
	assert_equal "$(grep -c '^  .* --' <<<"$out")" \
		"$(long_options | wc -l)" "options"
	for name in $(short_options); do
		assert_equal "$(grep -c "^  -$name, --" <<<"$out")" 1 \
			"lines for -$name"
	done
	assert_equal "$(grep -c '^[A-Z].*:$' <<<"$out")" \
		"$(grep -c '^OPT_GROUP(' "$SRCDIR/src/options.def")" groups
	name=$out
	run_d -h
	assert_out "$name"
}

@test "--version and -V print configure's version" {
	assert_match "$VERSION" '^[0-9]+\.[0-9]+'
	run_d --version
	assert_status 0
	assert_out "daemonize $VERSION"
	assert_err ''
	run_d -V
	assert_out "daemonize $VERSION"
}

@test "--help and --version need no program, and end where they stand" {
	start --help --no-such-option
	start -V -Z
	start -p "$T/pid" -h true
	assert_match "$out" ^usage
	refute_exists "$T/pid"
	usage '--nosuch: .*' --nosuch --help
	start --vers
	assert_out "daemonize $VERSION"
}

@test "what cannot be printed is an error: --help, --version, --explain" {
	local row
	for row in --help --version '--explain true' '--explain --json true'; do
		# shellcheck disable=SC2016,SC2086 # the inner shell's; words
		run_c sh -c '"$0" "$@" >/dev/full' "$DAEMONIZE" $row
		was_refused 71 '@print@: No space left on device$' ||
			fail "row: $row"
		# shellcheck disable=SC2016,SC2086 # the inner shell's; words
		run_c sh -c '"$0" "$@" >&-' "$DAEMONIZE" $row
		was_refused 71 '@print@: Bad file descriptor$' ||
			fail "row: $row, closed"
	done
}

@test "a plan longer than any buffer is still told to be cut" {
	# shellcheck disable=SC2016 # the inner shell's
	run_c sh -c '"$0" -x true "$@" >/dev/full' "$DAEMONIZE" \
		"$(printf '%9000s' x)" "$(printf '%9000s' x)"
	was_refused 71 '@print@: No space left on device$'
}

@test "where no message can be written, the exit status must do" {
	local to
	for to in '2>/dev/full' '2>&-' '>&- 2>&-' '<&- >&- 2>&-'; do
		run_c sh -c "\"\$0\" --nosuch $to" "$DAEMONIZE"
		assert_status 64 || fail "row: $to"
		assert_silent
	done
}

# Usage

@test "an unknown long option is refused, with the nearest and --help" {
	local tail='; see --help'
	usage "--chdri: no such option, the nearest is --chdir$tail" --chdri true
	usage "--pid-file: no such option, the nearest is --pidfile$tail" \
		--pid-file=x true
	usage "--foregruond: .* --foreground$tail" --foregruond true
	usage "--usr: .* --user$tail" --usr nobody true
	usage "--kep-fd: .* --keep-fd$tail" --kep-fd=3 true
	usage "--stdot: .* --stdout$tail" --stdot=x true
	usage "--explian: .* --explain$tail" --explian true
	usage "--quite: .* --quiet$tail" --quite true
	usage "--loog: .* --log$tail" --loog=x true
	usage "--loog-moed: .* --log-mode$tail" --loog-moed=x true
	# A third of the letters may be wrong, and no more.
	usage "--umsak: .* --umask$tail" --umsak=0 true
	usage "--umsx: no such option$tail" --umsx=0 true
	usage "--qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq: no such.*$tail" \
		--qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq true
	usage "--: no such option.*$tail" --=x true
}

@test "a word of another tool leads to no option that does another thing" {
	local row tail='; see --help'
	for row in background start chuid setuid read-only directory memory \
		test once restrict; do
		usage "--$row: no such option$tail" "--$row" x
	done
	# what begins with an option's whole name is meant to be that
	for row in logfile=log log-file=log log-moed=log-mode nicelevel=nice \
		environment=env env-flei=env-file; do
		usage "--${row%=*}: .*, the nearest is --${row#*=}$tail" \
			"--${row%=*}" x
	done
}

@test "every one-letter slip in an option's name leads back to it" {
	local name
	for name in $(long_options); do
		# a letter too many at the end: never another option
		usage "--${name}q: no such option, the nearest is --$name; .*" \
			"--${name}q"
	done
}

@test "an unknown short option is refused and points to --help" {
	usage '-Z: no such option; see --help' -Z true
	usage '-Z: no such option; see --help' -vZ true
	usage '-Z: no such option; see --help' -Zh
	usage '-W: no such option; see --help' -W foo true
	usage '-1: no such option; see --help' -1 true
	usage '-:: no such option; see --help' -: true
	usage '-;: no such option; see --help' '-;' true
	usage '-\+: no such option; see --help' -+ true
	usage '-\?: no such option; see --help' '-?' true
	usage '-\?: no such option; see --help' $'-\n' true
}

@test "every option with a value says when it is missing or empty" {
	local name
	for name in $(options_with ARG); do
		usage "--$name: its value is missing" "--$name"
		[[ $name != @(groups|caps) ]] || continue # an empty list is a list
		usage "--$name: its value is empty" "--$name=" true
		usage "--$name: its value is empty" "--$name" '' true
	done
	usage '--user: its value is missing' -u
	usage '--pidfile: its value is missing' -vp
	usage '--stdout: its value is empty' -o '' true
	start -x --groups= -u "$(id -u)" true
	start -x -G '' -u "$(id -u)" true
}

@test "every option without a value refuses one" {
	local name
	for name in $(options_with FLAG); do
		usage "--$name: it takes no value" "--$name=1" true
		usage "--$name: it takes no value" "--$name=" true
	done
}

@test "options that contradict each other are refused, in any order" {
	local a b
	usage '--log: it contradicts --stdout' -L a -o b true
	usage '--log: it contradicts --stdout' -o b -L a true
	usage '--log: it contradicts --stderr' --log=a --stderr=b true
	usage '--log: it contradicts --stderr' --stderr=a --log=a true
	usage '--clear-env: it contradicts --keep-env' --keep-env --clear-env true
	usage '--clear-env: it contradicts --keep-env' --clear-env --keep-env true
	usage '--verbose: it contradicts --quiet' -qv true
	usage '--verbose: it contradicts --quiet' -v --quiet true
	a='--json: it needs --explain, --status or --list'
	usage "$a" --json true
	usage "$a" --json -f true
	usage "$a" --json --stop -p p
	usage "$a" --json --restart -p p true
	usage "$a" --json --reload -p p
	usage "$a" --json --signal=USR1 -p p
	usage '--pidfile: it contradicts --name' -p p -n n true
	usage '--pidfile: it contradicts --name' -n n --stop -p p
	usage '--restart: it contradicts --foreground' -f --restart -p p true
	usage '--group: --user names a group already: 0:0' -u 0:0 -g 0 true
	usage 'bin/true: with --chroot it must be absolute, or found in PATH' \
		-r / bin/true
	usage './true: with --chroot it must be .*' --chroot=/ ./true
	for a in : :0 0: '' ; do
		b="its value is empty"
		[[ -z $a ]] || b="it is USER or USER:GROUP, with neither left out: $a"
		usage "--user: $b" -u "$a" true
	done
}

@test "of what is done instead of a start, there is one at a time" {
	local a b verbs=(--explain --stop --restart --reload --signal=USR1
		--status --list)
	for a in "${!verbs[@]}"; do
		for b in "${!verbs[@]}"; do
			((a < b)) || continue
			usage "${verbs[b]%=*}: it contradicts ${verbs[a]%=*}" \
				"${verbs[a]}" "${verbs[b]}" -p p true
			usage "${verbs[b]%=*}: it contradicts ${verbs[a]%=*}" \
				"${verbs[b]}" "${verbs[a]}" -p p true
		done
	done
}

@test "run control needs a pidfile or a name, and takes no program" {
	local a
	for a in --stop --restart --reload --signal=USR1 --status; do
		usage "${a%=*}: it needs --pidfile or --name" "$a"
		[[ $a != --restart ]] || continue
		usage "${a%=*}: it takes no program: true" "$a" -p p true
		# which ends the options
		usage "${a%=*}: it takes no program: web" "$a" web -n web
		usage "${a%=*}: it takes no program: web" "$a" web
	done
	usage '--list: it takes no program: true' --list true
	for a in -n -p --name --pidfile; do
		usage '--list: it lists all, and takes no --pidfile or --name' \
			--list $a web
	done
	usage 'the program to start is missing; see --help' --restart -p p
}

@test "--stop-group where nothing is stopped is refused" {
	local a
	for a in "--signal=KILL -p $T/p" "--reload -p $T/p" "--status -p $T/p" \
		--list "-p $T/p true" "-x true" '-w exec true'; do
		# shellcheck disable=SC2086 # words
		usage '--stop-group: it needs --stop, --restart or a wait for --ready' \
			--stop-group $a
	done
	run_d --stop --stop-group -q -p "$T/p"
	assert_status 0
	assert_silent
	run_d --stop-group -w alive:1 "$T/none"
	assert_status 127
}

@test "with borrowed privileges nothing is told, and nothing is done" {
	needroot
	local row
	start -p "$T/p" "$(own /bin/sleep)" 100
	track "$(cat "$T/p")"
	cp "$DAEMONIZE" "$T/borrowed"
	chmod 4755 "$T/borrowed"
	for row in "--stop -p $T/p" "--reload -p $T/p" "--signal=KILL -p $T/p" \
		"--status -p $T/p" --list; do
		# shellcheck disable=SC2086 # words
		run_c setpriv --reuid 65534 --regid 65534 --clear-groups \
			"$T/borrowed" $row
		was_refused 77 '@privileges@: its real .* differ: it is set-ID, or' ||
			fail "row: $row"
	done
	run_c setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$T/borrowed" --restart -p "$T/p" true
	was_refused 77 '@privileges@: '
	assert_alive "$(cat "$T/p")"
}

@test "--name takes letters, digits, dots, dashes and underscores" {
	local a
	for a in .a -- -a /a a/b ../a 'a b' 'a;b' a.id a.lock .id ä $'a\n' \
		'a*' '~a' .. .; do
		usage "--name: not a name: letters, digits, _, and after the first . and -; not ending in .id or .lock: .*" \
			-x "--name=$a" true
	done
	usage '--name: its value is empty' -n '' true
	for a in a A 0 _ a.b a-b a_b a. a- _.-_ id lock a.id.x a.locks; do
		start -x -n "$a" true
		assert_match "$out" "/daemonize(/[^/]+)?/${a//./\\.}\\.lock"$'\n'
	done
}

@test "--signal takes a signal's name or number" {
	local a
	for a in '' 0 65 -1 FOO SIG SIGSIGHUP HUPX 1x ' 1' RTMIN- RTMIN+ RTMIN-1 \
		RTMAX+1 RTMIN+99 TERM/5; do
		usage "--signal: (no such signal: .*|its value is empty)" \
			"--signal=$a" -p "$T/p"
	done
	for a in HUP SIGHUP hup sighup 1 64 KILL USR1 RTMIN RTMIN+1 SIGRTMIN+1 \
		RTMAX RTMAX-1 $(sed -n 's/^SIGNAL_[A-Z]*(\([A-Z0-9]*\).*/\1/p' \
			"$SRCDIR/src/signals.def"); do
		refused 7 '@signal@: .*/p: it is not running$' \
			"--signal=$a" -p "$T/p"
	done
}

@test "a bad value is named, as an option that was taken for one" {
	local row value
	for row in signal umask log-mode keep-fd timeout retry nice ionice sched \
		cpus oom-score-adj caps limit bind-port connect-port name ready \
		listen; do
		usage "--$row: .+: -n" "--$row" -n web
	done
	usage '--signal: no such signal: a[?]b.*' --signal $'a\eb' web
	printf -v value '%5000s' ''
	usage '--signal: no such signal: x+[.]{3}' "--signal=${value// /x}" web
}

@test "--retry takes start-stop-daemon's schedules" {
	local a
	for a in TERM forever TERM/ /5 TERM//5 TERM/5/ 5s -5 1.5 FOO/5 TERM/-65 \
		86401 TERM/86401 99999999999; do
		usage '--retry: it is SIGNAL/SECONDS/\.\.\., or SECONDS, a day at most: .*' \
			"--retry=$a" --stop -p "$T/p"
	done
	for a in TERM/5/forever TERM/forever forever/TERM forever/TERM/0 forever/0; do
		usage '--retry: what follows forever must contain a wait above 0: .*' \
			"--retry=$a" --stop -p "$T/p"
	done
	usage '--retry: forever stands in it once at most: .*' \
		--retry=forever/TERM/1/forever/TERM/1 --stop -p "$T/p"
	usage '--retry: it has too many items: .*' \
		"--retry=TERM$(printf '/1%.0s' {1..32})" --stop -p "$T/p"
	usage '--retry: its value is empty' --retry= --stop -p "$T/p"
	for a in 5 0 86400 TERM/5 -15/5 -TERM/5 SIGTERM/5 term/30/kill/5 \
		TERM/30/KILL/5 TERM/5/forever/KILL/1 forever/TERM/1 1/2 \
		forever/1 RTMIN+1/5 "TERM$(printf '/1%.0s' {1..31})"; do
		run_d --stop "--retry=$a" -p "$T/p"
		assert_status 0 || fail "row: $a"
		assert_err "daemonize: not running: $T/p" || fail "row: $a"
	done
}

@test "a name that the pidfile needs can be nothing else" {
	local o name
	snapshot "$T"
	for name in p.id p.lock .p.daemonize .p.id.daemonize; do
		for o in -l -o -e -L -i; do
			usage "$T/$name: the pidfile needs this name itself" \
				-p "$T/p" $o "$T/$name" true
		done
	done
	for name in p p.id p.lock; do
		usage "$T/$name: the pidfile needs this name itself" \
			-p "$T/p" -w alive:1 -w "file:$T/$name" true
		usage "$T/./$name: the pidfile needs this name itself" \
			-p "$T/p" -w "file:$T/./$name" true
	done
	for o in -o -e -L -i; do
		usage "$T/p: the pidfile needs this name itself" \
			-p "$T/p" $o "$T/p" true
	done
	assert_nothing_left "$T"
	# the program's own one, if it is another
	for o in '' "-p $T/q"; do
		# shellcheck disable=SC2016,SC2086 # the program's; words
		start $o -w "file:$T/p" sh -c 'touch "$0"; exec sleep 600' "$T/p"
		rm "$T/p"
	done
	# the classic's: there, one file could be both
	start -p "$T/p" -l "$T/p" true
	for name in .q.daemonize .p.id xp.daemonize; do
		start -x -p "$T/p" -o "$T/$name" true
	done
}

@test "a missing program is refused" {
	local row='the program to start is missing; see --help'
	usage "$row"
	usage "$row" --
	usage "$row" -v
	usage "$row" -f --
	usage "$row" ''
	usage "$row" -- ''
	usage "$row" -x
	usage "$row" -p "$T/pid"
	refute_exists "$T/pid"
}

@test "--umask and --log-mode take octal and symbolic modes, strictly" {
	local bad option
	for option in umask log-mode; do
		for bad in 8 9 0o22 0x12 1777 4755 -1 +1 ' 22' '22 ' 22,33 \
			00022 10000 022x x u+s g+s +t o+t o=t u-s g-s,o+r u=z u=rg u=gr u=go +ug \
			u rwx u+ -w',' ',' u=rwx',,' 1e1 0777777777777777777777 ٢٢ $'22\n'; do
			# bad enough to be no mode for either
			[[ $bad != u+ ]] || continue
			usage "--$option: not an octal or symbolic mode up to 0777: .*" \
				"--$option=$bad" true
		done
		usage "--$option: its value is empty" "--$option=" true
		usage "--$option: not an octal .*" "--$option" -1 true
	done
	usage '--umask: not an octal .*' -m 8 true
	usage '--umask: not an octal .*' -m8 true
}

@test "--umask says in symbols what is allowed, as the shell's umask does" {
	local mode
	for mode in 0=0000 77=0077 077=0077 0077=0077 777=0777 \
		u=rwx,g=rx,o==0027 g-w=0022 go-rwx=0077 a=rwx=0000 \
		g+w=0002 +w=0000 u-w=0222 o=g=0022 g=u=0002 g-x+X=0022 \
		a-X=0133 a-xX=0133 u=X=0622; do
		# the caller's mask does not count
		# shellcheck disable=SC2016 # the inner shell's
		run_c sh -c 'umask 077; exec "$0" "$@"' "$DAEMONIZE" -x \
			-m "${mode%=*}" true
		assert_status 0 || fail "row: $mode"
		assert_match "$out" "set umask: ${mode##*=}"$'\n' ||
			fail "row: $mode"
	done
}

@test "--umask understands symbols as chmod(1) does" {
	local mode allowed taken=0
	: >"$T/file"
	for mode in {,u,go,a}{+,-,=}{,r,wX,Xx,u,g,rg,go,gr}; do
		chmod 755 "$T/file"
		# so that without a "who" chmod(1) means all, too
		if ! (umask 0 && chmod -- "$mode" "$T/file") 2>/dev/null; then
			usage '--umask: not an octal or symbolic mode .*' "--umask=$mode" true
			continue
		fi
		allowed=0$(stat -c %a "$T/file")
		run_c "$DAEMONIZE" -x --umask="$mode" true
		assert_status 0 || fail "row: $mode"
		assert_match "$out" \
			"set umask: $(printf %04o $((0777 & ~allowed)))"$'\n' ||
			fail "row: $mode"
		taken=$((taken + 1))
	done
	((taken > 50)) || fail "only $taken modes"
}

@test "--log-mode is the mode of a new file, whatever the umask" {
	local row
	for row in 600=600 0664=664 u+x=740 g-r=600 o+r=644 a=r=444 0=0 \
		+x=751 +w=662; do
		# without a "who" all are meant, and no umask interferes
		rm -f "$T/o"
		start -m 077 --log-mode="${row%=*}" -o "$T/o" true
		assert_stat %a "$T/o" "${row##*=}" || fail "row: $row"
	done
	rm -f "$T/o"
	start -o "$T/o" true
	assert_stat %a "$T/o" 640
}

@test "--keep-fd takes the number of an open descriptor above 2" {
	local bad
	for bad in x 3x ' 3' '3 ' 03 +3 -3 -1 0x3 3.0 3,4 2147483648 \
		99999999999999999999 ٣ $'3\n'; do
		usage "--keep-fd: not a descriptor's number: .*" "--keep-fd=$bad" true
	done
	for bad in 0 1 2; do
		usage '--keep-fd: 0 to 2 are given by --stdin, .*' \
			--keep-fd $bad true
	done
	for bad in 3 77 1023 2147483647; do
		refused 64 "@descriptor@: $bad: it is not open\$" \
			--keep-fd=$bad true
	done
}

@test "--env and --env-file refuse what is no variable" {
	usage '--env: a variable needs a name: =' -E = true
	usage '--env: a variable needs a name: =x' -E =x true
	usage '--env: a variable needs a name: =x' --env==x true
	echo 'A=b' >"$T/good"
	start --env-file="$T/good" -x true
	printf 'A=b\nnot a variable\n' >"$T/bad"
	refused 66 '@env_file@: .*/bad: .*line 2' \
		--env-file="$T/bad" true
	refused 66 '@env_file@: .*/none: No such file' \
		--env-file="$T/none" true
}

@test "no usage error leaves anything, or starts anything" {
	snapshot "$T"
	refused 64 cannot -p "$T/p" -l "$T/l" -o "$T/o" --keep-fd=99 \
		touch "$T/ran"
	refused 64 cannot -p "$T/p" -l "$T/l" -L "$T/o" -q -v touch "$T/ran"
	refused 64 cannot -p "$T/p" -l "$T/l" -o "$T/o" --zz touch "$T/ran"
	refused 64 cannot -p "$T/p" -l "$T/l" -o "$T/o" -r / ./touch "$T/ran"
	assert_nothing_left "$T"
	assert_no_process
}

# How options are read

@test "options end at the program's name: its own are left alone" {
	probe_report -- -p "$T/other" --help -u nobody -- --pidfile=x
	assert_report argv.3 -p
	assert_report argv.4 "$T/other"
	assert_report argv.5 --help
	assert_report argv.6 -u
	assert_report argv.7 nobody
	assert_report argv.8 --
	assert_report argv.9 --pidfile=x
	refute_exists "$T/other"
}

@test "POSIXLY_CORRECT in the environment changes nothing" {
	export POSIXLY_CORRECT=1
	probe_report -p "$T/pid" -- -v
	assert_report argv.3 -v
	assert_content "$T/pid" "$pid"
}

@test "-- ends the options: a program's name may begin with a dash" {
	probe_setup
	mv "$PROBE" "$T/bin/-v"
	PATH=$T/bin:$PATH run_d -- -v "$REPORT" stay -- -x
	assert_status 0
	wait_report "$REPORT"
	assert_report argv.0 -v
	assert_report argv.3 --
	assert_report argv.4 -x
}

@test "a lone dash is a program's name" {
	refused 127 '@program@: -: not found' - x
}

@test "long options may be shortened as far as they stay unique" {
	probe_report --pidf "$T/pid" --appe --stdo="$T/o" --um 027 --verb
	assert_content "$T/pid" "$pid"
	assert_report umask 0027
	assert_stat %a "$T/o" 640
	usage '--std: ambiguous, it begins --stdin, --stdout, --stderr; .*' \
		--std=/dev/null true
	usage '--e: ambiguous, it begins --env, --env-file, --explain; .*' --e=A true
	usage '--keep: ambiguous, it begins (--keep-(env|fd|on-timeout)(, |;)){3} .*' --keep true
}

@test "a whole name that begins another's is meant itself" {
	start -x --log=/dev/null true
	start -x --env=A=b true
	start -x --group="$(id -g)" true
	start -x --groups="$(id -G | tr ' ' ,)" true
}

@test "short options may be bundled, with the value at once or after" {
	probe_report -aqc/tmp -o"$T/o" -m 027 "-p$T/pid" "-E" A=b -EC=d
	assert_content "$T/pid" "$pid"
	assert_report cwd /tmp
	assert_report umask 0027
	assert_env A b
	assert_env C d
}

@test "of an option given twice the last counts; --env and --keep-fd add up" {
	mkdir "$T/a" "$T/b"
	probe_report -c "$T/a" -c "$T/b" -p "$T/p1" -p "$T/p2" -E A=1 -E B=2 \
		-E A=3
	assert_report cwd "$T/b"
	refute_exists "$T/p1"
	assert_content "$T/p2" "$pid"
	assert_env A 3
	assert_env B 2
	assert_equal "$(report_lines env=A= | wc -l)" 1 "variables A"
}

@test "--keep-fd may be repeated" {
	probe_setup
	# shellcheck disable=SC2016 # the inner shell's
	run_c sh -c 'exec 5</dev/null 7</dev/zero 8</dev/null
		exec "$0" --keep-fd=5 --keep-fd=7 "$@"' \
		"$DAEMONIZE" "$PROBE" "$REPORT" stay
	assert_status 0
	wait_report "$REPORT"
	assert_equal "$(report_lines fd. | cut -d = -f 1 | xargs)" \
		"fd.0 fd.1 fd.2 fd.5 fd.7" descriptors
}

@test "short and long options are the same" {
	local row name letter value long
	echo A=b >"$T/env"
	while read -r letter name value; do
		for row in '' --json; do
			run_d -x $row "$letter" ${value:+"$value"} true
			assert_status 0 || fail "row: $letter"
			long=$out
			run_d -x $row "$name" ${value:+"$value"} true
			assert_out "$long" || fail "row: $name"
			[[ -z $value ]] || run_d -x $row "$name=$value" true
			assert_out "$long" || fail "row: $name="
		done
	done <<-END
		-u --user $(id -u):$(id -g)
		-g --group $(id -g)
		-G --groups $(id -G | tr ' ' ,)
		-c --chdir /tmp
		-r --chroot /
		-m --umask 027
		-p --pidfile $T/pid
		-n --name name
		-l --lockfile $T/lock
		-i --stdin $T/in
		-o --stdout $T/o
		-e --stderr $T/e
		-a --append
		-L --log $T/log
		-E --env A=b
		-f --foreground
		-x --explain
		-v --verbose
		-q --quiet
	END
	assert_equal "$(short_options | tr -d 'hV\n')" ugGcrmpnlioeaLEwtfxvq letters
}

@test "every option is accepted, in a start that does nothing" {
	local id
	id=$(id -u)
	echo A=b >"$T/env"
	snapshot "$T"
	start -x -v -u "$id" -g "$(id -g)" -c / -m 022 -p "$T/p" \
		-l "$T/l" --ok-if-running -i /dev/null -o "$T/o" -e "$T/e" \
		-a --log-mode=600 -E A=b --clear-env -f true
	start -x -q -L "$T/l" --keep-env --json --env-file="$T/env" true
	assert_nothing_left "$T"
}

# The classic daemonize(1)

classic_start() {
	CLASSIC=$T/classic
	mkdir "$CLASSIC"
	echo before >"$CLASSIC/out"
	[[ -z ${1:-} ]] || chown -R "$1" "$CLASSIC"
	probe_setup
}

classic_check() {
	assert_status 0
	assert_match "$err" '^daemonize: '
	wait_report "$REPORT"
	assert_report cwd "$CLASSIC"
	assert_report argv.3 arg
	assert_report argv.4 -x
	assert_env A b
	assert_report session_leader 0
	assert_content "$CLASSIC/pid" "$pid"
	assert_content "$CLASSIC/out" before
	assert_exists "$CLASSIC/err"
	assert_exists "$CLASSIC/lock"
	assert_match "$(report_value fd.1)" "^$CLASSIC/out .*append=(1|yes)"
	assert_match "$(report_value fd.2)" "^$CLASSIC/err .*append=(1|yes)"
}

@test "a classic command line works unchanged, as root" {
	needroot
	classic_start
	run_d -a -c "$CLASSIC" -e "$CLASSIC/err" -o "$CLASSIC/out" -E A=b \
		-p "$CLASSIC/pid" -l "$CLASSIC/lock" -u nobody -v \
		"$PROBE" "$REPORT" stay arg -x
	classic_check
	assert_report uid "65534 65534 65534 65534"
	run_d -l "$CLASSIC/lock" -u nobody true
	was_refused 75 '@lockfile@: .*/lock: another process holds the lock$'
}

@test "a classic command line works unchanged, as an ordinary user" {
	local by=() user
	user=$(id -un)
	if ((EUID == 0)); then
		needprogram setpriv
		by=(setpriv --reuid 65534 --regid 65534 --clear-groups)
		user=nobody
	fi
	classic_start "$user"
	run_c "${by[@]}" "$DAEMONIZE" -a -c "$CLASSIC" -e "$CLASSIC/err" \
		-o "$CLASSIC/out" -E A=b -p "$CLASSIC/pid" \
		-l "$CLASSIC/lock" -u "$user" -v "$PROBE" "$REPORT" stay arg -x
	classic_check
	assert_report uid "$(id -u "$user") $(id -u "$user") \
$(id -u "$user") $(id -u "$user")"
}

# Talking

@test "a start is silent" {
	start true
	assert_silent
	start -f true
	assert_silent
}

@test "-v prints each step as it is done, in the order of steps.def" {
	local said known
	start -v -p "$T/pid" -l "$T/lock" -o "$T/o" sleep 0.01
	assert_out ''
	refute grep -qv '^daemonize: ' <<<"$err"
	assert_match "${err##*$'\n'}" '^daemonize: started: process [0-9]+$'
	said=$(step_words)
	known=$(sed -n 's/^\(STEP\|DETACH\)(.*"\([^"]*\)")$/\2/p' \
		"$SRCDIR/src/steps.def")
	# what was done is known, and in the known order
	assert_equal "$(grep -Fxf <(printf '%s\n' "$said") <<<"$known")" "$said" \
		steps
	for known in signals lock running prepare lockfile input outputs fork \
		setsid refork publish umask chdir descriptors; do
		grep -Fxq "${words[$known]}" <<<"$said" || fail "not said: $known"
	done
}

@test "-v names the process that was started" {
	spawn_daemon_pid -v
	assert_match "$err" "daemonize: started: process $pid\$"
}

@test "-v with -f prints the steps but those of detaching" {
	local said step
	run_d -v -f true
	assert_status 0
	assert_out ''
	said=$(step_words)
	for step in signals dispositions umask descriptors; do
		grep -Fxq "${words[$step]}" <<<"$said" || fail "not said: $step"
	done
	for step in fork setsid refork pipe setpgid subreaper; do
		refute grep -Fxq "${words[$step]}" <<<"$said"
	done
}

@test "-v does not claim the step that failed" {
	run_d -v -c "$T/none" true
	assert_status 66
	refute grep -q "daemonize: ${words[chdir]}" <<<"$err"
	assert_match "${err##*$'\n'}" \
		"^daemonize: cannot ${words[chdir]}: $T/none: No such file"
}

@test "-q prints nothing but errors" {
	export LD_LIBRARY_PATH=/nonexistent PERL5OPT=x
	run_d true
	assert_status 0
	assert_message 'not passed on, .*LD_LIBRARY_PATH'
	assert_match "$err" PERL5OPT
	start -q true
	assert_silent
	start --quiet -f true
	assert_silent
	refused 127 '@program@: no-such-program' -q no-such-program
	refused 64 'cannot understand' -q --zz
}

# Message hygiene

@test "a message is one line, whatever the names hold" {
	local bad=$'a\nb\tc\e[31md\rdaemonize: e\x7ff\x01' n='a[?]b[?]c[?]\[31md[?]daemonize: e[?]f[?]'
	usage "--$n: no such option.*" "--$bad"
	refused 127 "@program@: $n: not found" "$bad"
	refused 127 "@program@: /$n: not found" "/$bad"
	refused 66 "@chdir@: /$n: No such file" -c "/$bad" true
	refused 66 "@chdir@: .*/$n: No such" -c "$bad" true
	refused 66 "@chroot@: /$n: No such" -r "/$bad" /true
	refused 66 "@input@: /$n: No such" -i "/$bad" true
	refused 66 "@env_file@: /$n: No such" \
		--env-file "/$bad" true
	refused 73 "@outputs@: /$n/x: No such" -o "/$bad/x" true
	refused 73 "@outputs@: /$n/x: No such" -e "/$bad/x" true
	refused 73 "@outputs@: /$n/x: No such" -L "/$bad/x" true
	refused 73 "@lockfile@: /$n/x: No such" -l "/$bad/x" true
	refused 73 "@lock@: /$n/x: No such" -p "/$bad/x" true
	refused 67 "@user@: ${n//:}: no such user" -u "${bad//:}" true
	refused 67 "@group@: $n: no such group" -u 0 -g "$bad" true
	refused 67 "@group@: $n: no such group" -u 0 -G "$bad" true
	run_c env "PATH=/$bad" "$DAEMONIZE" true
	was_refused 127 "@program@: true: not found .PATH is /$n"
}

@test "so is a line of -v, and the warning of what is dropped" {
	run_c env $'LD_A\nB\e=c' "$DAEMONIZE" true
	assert_status 0
	assert_message 'not passed on, use --env to keep: LD_A[?]B[?]$'
	start -v -c / true
	local lines
	lines=$(wc -l <<<"$err")
	start -v -c / true $'a\ndaemonize: started: process 1\e[1m'
	assert_line_count "$lines" err
	refute grep -q $'\e' <<<"$err"
}

@test "a name of any length leaves the reason on the line, and says that it is cut" {
	local long
	printf -v long '%5000s' ''
	long=/${long// /x}
	refused 66 '@chdir@: /x{99}.*xx[.]{3}: File ?name too long$' \
		-c "$long" true
	refused 73 '@outputs@: /x{99}.*xx[.]{3}: File ?name too long$' \
		-o "$long" true
	refused 67 '@user@: x{99}.*xx[.]{3}: no such user$' -u "${long#/}" true
	usage '--x{99}.*xx[.]{3}: no such option.*' "--${long#/}"
	refused 127 '@program@: x{99}.*xx[.]{3}: not found' "${long#/}"
	# what is said in the end as well
	printf '#!%s\r\n' "${long:0:240}" | executable "$T/script"
	refused 126 '@exec@: .*[(]/x{99}.*[.]{3} and a carriage return[)]' "$T/script"
	refused 124 '@ready@: sleep: .*[(]check:xx.*x[.]{3}, 0.1 s' \
		-t 0.1 -w "check:${long#/}" sleep 600
	long=${long:0:255}
	refused 73 'cannot .*: .*/xxx.*[^.]: File ?name too long \(x{99}.*[.]{3}\)$' -p "$T$long" true
}

@test "a message goes to the caller, never to the daemon's log or syslog" {
	needprogram strace
	printf '#!/no/such/interpreter\n' >"$T/script"
	chmod +x "$T/script"
	echo before >"$T/log"
	snapshot "$T"
	refused 126 '@exec@: .*/script: its interpreter is missing' \
		-e "$T/log" -o "$T/new" "$T/script"
	refused 126 '@exec@: .*/script: its interpreter is missing' \
		-L "$T/log" "$T/script"
	refused 126 '@exec@: .*/script: its interpreter is missing' \
		-f -L "$T/log" "$T/script"
	assert_nothing_left "$T"
	run_c strace -f -qq -e trace=connect,sendto,sendmsg -o "$CAP/trace" \
		"$DAEMONIZE" "$T/script"
	assert_status 126
	assert_equal "$(grep -Ec 'connect|send' "$CAP/trace")" 0 "messages sent"
}

# Exit statuses

# provoked NAME STATUS REGEX COMMAND...: a failure as it must be: the status,
# one line, nothing left in $T/w, no process.
provoked() {
	local name=$1 want=$2 regex
	cannot "$3"
	shift 3
	snapshot "$T/w"
	run_c "$@"
	assert_refused "$want" "$regex" || fail "row: $name"
	assert_nothing_left "$T/w" || fail "row: $name"
	wait_for none_of_ours || fail "row: $name: a process is left"
}

# fault FAULT... -- OPTION...: the program under strace(1) with faults
# injected, such as setsid:error=EAGAIN:when=1.
fault() {
	local inject=()
	while [[ $1 != -- ]]; do
		inject+=(-e "inject=$1")
		shift
	done
	shift
	traced=(strace -f -qq -o "$CAP/trace" "${inject[@]}" "$DAEMONIZE" "$@")
}

status_setup() {
	mkdir "$T/w"
	ran=("$(own /bin/touch)" "$T/w/ran")
	stays=("$(own /bin/sleep)" 100)
	all=(-p "$T/w/p" -l "$T/w/l" -o "$T/w/o" -e "$T/w/e")
}

@test "64, 66 and 67: what was asked for is wrong, and nothing is left" {
	status_setup
	echo text >"$T/w/file"
	provoked option 64 '@command_line@: --x' \
		"$DAEMONIZE" "${all[@]}" --x "${ran[@]}"
	provoked keep-fd 64 '@descriptor@: 99: it is not open$' \
		"$DAEMONIZE" "${all[@]}" --keep-fd=99 "${ran[@]}"
	provoked chdir 66 '@chdir@: /none: No such file' \
		"$DAEMONIZE" "${all[@]}" -c /none "${ran[@]}"
	provoked chdir-file 66 '@chdir@: .*: Not a directory$' \
		"$DAEMONIZE" "${all[@]}" -c "$T/w/file" "${ran[@]}"
	provoked input 66 '@input@: /none: No such file' \
		"$DAEMONIZE" "${all[@]}" -i /none "${ran[@]}"
	provoked input-dir 66 '@input@: /: Is a directory$' \
		"$DAEMONIZE" "${all[@]}" -i / "${ran[@]}"
	provoked env-file 66 '@env_file@: /none: No such file' \
		"$DAEMONIZE" "${all[@]}" --env-file=/none "${ran[@]}"
	provoked user 67 '@user@: no_such_user: no such user$' \
		"$DAEMONIZE" "${all[@]}" -u no_such_user "${ran[@]}"
	provoked user-odd 67 '@user@: 0x0: no such name, and not a' \
		"$DAEMONIZE" "${all[@]}" -u 0x0 "${ran[@]}"
	provoked group 67 '@group@: no_such_group: no such group$' \
		"$DAEMONIZE" "${all[@]}" -g no_such_group "${ran[@]}"
	provoked groups 67 '@group@: no_such_group: no such group$' \
		"$DAEMONIZE" "${all[@]}" -G no_such_group "${ran[@]}"
	provoked number 64 '@user@: 4000111222: this number has no' \
		"$DAEMONIZE" "${all[@]}" -u 4000111222 "${ran[@]}"
	if ((EUID == 0)); then
		provoked chroot 66 '@chroot@: /none: No such file' \
			"$DAEMONIZE" "${all[@]}" -r /none "${ran[@]}"
	fi
}

@test "70 and 71: the machine fails us, and nothing is left" {
	needprogram strace
	local row
	status_setup
	# fault | status | message
	while IFS='|' read -r row want regex; do
		fault "$row" -- "${all[@]}" "${ran[@]}"
		provoked "$row" "$want" "$regex" "${traced[@]}"
	done <<-'END'
		setsid:signal=KILL|70|@exec@: .*: it ended before it could execute
		setpgid:signal=KILL|70|@exec@: .*: it ended before it could execute
		execve:signal=KILL:when=1|70|@exec@: .*: it ended before it could execute
		chdir:signal=KILL:when=1|70|@exec@: .*: it ended before it could execute
		setsid:error=EAGAIN|71|@setsid@: Resource temporarily unavailable$
		setpgid:error=ESRCH|71|@setpgid@: No such process$
		setpgid:error=EACCES|77|@setpgid@: Permission denied$
		pipe2:error=EMFILE|71|@pipe@: (Too many open files|No file descriptors available)$
		prctl:error=EINVAL:when=1|71|@subreaper@: Invalid argument$
		clone,clone3,fork,vfork:error=EAGAIN:when=1|71|cannot fork( again)?: Resource temporarily
		clone,clone3,fork,vfork:error=ENOMEM:when=1|71|cannot fork( again)?: (Cannot allocate|Out of) memory$
		rt_sigaction:error=EINVAL:when=30|71|@dispositions@: Invalid argument$
		signalfd4:error=EMFILE|71|cannot .*: (Too many open files|No file descriptors available)$
	END
	fault setitimer:error=EINVAL -- -f "${all[@]}" "${ran[@]}"
	provoked timers 71 '@timers@: Invalid argument$' "${traced[@]}"
}

@test "73: a file cannot be created, and nothing is left" {
	needprogram mkfifo strace
	status_setup
	mkfifo "$T/w/fifo"
	local o
	for o in -o -e -L; do
		provoked "$o" 73 '@outputs@: /none/x: No such file' \
			"$DAEMONIZE" $o /none/x "${ran[@]}"
		provoked "$o dir" 73 '@outputs@: /: Is a directory$' \
			"$DAEMONIZE" $o / "${ran[@]}"
		provoked "$o fifo" 73 \
			'@outputs@: .*/fifo: nobody reads from this FIFO$' \
			"$DAEMONIZE" $o "$T/w/fifo" "${ran[@]}"
	done
	provoked pidfile 73 '@lock@: /none/x: No such file' \
		"$DAEMONIZE" -p /none/x "${ran[@]}"
	provoked lockfile 73 '@lockfile@: /none/x: No such file' \
		"$DAEMONIZE" -l /none/x "${ran[@]}"
	# a full disk shows when the texts are written, whichever is first
	local -A full=([p]='' [p.id]=' \(p.id\)')
	for o in p.id p; do
		provoked "full disk, $o" 73 \
			"@publish@: .*/p: No space left on device${full[$o]}\$" \
			strace -f -qq -o "$CAP/trace" -P "$T/w/.$o.daemonize" \
			-e inject=write:error=ENOSPC "$DAEMONIZE" "${all[@]}" \
			"${ran[@]}"
	done
}

@test "75: already running, and nothing is touched" {
	needprogram flock
	status_setup
	start -p "$T/w/pid" "${stays[@]}"
	pid=$(cat "$T/w/pid")
	snapshot "$T/w"
	run_d -p "$T/w/pid" -o "$T/w/o" "${ran[@]}"
	was_refused 75 "@running@: .*/pid: already running .process $pid.\$"
	assert_nothing_left "$T/w"
	run_d -f -p "$T/w/pid" "${ran[@]}"
	was_refused 75 "@running@: .*/pid: already running .process $pid.\$"
	start --ok-if-running -p "$T/w/pid" -o "$T/w/o" "${ran[@]}"
	assert_silent
	assert_nothing_left "$T/w"
	assert_alive "$pid"
	(umask 077; : >"$T/w/lock")
	run_bg flock "$T/w/lock" sleep 100
	wait_for refute_flock "$T/w/lock"
	snapshot "$T/w"
	run_d -l "$T/w/lock" -o "$T/w/o" "${ran[@]}"
	was_refused 75 '@lockfile@: .*/lock: another process holds the lock$'
	start --ok-if-running -l "$T/w/lock" -o "$T/w/o" "${ran[@]}"
	assert_silent
	assert_nothing_left "$T/w"
}

refute_flock() { ! flock -n "$1" true; }

@test "77: not permitted, or unsafe, and nothing is touched" {
	local o
	status_setup
	echo secret >"$T/w/victim"
	ln -s victim "$T/w/link"
	ln "$T/w/victim" "$T/w/hard"
	for o in -o -e -L; do
		provoked "$o link" 77 \
			'@outputs@: .*/link: unsafe: it is a symbolic link$' \
			"$DAEMONIZE" $o "$T/w/link" "${ran[@]}"
		provoked "$o hard link" 77 \
			'@outputs@: .*/hard: unsafe: it has more than one' \
			"$DAEMONIZE" $o "$T/w/hard" "${ran[@]}"
	done
	provoked pidfile 77 '@running@: .*/link: unsafe: it is a symbolic' \
		"$DAEMONIZE" -p "$T/w/link" "${ran[@]}"
	provoked lockfile 77 '@lockfile@: .*/link: unsafe: it is a symbolic' \
		"$DAEMONIZE" -l "$T/w/link" "${ran[@]}"
}

@test "77: an ordinary user cannot become another, or change root" {
	local by=()
	status_setup
	if ((EUID == 0)); then
		needprogram setpriv
		by=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	fi
	provoked user 77 '@become@: root: only a privileged user can$' \
		"${by[@]}" "$DAEMONIZE" -u root "${ran[@]}"
	provoked group 77 '@become@: root: only a privileged user can$' \
		"${by[@]}" "$DAEMONIZE" -g root "${ran[@]}"
	provoked groups 77 '@become@: .*only a privileged user can$' \
		"${by[@]}" "$DAEMONIZE" -G root "${ran[@]}"
	provoked chroot 77 '@chroot@: /: ' \
		"${by[@]}" "$DAEMONIZE" -r / "${ran[@]}"
}

@test "77: a kernel that only pretends to drop privileges is found out" {
	needroot
	needprogram strace
	local row
	status_setup
	for row in setresuid setresgid setgroups; do
		fault "$row:retval=0" -- "${all[@]}" -u nobody "${ran[@]}"
		provoked "$row" 77 'cannot .*: ' "${traced[@]}"
	done
}

@test "124: what takes too long is stopped" {
	needprogram strace
	status_setup
	# Without -f: only the front's wait is cut short.
	provoked poll 124 '@exec@: .*: it took too long and was stopped$' \
		strace -qq -o "$CAP/trace" -e inject=poll,ppoll:retval=0 \
		"$DAEMONIZE" -p "$T/w/p" "${stays[@]}"
}

@test "69: a program that dies while it is being loaded has not started" {
	status_setup
	head -c 20000 "$HELPERS/probe" >"$T/w/cut"
	chmod 755 "$T/w/cut"
	provoked cut 69 '@exec@: .*/cut: it [a-z]* while being loaded' \
		"$DAEMONIZE" "${all[@]}" "$T/w/cut"
}

@test "69: a program that dies while it is being loaded, found by another user" {
	needroot
	status_setup
	head -c 20000 "$HELPERS/probe" >"$T/w/cut"
	chmod 755 "$T/w/cut"
	provoked cut 69 '@exec@: cut: it [a-z]* while being loaded$' \
		env "PATH=$T/w:$PATH" "$DAEMONIZE" -u nobody "${all[@]}" cut
	# What crashes by itself was loaded.
	printf '#!/bin/sh\nkill -SEGV $$\n' >"$T/w/crash"
	chmod 755 "$T/w/crash"
	run_c env "PATH=$T/w:$PATH" "$DAEMONIZE" -u nobody crash
	assert_status 0
}

@test "whoever looks why a program crashed is not waited for for ever" {
	local want looker
	needroot
	needprogram cc
	status_setup
	head -c 20000 "$HELPERS/probe" >"$T/w/cut"
	chmod 755 "$T/w/cut"
	# The second process that becomes the user is stopped, as he may.
	cat >"$CAP/stop.c" <<-'END'
		#define _GNU_SOURCE
		#include <dlfcn.h>
		#include <fcntl.h>
		#include <signal.h>
		#include <stdlib.h>
		#include <unistd.h>

		int
		setresuid(uid_t r, uid_t e, uid_t s)
		{
			int (*next)(uid_t, uid_t, uid_t) = dlsym(RTLD_NEXT, "setresuid");
			const char *first = getenv("FIRST");
			int fd = r != (uid_t)-1 ? open(first, O_CREAT | O_EXCL, 0600) : 0;

			if (fd == -1)
				raise(SIGSTOP);
			return next(r, e, s);
		}
	END
	cc -w -shared -fPIC -o "$CAP/stop.so" "$CAP/stop.c" -ldl
	stopped() { looker=$(pgrep -P "$bg" -r T); }
	for want in 0 143; do
		rm -f "$T/first"
		run_bg env "PATH=$T/w:$PATH" FIRST="$T/first" LD_PRELOAD="$CAP/stop.so" \
			"$DAEMONIZE" -q -u nobody -l "$T/w/lock" cut
		wait_for stopped
		# Who could not be ended has neither a lock nor the caller's outputs.
		assert_equal "$(cd "/proc/$looker/fd" && readlink ./* | sed 's/:.*//')" pipe
		((want == 0)) || kill -TERM "$bg"
		status=0
		wait "$bg" || status=$?
		assert_status "$want"
		assert_no_process
	done
}

@test "126: the program cannot be executed, and nothing is left" {
	status_setup
	echo 'echo hello' >"$T/w/text"
	printf '#!/no/such/sh\n' >"$T/w/script"
	printf '#!\n' >"$T/w/nothing"
	head -c 100 /bin/sh >"$T/w/cut"
	: >"$T/w/empty"
	chmod 755 "$T/w"/{text,script,nothing,cut,empty}
	echo old >"$T/w/plain"
	local f=()
	for f in '' -f; do
		provoked "text $f" 126 \
			'@exec@: .*/text: neither a binary .* nor a script' \
			"$DAEMONIZE" $f "${all[@]}" "$T/w/text"
		provoked "script $f" 126 \
			'@exec@: .*/script: its interpreter is missing ./no/such/sh.$' \
			"$DAEMONIZE" $f "${all[@]}" "$T/w/script"
		provoked "no interpreter $f" 126 '@exec@: .*/nothing: ' \
			"$DAEMONIZE" $f "${all[@]}" "$T/w/nothing"
		provoked "cut $f" 126 '@exec@: .*/cut: ' \
			"$DAEMONIZE" $f "${all[@]}" "$T/w/cut"
		provoked "empty $f" 126 '@exec@: .*/empty: neither a binary' \
			"$DAEMONIZE" $f "${all[@]}" "$T/w/empty"
		provoked "plain $f" 126 '@exec@: .*/plain: Permission denied$' \
			"$DAEMONIZE" $f "${all[@]}" "$T/w/plain"
		provoked "directory $f" 126 '@exec@: /etc: Is a directory$' \
			"$DAEMONIZE" $f "${all[@]}" /etc
		# the output keeps what it has: nothing runs, nothing is cut
		provoked "output $f" 126 '@exec@: .*/text: ' \
			"$DAEMONIZE" $f -o "$T/w/plain" "$T/w/text"
	done
}

@test "126: a binary that is cut off is said to be one" {
	local n
	status_setup
	echo old >"$T/w/plain"
	for n in 100 20000; do
		head -c $n "$HELPERS/probe" >"$T/w/cut"
		chmod 755 "$T/w/cut"
		provoked "$n bytes" 126 \
			'@exec@: .*/cut: neither .* [(]a binary that is cut off[)]$' \
			"$DAEMONIZE" -o "$T/w/plain" "$T/w/cut"
	done
}

@test "126: the kernel's refusal is the reason" {
	needprogram strace
	local row
	status_setup
	for row in 'E2BIG|Argument list too long' \
		'ENOMEM|(Cannot allocate|Out of) memory' 'ETXTBSY|Text file busy' \
		'EIO|(Input/output|I/O) error'; do
		fault "execve:error=${row%%|*}:when=1" -- "${all[@]}" "${ran[@]}"
		# strace's own exec of us is the front's first
		provoked "$row" 126 "@exec@: .*: ${row#*|}\$" "${traced[@]}"
	done
}

@test "127: the program is not found, and nothing is left" {
	local f
	status_setup
	for f in '' -f; do
		provoked "name $f" 127 '@program@: no-such: not found' \
			"$DAEMONIZE" $f "${all[@]}" no-such
		provoked "path $f" 127 '@program@: /no/such: not found$' \
			"$DAEMONIZE" $f "${all[@]}" /no/such
		provoked "relative $f" 127 '@program@: ./no: not found$' \
			"$DAEMONIZE" $f "${all[@]}" ./no
		provoked "below a file $f" 127 '@program@: /bin/sh/x: ' \
			"$DAEMONIZE" $f "${all[@]}" /bin/sh/x
	done
}

@test "1, 3, 4, 7: what run control has to tell" {
	local p
	status_setup
	start -p "$T/w/p" "$(own /bin/sleep)" 100
	p=$(cat "$T/w/p")
	track "$p"
	refused 1 "@stop@: .*: it still runs at the end of the schedule \\(process $p\\)\$" \
		--stop --retry=CONT/0 -p "$T/w/p"
	assert_alive "$p"
	start --stop -p "$T/w/p"
	refute_alive "$p"
	# status | what is printed
	run_d --status -p "$T/w/p"
	assert_status 3
	assert_out "$T/w/p: not running"
	refused 7 '@signal@: .*: it is not running$' --reload -p "$T/w/p"
	echo "$$" >"$T/w/p"
	run_d --status -p "$T/w/p"
	assert_status 4
	assert_match "$out" "^$T/w/p: unknown: .* \(process $$\)\$"
	refused 77 '@stop@: .*: nothing proves that' --stop -p "$T/w/p"
	refused 77 '@signal@: .*: nothing proves that' --reload -p "$T/w/p"
	echo nonsense >"$T/w/p"
	refused 77 '@find_daemon@: .*: it does not hold a process id$' \
		--stop -p "$T/w/p"
	if ((EUID != 0)); then
		return
	fi
	DAEMONIZE=$(own "$DAEMONIZE")
	run_c setpriv --reuid 65534 --regid 65534 --clear-groups \
		env HOME=/dev/null "$DAEMONIZE" -n name true
	was_refused 73 '@rundir@: '
	chmod 700 "$T/w"
	run_c setpriv --reuid 65534 --regid 65534 --clear-groups \
		env XDG_STATE_HOME="$T/w" "$DAEMONIZE" --list
	was_refused 77 '@list@: .*: Permission denied$'
}

@test "every status of statuses.def is provoked here" {
	local number
	while read -r number; do
		case $number in
		0) continue ;; # no failure
		esac
		grep -Eq "(refused|provoked .*|assert_status) $number( |\$)|\|$number\|" \
			"$BATS_TEST_FILENAME" || fail "no test provokes $number"
	done < <(sed -n 's/^STATUS([A-Z_]*, *\([0-9]*\).*/\1/p' \
		"$SRCDIR/src/statuses.def")
}
