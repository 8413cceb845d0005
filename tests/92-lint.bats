#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# What programs say of the source, and the house's rules that a program can
# check.
#
# shellcheck disable=SC2154 # status, out and err: common.bash sets them

load lib/common

setup() {
	setup_dir
	cd "$SRCDIR" || return
}

teardown() {
	cd /
	teardown_dir
}

# project_files: the text files that people write, and no build's.
project_files() {
	find src tests bench contrib man m4 .ci -type f \
		! -name '*.o' ! -name '*.log' ! -name '*.trs' ! -name '*.gc*' \
		! -name '*~' ! -name .dirstamp ! -path '*/.deps/*' \
		! -path '*/__pycache__/*' ! -path 'tests/fuzz/corpus/*' -exec grep -Il . {} +
	ls -d Makefile.am configure.ac autogen.sh .clang-format README.md \
		NEWS.md CONTRIBUTING.md SECURITY.md LICENSE 2>/dev/null || :
}

# shell_files: those that shellcheck can read.
shell_files() {
	local file
	project_files | while read -r file; do
		case $file in
		*.bats | *.bash | *.sh | contrib/completions/daemonize)
			printf '%s\n' "$file" ;;
		*)
			if head -n 1 "$file" | grep -Eq '^#!.*\b(ba|da|)sh\b'; then
				printf '%s\n' "$file"
			fi ;;
		esac
	done
}

# nothing COMMAND...: it has nothing to say.
nothing() {
	local said
	said=$("$@" 2>&1) || :
	[[ -z $said ]] || fail "$said"
}

# made VARIABLE: what configure has found for the Makefile.
made() {
	sed -n "s/^$1 = //p" "$BUILD/Makefile"
}

# compile_one ARGUMENT...: with the compiler of the build.
compile_one() {
	local cc cflags
	BUILD=$(dirname "$DAEMONIZE")
	assert_exists "$BUILD/Makefile"
	cc=$(made CC)
	cflags=$(made LIBBSD_CFLAGS)
	# shellcheck disable=SC2086 # words
	$cc $cflags -O0 -fno-pie -fno-builtin -U_FORTIFY_SOURCE -iquote src \
		-include "$BUILD/config.h" "-DRUNSTATEDIR=\"/run\"" "$@"
}

# compile [FLAG...]: all of src, without position independence, hardening,
# optimisation or instruments: the objects have what the source has.
compile() {
	local file
	for file in src/*.c; do
		compile_one "$@" -c "$file" -o "$T/$(basename "$file" .c).o" ||
			fail "not compiled: $file" || return 1
	done
}

# Without bounds or checks; through a shell or a PATH of their own; to the
# system log; or to standard error by another way than report.c's.
FORBIDDEN='st[rp]n?(cpy|cat)|wcscpy|v?sprintf|gets|strtok|ato[ifl]l?'
FORBIDDEN+='|mktemp|tmpnam|tempnam|system|popen|execvpe?|execlp|daemon|signal'
FORBIDDEN+='|openlog|v?syslog|v?(err|warn)[xc]?|perror|psignal|stderr'

@test "there are files to look at" {
	(($(project_files | wc -l) > 50)) || fail "few files: $(project_files)"
	(($(shell_files | wc -l) > 10)) || fail "few shell files"
	project_files | grep -qx src/main.c
	project_files | grep -qx src/steps.def
	shell_files | grep -qx tests/run
	shell_files | grep -qx tests/lib/common.bash
}

@test "shellcheck has nothing to say" {
	needprogram shellcheck
	# each test of bats is a subshell, and means to be: SC2030, SC2031
	shell_files | xargs -P 2 -n 4 shellcheck -x -f gcc -e SC2030,SC2031 \
		>"$CAP/said" 2>&1 ||
		fail "$(cat "$CAP/said")"
}

@test "cppcheck has nothing to say" {
	needprogram cppcheck
	local build suppress=(
		# style(9) declares at the beginning of a block
		variableScope
		# an empty body is a line of its own
		redundantContinue
		# the system's headers are the compiler's business
		missingIncludeSystem
		# every step has the same arguments
		constParameterCallback
		constParameterPointer
		# it has looked less closely
		normalCheckLevelMaxBranches
	)
	build=$(dirname "$DAEMONIZE")
	cppcheck -q --std=c11 --enable=warning,performance,portability,style \
		--error-exitcode=1 --template=gcc --inline-suppr -D__linux__ \
		-D_GNU_SOURCE --include="$build/config.h" -Isrc \
		"${suppress[@]/#/--suppress=}" src >"$CAP/said" 2>&1 ||
		fail "$(cat "$CAP/said")"
}

@test "mandoc has nothing to say of the man pages" {
	needprogram mandoc
	nothing mandoc -T lint -W warning man/*.[17]
}

@test "codespell finds no misspelling" {
	needprogram codespell
	# Nd is a macro of mdoc(7), inh a key of the probe's report
	project_files | xargs codespell -L nd,inh >"$CAP/said" 2>&1 || :
	[[ ! -s $CAP/said ]] || fail "$(cat "$CAP/said")"
}

@test "no line ends in blanks, no file without a newline" {
	local file
	project_files | while read -r file; do
		if grep -nE '[[:blank:]]$|'$'\r' "$file" >&2; then
			fail "blanks at the end of a line: $file"
		fi
		[[ -z $(tail -c 1 "$file") ]] || fail "no last newline: $file"
		[[ -n $(tail -n 1 "$file") ]] || fail "ends in blank lines: $file"
	done
}

@test "every file names its license at its beginning" {
	local file
	project_files | while read -r file; do
		case $file in
		LICENSE | *.md) continue ;;
		esac
		head -n 4 "$file" | grep -q 'SPDX-License-Identifier: ISC' ||
			fail "no SPDX line: $file"
	done
}

@test "no line of C is longer than 80 columns, no row than 110" {
	local file columns
	for file in src/* tests/helpers/*.[ch] tests/fuzz/*.[ch] bench/*.c; do
		columns=80
		# a row is a row
		[[ $file != *.def ]] || columns=110
		if expand "$file" | grep -n ".\{$((columns + 1))\}" >&2; then
			fail "too long: $file"
		fi
	done
}

@test "no function has more than 50 lines, no file more than 320" {
	local file
	for file in src/*.[ch]; do
		(($(wc -l <"$file") <= 320)) || fail "too long: $file"
		awk '/^{/ { from = NR } /^}/ && from {
			if (NR - from + 1 > 50) {
				print FILENAME ":" from ": " NR - from + 1 " lines"
				bad = 1
			}
			from = 0
		} END { exit bad }' "$file" >&2 || fail "a long function: $file"
	done
}

@test "a .def file has rows alone, and ends in its own #undef" {
	local file macros
	for file in src/*.def; do
		macros=$(sed -n 's/^\([A-Z_]*\)(.*/\1/p' "$file" | sort -u)
		[[ -n $macros ]] || fail "no rows: $file"
		assert_equal "$(sed -n 's/^#undef //p' "$file" | sort -u)" \
			"$macros" "#undef in $file"
		assert_equal "$(sed '/^#undef/,$d' "$file" | grep -c '^#')" 0 \
			"directives above the end of $file"
		assert_equal "$(sed '1,/^#undef/d' "$file" | grep -vc '^#undef')" 0 \
			"lines below the end of $file"
	done
}

@test "a header is guarded by its own name" {
	local file guard
	for file in src/*.h; do
		guard=$(basename "$file" .h)_H
		guard=${guard^^}
		assert_equal "$(grep -c "^#\(ifndef\|define\) $guard\$" "$file")" 2 \
			"guards in $file"
	done
}

@test "every header can be included alone" {
	local file
	for file in src/*.h; do
		compile_one -fsyntax-only -x c - <<<"#include \"$(basename "$file")\"" ||
			fail "not alone: $file"
	done
}

@test "no state at file scope can change, and no forbidden call is made" {
	needprogram nm
	local bad
	compile -w
	# Without -fpie, constant tables are in .rodata; what is left is state.
	# What the processes of a start share has to be written to.
	bad=$(nm -A "$T"/*.o | grep ' [bBcCdDsS] ' |
		grep -v '/steps_fork\.o:.* b shared$') || :
	[[ -z $bad ]] || fail "mutable: $bad"
	bad=$(nm -Au "$T"/*.o | grep -E " U (__)?(isoc[0-9]+_)?($FORBIDDEN)\$") || :
	[[ -z $bad ]] || fail "forbidden: $bad"
	# the compiler has seen something
	nm "$T/main.o" | grep -q ' T main$'
	# scanf(3) takes the kernel's text apart, into what has room for it.
	refute grep -nE 'scanf\(.*%[hlz]*(s|\[)' src/*.[ch]
}

@test "nothing is allocated on the stack by a size at run time" {
	compile -Werror=vla
	refute grep -nE '\balloca[[:space:]]*\(|__builtin_alloca' src/*.[ch]
}

@test "every test file says what it is for, and loads the harness" {
	local file
	for file in tests/*.bats; do
		assert_equal "$(head -n 1 "$file")" '#!/usr/bin/env bats' "$file"
		sed -n 3,4p "$file" | grep -Eq '^# .{20}' ||
			fail "no purpose below the license: $file"
		grep -q '^load lib/common$' "$file" || fail "no harness: $file"
	done
}
