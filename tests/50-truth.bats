#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# P1 and P2 where something plainly goes wrong: the status and the one line
# that say so, and that nothing is left.  52-faults.bats has the rest.
#
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154

load lib/common

# The place where a start may leave something, with outputs that have
# contents; and a program that tells that it ran.
setup() {
	setup_dir
	PLACE=$T/place
	FAULT=$(own "$HELPERS/fault")
	mkdir "$PLACE" "$T/ran"
	chmod 1777 "$T/ran"
	echo kept >"$PLACE/old"
	echo kept >"$PLACE/older"
	cat >"$T/program" <<-'END'
		#!/bin/sh
		echo ran >"${0%/*}/ran/here"
	END
	chmod 755 "$T/program"
	will_be_traced
}

# The options that every failure is tried with, a set a line.
all_options() {
	cat <<-END

		-q
		-p $PLACE/pid
		-p $PLACE/pid -l $PLACE/lock -L $PLACE/log
		-p $PLACE/pid -l $PLACE/lock -o $PLACE/old -e $PLACE/older
		-o $PLACE/old -a
		-L $PLACE/old
		-f
		-f -p $PLACE/pid -l $PLACE/lock -o $PLACE/old -e $PLACE/older
	END
	((EUID != 0)) || cat <<-END
		-u nobody
		-u nobody -p $PLACE/pid -l $PLACE/lock -L $PLACE/log
		-u nobody -p $PLACE/pid -o $PLACE/old -e $PLACE/older
		-f -u nobody
	END
}

# fails STATUS REGEX [OPTION...] PROGRAM...: with all of these options.
fails() {
	local options
	while IFS= read -r options; do
		# shellcheck disable=SC2086 # a list
		fails_once "$1" "$2" $options "${@:3}" || return 1
	done < <(all_options)
}

fails_once() {
	local wanted=$1 regex=$2
	shift 2
	snapshot "$PLACE"
	run_c "$HELPERS/reaper" -o "$CAP/left" "${by[@]}" "$DAEMONIZE" "$@"
	assert_refused "$wanted" "$regex" || fail "with ${*@Q}" || return 1
	assert_content "$CAP/left" '' || fail "with ${*@Q}" || return 1
	assert_nothing_left "$PLACE" || fail "with ${*@Q}" || return 1
	refute_exists "$T/ran/here" || fail "it ran, with ${*@Q}"
}

@test "a program that is missing is 127" {
	by=()
	fails 127 'cannot find program: no-such-program: not found \(PATH is ' \
		no-such-program
	fails 127 "cannot find program: $T/none: not found$" "$T/none"
	fails 127 "cannot find program: $T/program/x: not found$" "$T/program/x"
	ln -s none "$T/dangling"
	fails 127 "cannot find program: $T/dangling: not found$" "$T/dangling"
}

@test "a program that may not be executed is 126" {
	by=()
	chmod 644 "$T/program"
	fails 126 "cannot execute: $T/program: Permission denied$" "$T/program"
	fails 126 "cannot execute: $T: Is a directory$" "$T"
	fails 126 "cannot execute: /dev/null: Permission denied$" /dev/null
	mkfifo -m 777 "$T/fifo"
	fails 126 "cannot execute: $T/fifo: Permission denied$" "$T/fifo"
}

@test "a program that only the new user may not execute is 126" {
	needroot
	by=()
	chmod 700 "$T/program"
	fails_once 126 "cannot execute: $T/program: Permission denied$" \
		-u nobody -p "$PLACE/pid" -o "$PLACE/old" "$T/program"
	mkdir -m 700 "$T/private"
	cp "$T/program" "$T/private/"
	fails_once 126 "cannot execute: $T/private/program: Permission denied$" \
		-u nobody -p "$PLACE/pid" -o "$PLACE/old" "$T/private/program"
}

@test "what is neither a binary nor a script is 126, and no guess" {
	by=()
	local file
	printf 'echo ran >%s/ran/here\n' "$T" | executable "$T/no-line"
	executable "$T/empty" </dev/null
	printf '\n#!/bin/sh\necho ran >%s/ran/here\n' "$T" |
		executable "$T/late-line"
	# Of this, Linux says that it is not permitted.
	printf '#!' | executable "$T/only-mark"
	printf '#! \t \n' | executable "$T/blank-line"
	printf ' #!/bin/sh\n' | executable "$T/indented"
	printf '\177EL' | executable "$T/not-elf"
	head -c 4096 /dev/zero | executable "$T/zeros"
	for file in no-line empty late-line blank-line indented not-elf \
		zeros only-mark; do
		fails 126 "cannot execute: $T/$file: neither a binary for this machine nor a script with #! and an interpreter$" \
			"$T/$file"
	done
}

@test "a first line that is too long, or scripts too deep, are called so: 126" {
	by=()
	local i last=/bin/sh
	printf '#!%0254d\n' 0 | executable "$T/long"
	printf '#!%0254s\n' '' | executable "$T/blank"
	for i in long blank; do
		fails 126 "cannot execute: $T/$i: neither a binary for this machine nor a script with #! and an interpreter \\(its first line is too long\\)$" \
			"$T/$i"
	done
	# A byte less is a name, if of nothing.
	printf '#!%0253d\n' 0 | executable "$T/fits"
	fails 126 "cannot execute: $T/fits: its interpreter is missing" "$T/fits"
	printf '#!%s\n' "$T/self" | executable "$T/self"
	for i in 1 2 3 4 5 6; do
		printf '#!%s\n' "$last" | executable "$T/$i"
		last=$T/$i
	done
	for i in self 6; do
		fails 126 "cannot execute: $T/$i: its interpreters lead to more scripts than the kernel follows$" \
			"$T/$i"
	done
	run_d "$T/5"
	assert_status 0
}

@test "a binary may end with its headers" {
	needprogram python3
	python3 - "$HELPERS/static" <<-'END' | executable "$T/tail"
		import struct, sys
		data = bytearray(open(sys.argv[1], "rb").read())
		order = "<>"[data[5] - 1]
		word, at, sizes = ("Q", 32, 54) if data[4] == 2 else ("I", 28, 42)
		first, = struct.unpack_from(order + word, data, at)
		size, count = struct.unpack_from(order + "HH", data, sizes)
		struct.pack_into(order + word, data, at, len(data))
		data += data[first:first + size * count]
		sys.stdout.buffer.write(data)
	END
	# The kernel takes it; what becomes of it then is its own affair.
	run_d "$T/tail"
	assert_status 0
}

@test "a binary cut short never is a success without having run" {
	by=()
	local size n
	size=$(stat -c %s "$HELPERS/static")
	for n in 4 5 16 18 20 52 63 64 65 100 119 120 175 200; do
		head -c "$n" "$HELPERS/static" | executable "$T/cut"
		fails_once 126 "cannot execute: $T/cut: neither a binary" \
			-p "$PLACE/pid" -o "$PLACE/old" "$T/cut"
	done
	# With all headers there, and nothing of what they point to, it is
	# the kernel's decision; it may be executed, and die at once.
	for n in 1024 4096 8192 $((size / 3)) $((size / 2)); do
		head -c "$n" "$HELPERS/static" | executable "$T/cut"
		run_c "$HELPERS/reaper" -g 5 -o "$CAP/left" "$DAEMONIZE" \
			-p "$PLACE/pid" "$T/cut"
		assert_content "$CAP/left" '' || fail "alive with $n bytes"
		[[ $status == 0 ]] || assert_refused "$status" \
			"cannot execute: $T/cut: " || fail "with $n bytes"
		assert_match "$status" '^(0|69|70|126)$' || fail "with $n bytes"
		[[ $status == 0 ]] || refute_exists "$PLACE/pid"
		rm -f "$PLACE"/pid*
	done
}

@test "a binary cut short is none where the kernel hides addresses, either" {
	needroot
	needprogram setpriv
	local i
	ulimit -S -c 0
	head -c $(($(stat -c %s "$HELPERS/static") / 2)) "$HELPERS/static" |
		executable "$T/cut"
	for i in {1..60}; do
		run_c setpriv --bounding-set=-sys_ptrace "$DAEMONIZE" \
			-u nobody "$T/cut"
		assert_refused 69 "cannot execute: $T/cut: it crashed while being loaded" ||
			return 1
	done
}

@test "a binary cut short is none where its user may not read it, either" {
	needroot
	by=()
	ulimit -S -c 0
	head -c $(($(stat -c %s "$HELPERS/static") / 2)) "$HELPERS/static" \
		>"$T/cut"
	chmod 711 "$T/cut"
	fails_once 69 "cannot execute: $T/cut: it crashed while being loaded$" \
		-u nobody -p "$PLACE/pid" "$T/cut"
	fails_once 69 "cannot execute: cut: it crashed while being loaded$" \
		-u nobody -E "PATH=$T:$PATH" cut
	# By a link of that user's, nobody looks for him.
	ln -s cut "$T/link"
	chown -h nobody "$T/link"
	run_d -u nobody "$T/link"
	assert_status 0
	# What crashes by itself was loaded.
	install -m 711 "$(type -P bash)" "$T/shell"
	start -u nobody "$T/shell" -c 'kill -SEGV $$'
}

@test "a script whose interpreter is missing is 126, and it is named" {
	by=()
	printf '#!/no/such/interpreter -x\n' | executable "$T/missing"
	fails 126 "cannot execute: $T/missing: its interpreter is missing \(/no/such/interpreter\)$" \
		"$T/missing"
	printf '#! \t%s/none\n' "$T" | executable "$T/missing"
	fails_once 126 "cannot execute: $T/missing: its interpreter is missing \($T/none\)$" \
		-o "$PLACE/old" "$T/missing"
	printf '#!%s/program/x\n' "$T" | executable "$T/missing"
	fails 126 "cannot execute: $T/missing: its interpreter is missing \($T/program/x\)$" \
		"$T/missing"
	# A carriage return is part of the name.
	printf '#!/bin/sh\r\n' | executable "$T/missing"
	fails_once 126 "cannot execute: $T/missing: its interpreter is missing \(/bin/sh.*\)$" \
		-o "$PLACE/old" "$T/missing"
}

@test "an interpreter that is missing is 126 where the file cannot be read, too" {
	needroot
	by=()
	printf '#!/no/such/interpreter\n' >"$T/closed"
	chmod 711 "$T/closed"
	fails_once 126 "cannot execute: $T/closed: its interpreter is missing$" \
		-u nobody -p "$PLACE/pid" "$T/closed"
	fails_once 126 "cannot execute: $T/closed: its interpreter is missing$" \
		-f -u nobody -p "$PLACE/pid" "$T/closed"
}

@test "a script whose interpreter cannot be executed is 126" {
	by=()
	: >"$T/plain"
	printf '#!%s/plain\n' "$T" | executable "$T/script"
	fails 126 "cannot execute: $T/script: Permission denied \($T/plain\)$" \
		"$T/script"
	printf '#!%s\n' "$T" | executable "$T/script"
	fails_once 126 "cannot execute: $T/script: .* \($T\)$" \
		-o "$PLACE/old" -p "$PLACE/pid" "$T/script"
	printf '#!%s/script\n' "$T" | executable "$T/script"
	fails_once 126 "cannot execute: $T/script: its interpreters lead to more scripts than the kernel follows$" \
		-o "$PLACE/old" -p "$PLACE/pid" "$T/script"
}

@test "a binary of another machine, or of none, is 126" {
	by=()
	local phoff=32 word=8
	# EI_CLASS: where 32 bits are a word
	[[ $(od -An -tu1 -j4 -N1 "$HELPERS/static") -ne 1 ]] || phoff=28 word=4
	# e_machine: SPARC, which we do not run on.
	cp "$HELPERS/static" "$T/foreign"
	printf '\002\000' |
		dd of="$T/foreign" bs=1 seek=18 conv=notrunc status=none
	fails 126 "cannot execute: $T/foreign: neither a binary for this machine" \
		"$T/foreign"
	# Its headers are where no file goes: the greatest offset of all.
	cp "$HELPERS/static" "$T/foreign"
	printf '\377\377\377\377\377\377\377\377' |
		dd of="$T/foreign" bs=1 seek="$phoff" count="$word" conv=notrunc status=none
	fails 126 "cannot execute: $T/foreign: neither a binary for this machine" \
		"$T/foreign"
}

@test "a binary whose loader is missing is 126, and it is named" {
	by=()
	local loader
	loader=$(grep -aom 1 '/lib[a-z0-9/_.-]*/ld-[a-z0-9/_.-]*' \
		"$HELPERS/probe" | head -n 1)
	[[ -n $loader ]] || skip "kernel: everything is static"
	LC_ALL=C sed "s:$loader:${loader/ld-/no-}:" "$HELPERS/probe" |
		executable "$T/orphan"
	fails 126 "cannot execute: $T/orphan: its interpreter is missing \(${loader/ld-/no-}\)$" \
		"$T/orphan"
}

# move_loader NAME VARIABLE: $T/NAME is the probe with another loader, the file of
# $T that VARIABLE names, which is as long as $loader; not if it is static.
move_loader() {
	loader=$(grep -aom 1 '/lib[a-z0-9/_.-]*/ld-[a-z0-9/_.-]*' \
		"$HELPERS/probe" | head -n 1)
	[[ -n $loader ]] || return 1
	printf -v "$2" "%0$((${#loader} - ${#T} - 1))d" 0
	LC_ALL=C sed "s:$loader:$T/${!2}:" "$HELPERS/probe" |
		executable "$T/$1"
}

@test "a binary without headers, or with a loader that is none, is 126" {
	by=()
	local loader phnum=56 kind
	[[ $(od -An -tu1 -j4 -N1 "$HELPERS/static") -ne 1 ]] || phnum=44
	cp "$HELPERS/static" "$T/bare"
	printf '\000\000' |
		dd of="$T/bare" bs=1 seek="$phnum" conv=notrunc status=none
	fails 126 "cannot execute: $T/bare: neither a binary for this machine" \
		"$T/bare"
	move_loader odd kind || return 0
	executable "$T/$kind" </dev/null
	fails 126 "cannot execute: $T/odd: its loader is no binary for this machine \($T/$kind\)$" \
		"$T/odd"
	printf '#!/bin/sh\n%0100d\n' 0 | executable "$T/$kind"
	fails 126 "cannot execute: $T/odd: its loader is no binary for this machine \($T/$kind\)$" \
		"$T/odd"
	# What cannot be read may be one.
	cp "$loader" "$T/$kind"
	chmod 711 "$T/$kind"
	start -o "$PLACE/old" "$T/odd" "$T/ran/report" exit
}

@test "a binary whose loader is cut off has not started" {
	by=()
	local loader kind
	move_loader cut kind || skip "kernel: everything is static"
	head -c 4096 "$loader" | executable "$T/$kind"
	ulimit -S -c 0
	fails_once 69 "cannot execute: $T/cut: it crashed while being loaded$" \
		"$T/cut" "$T/ran/here" exit
	fails_once 126 "cannot execute: $T/cut: its loader is no binary for this machine \($T/$kind, which is cut off\)$" \
		-o "$PLACE/old" "$T/cut" "$T/ran/here" exit
}

@test "a binary whose loader has a long path runs, however it is examined" {
	needprogram python3
	local loader long="$T" options
	loader=$(grep -aom 1 '/lib[a-z0-9/_.-]*/ld-[a-z0-9/_.-]*' \
		"$HELPERS/probe" | head -n 1)
	[[ -n $loader ]] || skip "kernel: everything is static"
	while ((${#long} < 3900)); do
		long+=/$(printf '%0100d' 0)
	done
	mkdir -p "$long"
	cp "$loader" "$long/loader"
	# A copy of the probe that names it, at its end.
	python3 - "$HELPERS/probe" "$long/loader" <<-'END' | executable "$T/far"
		import struct, sys
		data = bytearray(open(sys.argv[1], "rb").read())
		name = sys.argv[2].encode() + b"\0"
		order = "<>"[data[5] - 1]
		word, at, sizes = ("Q", 32, 54) if data[4] == 2 else ("I", 28, 42)
		first, = struct.unpack_from(order + word, data, at)
		size, count = struct.unpack_from(order + "HH", data, sizes)
		offset, length = (8, 32) if data[4] == 2 else (4, 16)
		for header in range(first, first + size * count, size):
		    if struct.unpack_from(order + "I", data, header) == (3,):
		        struct.pack_into(order + word, data, header + offset, len(data))
		        struct.pack_into(order + word, data, header + length, len(name))
		sys.stdout.buffer.write(data + name)
	END
	for options in '' "-o $PLACE/old" "--ro / --rw $T/ran -o $PLACE/old"; do
		[[ $options != --ro* ]] || (($(landlock_abi) >= 3)) || continue
		echo kept >"$PLACE/old"
		rm -f "$T/ran/report"
		# shellcheck disable=SC2086 # a list
		run_d $options "$T/far" "$T/ran/report"
		assert_status 0 || fail "$options"
		wait_for not_empty "$T/ran/report"
	done
	rm "$long/loader"
	fails_once 126 "cannot execute: $T/far: its interpreter is missing \\(/" \
		-o "$PLACE/old" "$T/far"
}

# elf32 MACHINE [INTERPRETER [SIZE]]: a program of 32 bits that ends at once, and
# whose first segment has so many bytes if that is given.  A segment of zeros has
# none in the file, and may begin behind its end.
elf32() {
	python3 -c 'import struct, sys
machine = int(sys.argv[1])
name = sys.argv[2].encode() + b"\0" if sys.argv[2:] and sys.argv[2] else b""
code = b"\xb8\x01\0\0\0\x31\xdb\xcd\x80"	# of an i386: exit(0)
base, count = 0x8048000, 2 + bool(name)
text = 52 + 32 * count
entry = text + len(name)
size = int(sys.argv[3]) if sys.argv[3:] else entry + len(code)
image = b"\x7fELF\1" + bytes([1 + (sys.byteorder == "big"), 1]) + bytes(9)
image += struct.pack("=HHIIIIIHHHHHH", 2, machine, 1, base + entry, 52, 0, 0,
    52, 32, count, 0, 0, 0)
if name:
    image += struct.pack("=8I", 3, text, base + text, base + text, len(name),
        len(name), 4, 1)
image += struct.pack("=8I", 1, 0, base, base, size, size + 2048, 7, 4096)
image += struct.pack("=8I", 1, 1 << 20, base + (1 << 20), base + (1 << 20), 0,
    4096, 6, 4096)
sys.stdout.buffer.write(image + name + code)
' "$@"
}

@test "a binary of 32 bits that no kernel executes here is 126" {
	needprogram python3
	by=()
	local file
	# What class it has is not all; and SPARC, which we do not run on.
	printf '\177ELF\001' | executable "$T/mark"
	elf32 2 | executable "$T/foreign"
	printf '#!%s/foreign\n' "$T" | executable "$T/script"
	for file in mark foreign script; do
		fails 126 "cannot execute: $T/$file: neither a binary for this machine" \
			"$T/$file"
	done
}

@test "a binary of 32 bits is looked at as one of 64 is" {
	needprogram python3
	by=()
	elf32 3 | executable "$T/small"
	"$T/small" 2>/dev/null || skip "kernel: it executes no i386 programs"
	echo old >"$T/out"
	start -o "$T/out" "$T/small"
	assert_content "$T/out" ''
	elf32 3 /no/such/loader | executable "$T/orphan"
	fails 126 "cannot execute: $T/orphan: its interpreter is missing \(/no/such/loader\)$" \
		"$T/orphan"
	printf '#!%s/orphan\n' "$T" | executable "$T/script"
	fails 126 "cannot execute: $T/script: its interpreter is missing \(/no/such/loader\)$" \
		"$T/script"
	elf32 3 "$T/program" | executable "$T/odd"
	fails 126 "cannot execute: $T/odd: its loader is no binary for this machine \($T/program\)$" \
		"$T/odd"
	elf32 3 '' 20000 | executable "$T/cut"
	ulimit -S -c 0
	fails_once 69 "cannot execute: $T/cut: it crashed while being loaded$" \
		"$T/cut"
	fails_once 126 "cannot execute: $T/cut: neither .* \(a binary that is cut off\)$" \
		-o "$PLACE/old" "$T/cut"
}

@test "a program on a file system without execution is 126" {
	needroot
	executable "$T/noexec" <<-'END'
		#!/bin/sh
		mkdir -p "$1"
		mount -t tmpfs -o noexec none "$1" || exit 125
		cp "$2" "$1/program"
		shift 2
		exec "$@"
	END
	mkdir "$T/mount"
	by=(unshare -m "$T/noexec" "$T/mount" "$T/program")
	fails 126 "cannot execute: $T/mount/program: Permission denied$" \
		"$T/mount/program"
}

@test "a program that is being written to is 126" {
	by=()
	cp "$HELPERS/static" "$T/busy"
	executable "$T/writer" <<-'END'
		#!/bin/sh
		exec 9>>"$1"
		shift
		"$@" 9>&-
	END
	by=("$T/writer" "$T/busy")
	fails 126 "cannot execute: $T/busy: Text file busy$" "$T/busy" hello
}

@test "an output that is the program, its interpreter or its loader stays" {
	needprogram strace
	local by loader file
	# Where the kernel cannot be asked.
	by=(strace -f -o "$CAP/trace" -e trace=execveat
		-e inject=execveat:error=EINVAL)
	cp "$T/program" "$HELPERS/static" "$PLACE"
	printf '#!%s\n' "$PLACE/static" | executable "$T/script"
	for file in program static; do
		fails_once 126 "cannot execute: $PLACE/$file: Text file busy$" \
			-o "$PLACE/$file" "$PLACE/$file"
	done
	ln -s static "$PLACE/link"
	fails_once 126 "cannot execute: $T/script: Text file busy$" \
		-o "$PLACE/old" -e "$PLACE/static" "$T/script"
	fails_once 126 "cannot execute: $PLACE/link: Text file busy$" \
		-f -e "$PLACE/static" "$PLACE/link"
	move_loader moved file || return 0
	cp "$loader" "$T/$file"
	run_c "${by[@]}" "$DAEMONIZE" -o "$T/$file" "$T/moved"
	assert_refused 126 "cannot execute: $T/moved: Text file busy$"
	cmp "$loader" "$T/$file"
}

@test "an environment that is too large is 126" {
	by=()
	{
		printf 'LARGE='
		head -c 200000 /dev/zero | tr '\0' x
	} >"$T/env"
	fails 126 "cannot execute: $T/program: Argument list too long$" \
		--env-file "$T/env" "$T/program"
}

@test "a working directory that is missing or not permitted is 66" {
	by=()
	fails 66 "cannot change directory to: $T/none: No such file" \
		-c "$T/none" "$T/program"
	fails 66 "cannot change directory to: $T/program: Not a directory" \
		-c "$T/program" "$T/program"
	needroot
	mkdir -m 700 "$T/private"
	fails_once 66 "cannot change directory to: $T/private: Permission" \
		-u nobody -p "$PLACE/pid" -o "$PLACE/old" -l "$PLACE/lock" \
		-c "$T/private" "$T/program"
	fails_once 66 "cannot change directory to: $T/private: Permission" \
		-u nobody -f -c "$T/private" "$T/program"
}

@test "an output that cannot be written is 73" {
	by=()
	local option
	for option in -o -e -L; do
		fails_once 73 "cannot open output: $T/none/log: No such file" \
			-p "$PLACE/pid" -l "$PLACE/lock" "$option" "$T/none/log" \
			"$T/program"
		fails_once 73 "cannot open output: $PLACE: Is a directory" \
			-p "$PLACE/pid" "$option" "$PLACE" "$T/program"
		fails_once 73 "cannot open output: $T/program/x: Not a dir" \
			-f "$option" "$T/program/x" "$T/program"
	done
	# The first one exists by then.
	fails_once 73 "cannot open output: $T/none/log: No such file" \
		-o "$PLACE/new" -e "$T/none/log" "$T/program"
	fails_once 73 "cannot open output: $T/none/log: No such file" \
		-o "$PLACE/old" -e "$T/none/log" -p "$PLACE/pid" "$T/program"
}

@test "an input that is missing is 66" {
	by=()
	fails_once 66 "cannot open input: $T/none: No such file" \
		-i "$T/none" -p "$PLACE/pid" -l "$PLACE/lock" -o "$PLACE/old" \
		"$T/program"
}

@test "a pidfile or lockfile that cannot be created is 73" {
	by=()
	fails_once 73 "cannot .*: $T/none/pid: No such file" \
		-p "$T/none/pid" -o "$PLACE/old" "$T/program"
	fails_once 73 "cannot lock( file)?: $T/none/lock: No such file" \
		-l "$T/none/lock" -p "$PLACE/pid" -o "$PLACE/old" "$T/program"
}

# end_at_once COMMAND...: programs that do, many times.
end_at_once() {
	local i
	executable "$T/killed" <<-'END'
		#!/bin/sh
		kill -KILL $$
	END
	for i in {1..34}; do
		for program in true false "$T/killed"; do
			run_c "$@" "$program"
			assert_status 0 || fail "round $i of $program" ||
				return 1
			assert_silent || return 1
		done
	done
}

@test "a program that ends at once has been started: always 0" {
	end_at_once "$DAEMONIZE"
}

@test "it is 0, too, if the caller ignores SIGCHLD" {
	end_at_once "$HELPERS/dirty" sigchld-ign -- "$DAEMONIZE"
}

@test "every failure is told if the caller ignores or blocks all signals" {
	local word
	for word in sigchld-ign sigign sigblock; do
		by=("$HELPERS/dirty" "$word" --)
		fails 127 "cannot find program: $T/none: " "$T/none"
		fails 66 "cannot change directory to: $T/none: No such" \
			-c "$T/none" "$T/program"
		fails_once 126 'cannot execute: .*: its interpreter is miss' \
			-p "$PLACE/pid" -o "$PLACE/old" \
			"$(printf '#!/none\n' | executable "$T/script"
				echo "$T/script")"
	done
}

@test "a child that is killed before it executes is 70" {
	needroot
	local wish
	for wish in 1:setsid:1 2:writev:1 2:setpgid:1 2:close_range:1 2:setgroups:1 \
		2:setresgid:1 2:setresuid:1 2:capset:1 2:chdir:1 2:umask:1 \
		2:execve:1; do
		by=("$FAULT" -w "$wish=kill")
		fails_once 70 "cannot execute: $T/program: it ended before it could execute the program \(signal 9\)\$" \
			-p "$PLACE/pid" -l "$PLACE/lock" -L "$PLACE/log" \
			-u nobody "$T/program"
	done
}

@test "the signal that has killed a child before its exec is told each time" {
	local i call calls=(setsid setpgid chdir)
	ulimit -S -c 0
	for i in {1..60}; do
		call=${calls[i % 3]}
		run_c "$HELPERS/without" "$call=kill" "$DAEMONIZE" -p "$PLACE/pid" true
		[[ $err != *kernel:* ]] || skip "${err#*: }"
		assert_refused 70 "cannot execute: true: it ended before it could execute the program \(signal $(kill -l SYS)\)\$" ||
			return 1
		assert_equal "$(names "$PLACE")" "old older" files || return 1
	done
}

@test "no second fork is 71" {
	by=("$FAULT" -w 1:clone:1=EAGAIN)
	fails_once 71 'cannot fork again: Resource temporarily unavailable' \
		-p "$PLACE/pid" -L "$PLACE/log" "$T/program"
}

@test "what the kernel refuses of the detach is 71, and called by its name" {
	local faults words
	while IFS='|' read -r faults words; do
		# shellcheck disable=SC2046,SC2086,SC2207 # words
		by=("$FAULT" $(printf -- '-w %s ' $faults))
		fails_once 71 "cannot $words" \
			-p "$PLACE/pid" -L "$PLACE/log" "$T/program"
	done <<-'END'
		0:rt_sigprocmask:1=EINVAL|block signals: Invalid argument
		0:prctl:1=EINVAL|become child subreaper: Invalid argument
		1:close_range:1=ENOMEM|copy descriptor table: (Cannot allocate|Out of) memory
		1:setsid:1=EINVAL|start session: Invalid argument
		2:setpgid:1=EINVAL|lead process group: Invalid argument
		2:rt_sigaction:1=EINVAL|reset signal dispositions: Invalid argument
		2:close_range:1=ENOSYS 2:getdents64:1=EIO|mark descriptors close-on-exec: (Input/output|I/O) error
	END
	by=("$FAULT" -w 0:setitimer:1=EINVAL)
	fails_once 71 "cannot stop timers: Invalid argument" \
		-f -p "$PLACE/pid" "$T/program"
	by=("$FAULT" -w 0:pipe2:1=EMFILE)
	fails_once 71 'cannot open status pipe: (Too many open files|No file descriptors available)' \
		-p "$PLACE/pid" "$T/program"
}

@test "what --ready cannot read of the output is 71 before anything runs" {
	local n
	# some opening is this one
	for ((n = 1; n < 30; n++)); do
		run_c "$FAULT" -w "0:openat:$n=EMFILE" "$DAEMONIZE" -w alive:0.1 \
			-L "$PLACE/log" "$T/program"
		[[ $err != *'read along'* ]] || break
	done
	assert_status 71
	assert_equal "$err" \
		'daemonize: cannot read along what it writes: Too many open files'
	refute_exists "$PLACE/log"
}

# lost COMMAND...: its status with all outputs in a pipe that nobody reads.
lost() {
	[[ -p $T/pipe ]] || mkfifo "$T/pipe"
	run_c bash -c 'exec 8<>"$1" 9>"$1" 8<&- >&9 2>&9 9>&-; shift; "$@"' \
		bash "$T/pipe" "$@"
}

# full COMMAND...: with a standard error that has reached the limit of file
# sizes.
full() {
	[[ -e $T/full ]] || head -c 102400 /dev/zero >"$T/full"
	run_c bash -c 'ulimit -c 0 -f 100 && exec 2>>"$0" "$@"' "$T/full" "$@"
}

# what_fails: a status, and the arguments.
what_fails() {
	cat <<-END
		127 $T/none
		127 -p $PLACE/pid -u 0:0 no-such-program
		126 -p $PLACE/pid -l $PLACE/lock $T
		126 -p $PLACE/pid -l $PLACE/lock -o $PLACE/old $T/script
		126 -f -p $PLACE/pid -L $PLACE/log $T/script
		66 -c $T/none -p $PLACE/pid $T/program
		73 -L $T/none/log $T/program
		64 --no-such-option
		67 -u 0day $T/program
	END
}

@test "the status is right where no message can be written" {
	needroot
	local wanted arguments
	printf '#!/none\n' | executable "$T/script"
	snapshot "$PLACE"
	while read -r wanted arguments; do
		# shellcheck disable=SC2086 # a list
		run_c "$HELPERS/dirty" closed:2 -- "$DAEMONIZE" $arguments
		assert_status "$wanted" || fail "closed: $arguments"
		# shellcheck disable=SC2086 # a list
		run_c "$HELPERS/dirty" closed:0,1,2 -- "$DAEMONIZE" $arguments
		assert_status "$wanted" || fail "all closed: $arguments"
		# shellcheck disable=SC2086 # a list
		lost "$DAEMONIZE" $arguments
		assert_status "$wanted" || fail "nobody reads: $arguments"
		# shellcheck disable=SC2086 # a list
		run_c sh -c '"$@" 2>/dev/full' sh "$DAEMONIZE" $arguments
		assert_status "$wanted" || fail "no space: $arguments"
		# shellcheck disable=SC2086 # a list
		full "$DAEMONIZE" $arguments
		assert_status "$wanted" || fail "limit: $arguments"
		assert_nothing_left "$PLACE"
	done < <(what_fails)
	refute_exists "$T/ran/here"
}

@test "a start succeeds where nobody reads what it could say" {
	lost "$DAEMONIZE" "$T/program"
	assert_status 0
	wait_for not_empty "$T/ran/here"
	rm "$T/ran/here"
	lost "$DAEMONIZE" -v "$T/program"
	assert_status 0
	wait_for not_empty "$T/ran/here"
	rm "$T/ran/here"
	LD_PRELOAD='' BASH_ENV=/dev/null lost "$DAEMONIZE" "$T/program"
	assert_status 0
	wait_for not_empty "$T/ran/here"
}

@test "in the foreground the program runs, too, where nobody gets what is said" {
	local by options
	for by in lost full; do
		for options in '' -v "-v -p $PLACE/pid -o $PLACE/new" -q; do
			rm -f "$T/ran/here"
			# shellcheck disable=SC2086 # a list
			BASH_ENV=/dev/null "$by" "$DAEMONIZE" -f $options \
				"$T/program"
			assert_status 0 || fail "$by: $options"
			assert_content "$T/ran/here" ran || fail "$by: $options"
		done
		# The program is not protected by that.
		"$by" "$DAEMONIZE" -f -v sh -c 'kill -s PIPE $$'
		assert_status 141
		"$by" "$DAEMONIZE" -f -v sh -c 'ulimit -c 0; kill -s XFSZ $$'
		assert_status 153
	done
}

@test "a start that succeeds says nothing" {
	local options
	while IFS= read -r options; do
		# shellcheck disable=SC2086 # a list
		start $options "$T/program"
		assert_silent || fail "with $options"
		wait_for not_empty "$T/ran/here"
		wait_for none_of_ours
		rm -f "$T/ran/here" "$PLACE"/{pid,pid.id,lock,log}
	done < <(all_options)
}

@test "an output that exists is truncated only by a start that succeeds" {
	printf 'echo new\n' >>"$T/program"
	start -o "$PLACE/old" "$T/program"
	wait_for has_line "$PLACE/old" new
	assert_content "$PLACE/old" new
	printf 'echo error >&2\n' >>"$T/program"
	echo longer >"$PLACE/errors"
	start -e "$PLACE/errors" "$T/program"
	wait_for has_line "$PLACE/errors" error
	assert_content "$PLACE/errors" error
}

@test "a program whose first thread ends at once runs" {
	needprogram cc strace
	local threads
	cat >"$CAP/threads.c" <<-'END'
		#include <pthread.h>
		#include <unistd.h>

		static void *
		stay(void *none)
		{
			for (;;)
				pause();
		}

		int
		main(void)
		{
			pthread_t thread;

			pthread_create(&thread, NULL, stay, NULL);
			pthread_exit(NULL);
		}
	END
	cc -w -pthread -o "$CAP/threads" "$CAP/threads.c"
	threads=$(own "$CAP/threads")
	# It has the time to, until it is looked at.
	run_c strace -o "$CAP/trace" -e trace=waitid \
		-e inject=waitid:delay_enter=300000 "$DAEMONIZE" -p "$PLACE/pid" "$threads"
	assert_status 0
	assert_alive "$(cat "$PLACE/pid")"
}

@test "a program that has run and ended was started, whoever traces it" {
	needprogram cc strace
	local daemon status=0
	cat >"$CAP/traced.c" <<-'END'
		#include <sys/prctl.h>
		#include <sys/ptrace.h>
		#include <unistd.h>

		int
		main(void)
		{
			pid_t me = getpid();
			char byte;
			int p[2];

			if (pipe(p) == -1)
				return 1;
			prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
			if (fork() == 0) {
				/* It never waits. */
				if (ptrace(PTRACE_SEIZE, me, 0, 0) == 0)
					write(p[1], "", 1);
				for (;;)
					pause();
			}
			return read(p[0], &byte, 1) != 1;
		}
	END
	cc -w -o "$CAP/traced" "$CAP/traced.c"
	# The front is stopped until the program has ended.
	run_bg strace -o "$CAP/trace" -e trace=waitid \
		-e inject=waitid:signal=SIGSTOP:when=1 "$DAEMONIZE" \
		-p "$PLACE/pid" "$(own "$CAP/traced")"
	wait_for has_line "$CAP/trace" 'stopped by SIGSTOP'
	daemon=$(cat "$PLACE/pid")
	wait_for gone "$daemon"
	assert_exists "/proc/$daemon"
	kill -CONT "$(ps -o ppid= -p "$daemon")"
	wait "$bg" || status=$?
	assert_status 0
	assert_content "$CAP/bg.err" ''
	assert_exists "$PLACE/pid"
}
