#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The lists in src/*.def are written once; here everything that repeats them
# is held to them: --help, the man page, the completions, the documents, and
# the tests themselves.
#
# shellcheck disable=SC2154 # status, out and err: common.bash sets them

load lib/common

DEF=$SRCDIR/src

# man_page: as text, wide enough for no heading to break.
man_page() {
	mandoc -T ascii -O width=250 "$SRCDIR/man/daemonize.1" |
		sed 's/.\x08//g'
}

# section NAME: of the man page.
section() {
	needprogram mandoc
	man_page | awk -v name="$1" '/^[^ ]/ { on = ($0 == name); next } on'
}

# option_rows: group|letter|name|meta of every row.
option_rows() {
	awk '
	function string(text) {
		match(text, /"[^"]*"/)
		rest = substr(text, RSTART + RLENGTH)
		return substr(text, RSTART + 1, RLENGTH - 2)
	}
	/^OPT_GROUP\(/ { group = string($0); n++; next }
	/^OPT_(FLAG|ARG)\(/ {
		letter = match($0, /\047.\047/) ? substr($0, RSTART + 1, 1) : ""
		name = string($0)
		meta = /^OPT_ARG/ ? string(rest) : ""
		printf "%s|%s|%s|%s\n", group, letter, name, meta
	}' "$DEF/options.def"
}

# headings: every option as the documents have it: -p, --pidfile=FILE
headings() {
	option_rows | while IFS='|' read -r _ letter name meta; do
		printf '%s--%s%s\n' "${letter:+-$letter, }" "$name" \
			"${meta:+=$meta}"
	done
}

groups() { sed -n 's/^OPT_GROUP("\([^"]*\)")$/\1/p' "$DEF/options.def"; }

# step_rows: name|process|remark|words, of checks and steps; the remark says
# for whom.
step_rows() {
	sed -n '
	s/^STEP(\([a-z_]*\), *\([A-Z]*\), *user,.*"\([^"]*\)")$/\1|\L\2\E|new user|\3/p
	t
	s/^CHECK(\([a-z_]*\),.*"\([^"]*\)")$/\1|||\2/p
	s/^STEP(\([a-z_]*\), *\([A-Z]*\),.*"\([^"]*\)")$/\1|\L\2\E||\3/p
	s/^DETACH(\([a-z_]*\), *\([A-Z]*\),.*"\([^"]*\)")$/\1|\L\2\E|detach|\3/p
	' "$DEF/steps.def"
}

statuses() { sed -n 's/^STATUS([A-Z_]*, *\([0-9]*\).*/\1/p' "$DEF/statuses.def"; }

patterns() { sed -n 's/^DROP[A-Z_]*("\([^"]*\)".*/\1/p' "$DEF/environ.def"; }

bats_files() { (cd "$SRCDIR" && printf '%s\n' tests/*.bats); }

# other_tests: their text.
other_tests() {
	(cd "$SRCDIR" && bats_files | grep -v drift | xargs cat)
}

# contains TEXT WORD: as a whole word.
contains() {
	awk -v word="$2" '
	function plain(c) { return c ~ /[A-Za-z0-9_*-]/ }
	{
		from = 1
		while ((at = index(substr($0, from), word)) > 0) {
			at += from - 1
			before = at > 1 ? substr($0, at - 1, 1) : " "
			after = substr($0, at + length(word), 1)
			if (!plain(before) && (after == "" || !plain(after)))
				found = 1
			from = at + 1
		}
	} END { exit !found }' <<<"$1"
}

@test "the lists are understood here: no row is overlooked" {
	assert_equal "$(option_rows | wc -l)" \
		"$(grep -c '^OPT_\(FLAG\|ARG\)(' "$DEF/options.def")" options
	assert_equal "$(step_rows | wc -l)" \
		"$(grep -c '^\(CHECK\|STEP\|DETACH\)(' "$DEF/steps.def")" steps
	assert_equal "$(statuses | wc -l)" \
		"$(grep -c '^STATUS(' "$DEF/statuses.def")" statuses
	assert_equal "$(patterns | wc -l)" \
		"$(grep -c '^DROP' "$DEF/environ.def")" patterns
	assert_equal "$(groups | wc -l)" \
		"$(grep -c '^OPT_GROUP(' "$DEF/options.def")" groups
	(($(option_rows | wc -l) > 20 && $(step_rows | wc -l) > 30))
	grep -qx -- '-p, --pidfile=FILE' <(headings)
	grep -qx -- '--log-mode=MODE' <(headings)
	grep -qx 'fork|front|detach|fork' <(step_rows)
	contains 'a LD_* b' 'LD_*'
	contains 'TERM, X' TERM
	refute contains 'XTERM TERM_' TERM
}

@test "no name, letter or number is given twice" {
	local twice
	twice=$({
		option_rows | cut -d '|' -f 3
		option_rows | cut -d '|' -f 2 | grep .
		step_rows | cut -d '|' -f 1 | sed 's/^/step /'
		step_rows | cut -d '|' -f 4 | sed 's/^/words /'
		statuses
		patterns
	} | sort | uniq -d)
	assert_equal "$twice" '' duplicates
}

@test "--help has the options of options.def, in its order and groups" {
	start --help
	assert_equal "$(sed -n 's/^  \(-.,\|   \) \(--[^ ]*\) .*/\1 \2/p
		' <<<"$out" | sed 's/^ *//')" "$(headings)" options
	assert_equal "$(sed -n 's/^\([A-Z].*\):$/\1/p' <<<"$out")" "$(groups)" \
		groups
}

@test "the man page's OPTIONS are those of options.def, in its order" {
	local text
	text=$(section OPTIONS)
	# a short one has the beginning of its text on the same line
	assert_equal "$(sed -n 's/^     \(-[^ ].*\)/\1/p' <<<"$text" |
		sed 's/  .*//' |
		grep -E '^(-., )?--[a-z-]+(=[^ ]*)?$')" "$(headings)" options
	assert_equal "$(sed -n 's/^   \([^ ].*\)/\1/p' <<<"$text")" \
		"$(groups)" groups
}

@test "every option in the man page has a text" {
	local text name
	text=$(section OPTIONS)
	while read -r name; do
		awk -v name="     $name" '$0 == name { on = 1; next }
			index($0, name "  ") == 1 { on = 1; exit }
			on { exit !/^             [^ ]/ } END { exit !on }' \
			<<<"$text" || fail "no text for $name"
	done < <(headings)
}

@test "the man page's STEPS are those of steps.def, in its order" {
	assert_equal "$(section STEPS |
		grep -E '^     [a-z].* \([a-z_]+(, (front|middle|daemon)(, detach|, new user)?)?\)$' |
		sed 's/^ *//')" \
		"$(step_rows | while IFS='|' read -r name process remark words; do
			printf '%s (%s%s%s)\n' "$words" "$name" \
				"${process:+, $process}" "${remark:+, $remark}"
		done)" steps
}

@test "the man page's EXIT STATUS has the numbers of statuses.def" {
	assert_equal "$(section 'EXIT STATUS' |
		sed -n 's/^     \([0-9]\{1,3\}\) .*/\1/p')" "$(statuses)" statuses
}

@test "the man page's ENVIRONMENT has every pattern of environ.def" {
	local text pattern
	text=$(section ENVIRONMENT)
	while read -r pattern; do
		contains "$text" "$pattern" ||
			fail "not in the man page: $pattern"
	done < <(patterns)
	# and no other: a word of capitals that looks like one
	for pattern in $(tr -c 'A-Z0-9_*\n' ' ' <<<"$text" | tr ' ' '\n' |
		grep -E '^[A-Z][A-Z0-9]*_[A-Z0-9_]*\*?$' | sort -u); do
		patterns | grep -Fxq "$pattern" ||
			[[ $pattern == LISTEN_@(PID|FDS) ]] ||
			[[ $pattern == XDG_STATE_HOME ]] ||
			fail "not in environ.def: $pattern"
	done
}

@test "the man page names every file beside the pidfile" {
	local text name
	text=$(man_page)
	for name in FILE.id FILE.lock; do
		contains "$text" "$name" || fail "not in the man page: $name"
	done
}

@test "the man page is that of this program and section" {
	needprogram mandoc
	man_page | head -n 1 | grep -q '^DAEMONIZE(1) '
	assert_match "$(section NAME)" '^     daemonize - [a-z]'
	assert_match "$(section SYNOPSIS)" 'daemonize \[option \.\.\.\] \[--\] program \[argument \.\.\.\]'
	assert_match "$(section SYNOPSIS)" 'daemonize --stop \| --reload \| --signal=SIG \| --status -p FILE \| -n NAME'
	assert_match "$(section SYNOPSIS)" 'daemonize --restart -p FILE \| -n NAME'
	assert_match "$(section SYNOPSIS)" 'daemonize --list \[--json\]'
	(($(section EXAMPLES | grep -c '^           [^ ]') >= 8)) ||
		fail "fewer than 8 examples"
}

@test "the completions are what options.def makes" {
	local pair
	for pair in bash:daemonize zsh:_daemonize fish:daemonize.fish; do
		(cd "$SRCDIR/contrib" && awk -v shell="${pair%:*}" \
			-f completions.awk ../src/conditions.def \
			../src/options.def) >"$T/made"
		diff -u "$SRCDIR/contrib/completions/${pair#*:}" "$T/made" >&2 ||
			fail "run \"make completions\": ${pair#*:}"
		[[ -s $T/made ]]
	done
}

@test "what may be repeated is offered again" {
	local repeated
	repeated=$(awk '/^\.It Fl/ && match($0, / -[a-z-]+/) {
			name = substr($0, RSTART + 1, RLENGTH - 1) }
		/^Repeat it for several/ { print "-" name }' \
		"$SRCDIR/man/daemonize.1" | sort)
	[[ -n $repeated ]]
	assert_equal "$(sed -n "s/^\t'\*'{\?[^[]*\(--[a-z-]*\)=.*/\1/p" \
		"$SRCDIR/contrib/completions/_daemonize" | sort)" "$repeated" zsh
}

@test "the completions have every option, and their shells accept them" {
	local name dir=$SRCDIR/contrib/completions
	while read -r name; do
		contains "$(cat "$dir/daemonize")" "--$name" ||
			contains "$(cat "$dir/daemonize")" "--$name=" ||
			fail "not in bash's: $name"
		grep -Eq -- "--$name\b" "$dir/_daemonize" ||
			fail "not in zsh's: $name"
		grep -Eq -- " -l $name( |\$)" "$dir/daemonize.fish" ||
			fail "not in fish's: $name"
	done < <(option_rows | cut -d '|' -f 3)
	needprogram zsh fish
	bash -n "$dir/daemonize"
	zsh -n "$dir/_daemonize"
	fish -n "$dir/daemonize.fish"
}

# completes LINE: what bash offers at the end of it, a word a line.
completes() {
	bash --norc -c '. "$1"; compopt() { :; }; COMP_LINE=$2 COMP_POINT=${#2}
		read -ra COMP_WORDS <<<"$2"
		[[ $2 != *" " ]] || COMP_WORDS+=("")
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		_daemonize; printf "%s\n" "${COMPREPLY[@]}"' bash \
		"$SRCDIR/contrib/completions/daemonize" "$1"
}

# fish_completes LINE: the same for fish.
fish_completes() {
	# shellcheck disable=SC2016 # fish's own
	HOME=$T fish --no-config -c 'source $argv[1]; complete -C $argv[2]' \
		"$SRCDIR/contrib/completions/daemonize.fish" "$1" | cut -f 1
}

@test "bash completes options, and the conditions of --ready" {
	local name
	while read -r name; do
		assert_match "$(completes "daemonize -w ${name:0:2}")" \
			"(^|[[:space:]])$name" || fail "$name"
	done < <(sed -n 's/^CONDITION(\([^,]*\),.*/\1/p' "$SRCDIR/src/conditions.def")
	assert_equal "$(completes 'daemonize --pidf')" "--pidfile=" option
	assert_equal "$(completes 'daemonize -p /x --read')" "--ready=" option
	(($(completes 'daemonize -w ' | wc -l) >= 8)) || fail "too few"
}

@test "fish completes a program, and says nothing of one that begins with a dash" {
	local line
	needprogram fish setpriv
	assert_equal "$(fish_completes 'daemonize -- setpri')" setpriv program
	for line in 'daemonize -- -n w' 'daemonize -p p -- -n' 'daemonize -- --'; do
		assert_equal "$(fish_completes "$line" 2>&1)" '' "$line"
	done
}

@test "fish completes the paths of --ready, whatever is in them" {
	local words path
	needprogram fish
	mkdir -p "$T/run dir/sub"
	touch "$T/run dir/it's"
	while read -r words; do
		path=${words##* }$T/run\ dir
		assert_equal "$(fish_completes "daemonize $words$T/run\\ dir/")" \
			"$path/it's"$'\n'"$path/sub/" "$words"
	done <<-END
		-w file:
		-wfile:
		--ready file:
		--ready=file:
		-w listen:
		--ready=listen:
	END
	assert_equal "$(fish_completes 'daemonize -w listen:80')" '' port
	assert_equal "$(fish_completes 'daemonize -w fil')" file: condition
}

# zsh_awaits VALUE: the path that zsh completes in a condition of --ready.
zsh_awaits() {
	# shellcheck disable=SC2016 # zsh's own
	zsh -fc '_arguments() { }; _wanted() { }; _files() { print -r -- $PREFIX }
		compset() { [[ $PREFIX == $2* ]] && PREFIX=${PREFIX#$2} }
		words=(daemonize) CURRENT=2 PREFIX=$1
		. "$0"; _daemonize_conditions' \
		"$SRCDIR/contrib/completions/_daemonize" "$1"
}

@test "zsh completes the paths of --ready" {
	needprogram zsh
	assert_equal "$(zsh_awaits file:/tm)" /tm file
	assert_equal "$(zsh_awaits listen:/tm)" /tm socket
	assert_equal "$(zsh_awaits listen:80)" '' port
}

@test "paths right behind a short option are completed" {
	local option
	needprogram fish
	mkdir -p "$T/glued/sub"
	touch "$T/glued/log"
	for option in -L -p -aL; do
		assert_equal "$(completes "daemonize $option$T/glued/l")" \
			"$option$T/glued/log" bash
		assert_equal "$(fish_completes "daemonize $option$T/glued/l")" \
			"$option$T/glued/log" fish
	done
	assert_equal "$(completes "daemonize -c$T/glued/")" \
		"-c$T/glued/sub/" bash
	assert_equal "$(fish_completes "daemonize -c$T/glued/")" \
		"-c$T/glued/sub/" fish
}

@test "a signal that is called SIG... is completed, as a word and after =" {
	local option
	needprogram fish
	for option in '--signal ' --signal=; do
		assert_match "$(completes "daemonize ${option}SIGHU")" 'SIGHUP$'
		assert_match "$(fish_completes "daemonize ${option}SIGHU")" 'SIGHUP$'
		assert_match "$(fish_completes "daemonize ${option}HU")" '(^|=)HUP$'
	done
}

@test "the signals that are completed are those that are understood" {
	local name shell
	needprogram zsh fish
	for shell in bash zsh fish; do
		# zsh has them from its own function, which needs a terminal
		# shellcheck disable=SC2016 # zsh's own
		case $shell in
		bash)	completes 'daemonize --signal ' ;;
		zsh)	zsh -fc 'print -l $signals[2,-3]' ;;
		fish)	fish_completes 'daemonize --signal ' ;;
		esac >"$T/$shell"
		(($(wc -l <"$T/$shell") >= 30)) || fail "$shell: $(xargs <"$T/$shell")"
		while read -r name; do
			run_d --signal="$name" -p "$T/none"
			assert_status 7 || fail "$shell: $name"
		done <"$T/$shell"
	done
}

# completes_name SHELL PROGRAM: what it offers after PROGRAM --stop -n.
completes_name() {
	# shellcheck disable=SC2016 # zsh's own
	case $1 in
	bash)	completes "$2 --stop -n " ;;
	zsh)	zsh -fc '_arguments() { }; _wanted() { print -l $names }
			words=("$1" --stop -n "") CURRENT=4
			. "$0"; _daemonize_names' \
			"$SRCDIR/contrib/completions/_daemonize" "$2" ;;
	fish)	fish_completes "$2 --stop -n " ;;
	esac
}

@test "the names that are completed are those that the program itself lists" {
	local name shell sleep
	needroot
	needprogram setpriv zsh fish
	sleep=$(own "$(type -P sleep)")
	mkdir "$T/state"
	chown nobody "$T/state"
	# one that has another run directory, and is not in PATH
	script daemonize <<-END
		exec setpriv --reuid=nobody --clear-groups env \
			XDG_STATE_HOME="$T/state" "$(own "$DAEMONIZE")" "\$@"
	END
	for shell in bash zsh fish; do
		assert_equal "$(completes_name "$shell" "$T/daemonize")" '' "$shell"
	done
	for name in one two; do
		run_c "$T/daemonize" -n "$name" "$sleep" 600
		assert_status 0
	done
	pid=$(cat "$T/state/daemonize/"*/two)
	kill -KILL "$pid"
	wait_gone "$pid"
	for shell in bash zsh fish; do
		assert_equal "$(completes_name "$shell" "$T/daemonize")" \
			$'one\ntwo' "$shell"
		assert_equal "$(completes_name "$shell" "$T/no/daemonize" \
			2>"$CAP/said")" '' "$shell, without it"
		assert_content "$CAP/said" ''
	done
}

@test "every option is named by a test" {
	local name letter text
	text=$(other_tests)
	while IFS='|' read -r _ letter name _; do
		grep -Eq -- "(^|[^-A-Za-z0-9])--$name([^-a-z]|\$)" <<<"$text" ||
			fail "no test names --$name"
		[[ -z $letter ]] ||
			grep -E 'start|run_d|refused|DAEMONIZE|daemonize' <<<"$text" |
			grep -Eq -- "[ (]-[A-Za-z]*$letter([^a-z]|\$)" ||
			fail "no test names -$letter"
	done < <(option_rows)
}

@test "every step is named by a test" {
	local name words text
	text=$(other_tests)
	while IFS='|' read -r name _ _ words; do
		grep -Fq "$words" <<<"$text" ||
			fail "no test names the step $name ($words)"
	done < <(step_rows)
}

@test "every reason of reasons.def is given by the code" {
	local name
	while read -r name; do
		grep -qw "REASON_$name" "$DEF"/*.c "$DEF"/*.h ||
			fail "nothing gives REASON_$name"
	done < <(sed -n 's/^REASON(\([A-Z_]*\),.*/\1/p' "$DEF/reasons.def")
}

@test "the version stands in configure.ac alone, and on top of the news" {
	local others
	others=$(cd "$SRCDIR" && grep -rEIn \
		"(^|[^0-9.])${VERSION//./\\.}([^0-9.]|\$)" src man contrib \
		tests bench m4 Makefile.am README.md CONTRIBUTING.md \
		SECURITY.md autogen.sh .ci) || :
	assert_equal "$others" '' "versions elsewhere"
	assert_equal "$(grep -c "^AC_INIT(\[daemonize\], \[$VERSION\])\$" \
		"$SRCDIR/configure.ac")" 1 "versions in configure.ac"
	grep -m 1 '^## ' "$SRCDIR/NEWS.md" |
		grep -Eq "^## \[?(${VERSION//./\\.}|Unreleased)\]?( |\$)" ||
		fail "NEWS.md: $(grep -m 1 '^## ' "$SRCDIR/NEWS.md")"
}

@test "every test file is run by make check, in order" {
	local listed
	listed=$(awk '/^bats_files = / { on = 1 } on { print } on && !/\\$/ { exit }
		' "$SRCDIR/Makefile.am" | grep -o 'tests/[^ ]*\.bats')
	assert_equal "$listed" "$(bats_files | LC_ALL=C sort)" bats_files
}

@test "every source file is in Makefile.am, and in order" {
	local listed
	listed=$(awk '/^daemonize_SOURCES = / { on = 1 } on { print }
		on && !/\\$/ { exit }' "$SRCDIR/Makefile.am" |
		grep -o 'src/[^ ]*')
	assert_equal "$listed" "$(cd "$SRCDIR" &&
		printf '%s\n' src/*.[ch] src/*.def | LC_ALL=C sort)" daemonize_SOURCES
}

@test "every source file is in CONTRIBUTING.md's table, and no other" {
	diff -u <(cd "$SRCDIR" && printf '%s\n' src/*.c src/*.def |
		sed 's/await_[a-z]*/await_NAME/' | LC_ALL=C sort -u) \
		<(grep '^|' "$SRCDIR/CONTRIBUTING.md" |
			grep -oE 'src/[a-zA-Z0-9_]*\.(c|def)' | LC_ALL=C sort) ||
		fail "CONTRIBUTING.md's table"
}

# commands_of FILE: the options that its daemonize commands have, one a
# line; those of the program that is started are not ours.
commands_of() {
	awk -v valued="$(option_rows |
		awk -F '|' '$4 != "" { printf " --%s -%s", $3, $2 }') " '
	{
		while (/\\$/) {
			sub(/\\$/, "")
			line = $0
			if ((getline) <= 0)
				break
			$0 = line $0
		}
		for (i = 1; i <= NF; i++) {
			if ($i !~ /^(.*[\/`(])?daemonize$/)
				continue
			for (i++; i <= NF && $i ~ /^-/; i++) {
				word = $i
				gsub(/[`).,;:]+$/, "", word)
				if (word == "--")
					break
				name = word
				sub(/=.*/, "", name)
				if (name !~ /^--/)
					name = "-" substr(name, length(name))
				print (word ~ /^--/ ? name : word)
				if (word !~ /=/ && index(valued, " " name " "))
					i++
			}
		}
	}' "$1"
}

@test "the documents use no option that there is not" {
	local file word
	for file in README.md NEWS.md CONTRIBUTING.md SECURITY.md; do
		assert_exists "$SRCDIR/$file"
		while read -r word; do
			# a mistake that is shown with its message
			grep -q ": $word: no such option" "$SRCDIR/$file" &&
				continue
			case $word in
			--*)
				option_rows | cut -d '|' -f 3 |
					grep -Fxq -- "${word#--}" ||
					fail "$file: no option $word" ;;
			-*)
				word=${word:1:1}
				option_rows | cut -d '|' -f 2 |
					grep -Fxq -- "$word" ||
					fail "$file: no option -$word" ;;
			esac
		done < <(commands_of "$SRCDIR/$file")
	done
	(($(commands_of "$SRCDIR/README.md" | wc -l) > 3)) ||
		fail "README.md shows no commands"
}

@test "what is said not to run, or not to hold, is a test that there is" {
	local none
	none=$(awk -F '|' '
	FILENAME ~ /[.]bats$/ {
		if (sub(/^@test "/, "") && sub(/" [{]$/, "")) {
			file = FILENAME
			sub(/.*\//, "", file)
			tests[n++] = file "|" $0
		}
		next
	}
	/^#/ || !NF { next }
	{
		# a shell pattern, or the name itself
		gsub(/ [|] /, "|")
		is = $2 "|" $3
		gsub(/[][.$+?(){}|]/, "[&]", is)
		gsub(/[*]/, ".*", is)
		for (i = 0; i < n && tests[i] !~ "^" is "$"; i++)
			;
		if (i == n)
			print FILENAME ": " $2 "|" $3
	}
	END { if (n < 500) print "no tests" }' "$SRCDIR"/tests/*.bats \
		"$SRCDIR/tests/exclusions" "$SRCDIR/tests/missing.expected")
	assert_equal "$none" '' "tests that are none"
}

@test "every mutant that is said to be equal is one that there is" {
	needprogram python3
	"$SRCDIR/tests/mutate" --list >"$T/list"
	(($(wc -l <"$T/list") > 5000))
	sed -n '/^#/!s/  # .*//p' "$SRCDIR/tests/mutate.equal" >"$T/equal"
	(($(wc -l <"$T/equal") > 0))
	assert_equal "$(grep -vxFf "$T/list" "$T/equal" || :)" '' \
		"mutants that are none"
}

@test "README.md has exactly two commands to begin with, and they are there" {
	local commands
	commands=$(awk '/^## / { on = /^## Two commands$/ } on' \
		"$SRCDIR/README.md" | awk '/^```/ { on = !on; next } on')
	assert_equal "$(wc -l <<<"$commands")" 2 commands
	local word
	while read -r word commands; do
		assert_equal "$word" sh "the shell"
		# shellcheck disable=SC2086 # words
		set -- $commands
		[[ -x $SRCDIR/$1 ]] || fail "cannot be run: $1"
		sh -n "$SRCDIR/$1"
	done <<<"$commands"
	assert_equal "$1" tests/run "the second"
	grep -q '/tests/run' "$SRCDIR/.ci/run" || fail ".ci/run does not call it"
}

@test "the messages that the documents show are those of the lists" {
	local file line words
	for file in README.md man/daemonize.1 SECURITY.md CONTRIBUTING.md; do
		while read -r line; do
			words=${line#*cannot }
			words=${words%%:*}
			step_rows | cut -d '|' -f 4 | grep -Fxq "$words" ||
				fail "$file: no step says: $words"
			[[ $line != *'unsafe: '* ]] || grep -Fq \
				"\"unsafe: $(sed 's/.*unsafe: //; s/ (.*//' <<<"$line")" \
				"$DEF/reasons.def" || fail "$file: $line"
		done < <(grep -o 'daemonize: cannot [a-z].*' "$SRCDIR/$file")
	done
	grep -q 'daemonize: cannot [a-z]' "$SRCDIR/README.md"
}
