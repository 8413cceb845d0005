# SPDX-License-Identifier: ISC
# What the compiler and the linker take, asked flag by flag.  Every probe
# links and has -Werror: clang only warns about a flag it does not know, and
# some flags need a library that may be missing.

# DZ_PROBE_SOURCE: a program with a buffer, so that the stack protector and
# fortification have something to do.
AC_DEFUN([DZ_PROBE_SOURCE], [AC_LANG_SOURCE([[
#include <stdio.h>
#include <string.h>
int
main(int argc, char *argv[])
{
	char buf[64];

	memset(buf, argc, sizeof(buf));
	return snprintf(buf, sizeof(buf), "%s", argv[0]) < 0;
}
]])])

# DZ_IF_LINKS(CPPFLAGS, CFLAGS, LDFLAGS, YES, NO)
AC_DEFUN([DZ_IF_LINKS],
[dz_save_CPPFLAGS=$CPPFLAGS dz_save_CFLAGS=$CFLAGS dz_save_LDFLAGS=$LDFLAGS
CPPFLAGS="$CPPFLAGS $1" CFLAGS="$CFLAGS $2 -Werror" LDFLAGS="$LDFLAGS $3"
AC_LINK_IFELSE([DZ_PROBE_SOURCE], [$4], [$5])
CPPFLAGS=$dz_save_CPPFLAGS CFLAGS=$dz_save_CFLAGS LDFLAGS=$dz_save_LDFLAGS])

# DZ_CFLAGS(VARIABLE, FLAGS): append those that the compiler takes.
AC_DEFUN([DZ_CFLAGS],
[for dz_flag in m4_normalize([$2]); do
	AS_VAR_PUSHDEF([dz_cv], [dz_cv_cflag_$dz_flag])dnl
	AC_CACHE_CHECK([whether $CC takes $dz_flag], [dz_cv],
		[DZ_IF_LINKS([], [$dz_flag], [],
			[AS_VAR_SET([dz_cv], [yes])],
			[AS_VAR_SET([dz_cv], [no])])])
	AS_VAR_IF([dz_cv], [yes], [AS_VAR_APPEND([$1], [" $dz_flag"])])
	AS_VAR_POPDEF([dz_cv])dnl
done])

# DZ_LDFLAGS(VARIABLE, FLAGS): append those that the linker takes.
AC_DEFUN([DZ_LDFLAGS],
[for dz_flag in m4_normalize([$2]); do
	AS_VAR_PUSHDEF([dz_cv], [dz_cv_ldflag_$dz_flag])dnl
	AC_CACHE_CHECK([whether the linker takes $dz_flag], [dz_cv],
		[DZ_IF_LINKS([], [], [$dz_flag],
			[AS_VAR_SET([dz_cv], [yes])],
			[AS_VAR_SET([dz_cv], [no])])])
	AS_VAR_IF([dz_cv], [yes], [AS_VAR_APPEND([$1], [" $dz_flag"])])
	AS_VAR_POPDEF([dz_cv])dnl
done])

# DZ_LEAN: sets LEAN_CFLAGS, LEAN_LDFLAGS.  What an exec has to map is felt in
# the time of a start: no tables to unwind stacks with (debuggers have their
# own), and one mapping for code and constants.
AC_DEFUN([DZ_LEAN],
[LEAN_CFLAGS= LEAN_LDFLAGS=
DZ_CFLAGS([LEAN_CFLAGS], [-fno-asynchronous-unwind-tables])
DZ_LDFLAGS([LEAN_LDFLAGS], [-Wl,-z,noseparate-code])
AC_SUBST([LEAN_CFLAGS])
AC_SUBST([LEAN_LDFLAGS])])

# DZ_TIME: a time_t of 64 bits, where it is a choice: without it a file that is
# dated after 2038 cannot even be looked at.
AC_DEFUN([DZ_TIME],
[AC_CACHE_CHECK([whether time_t needs _TIME_BITS], [dz_cv_time_bits],
	[dz_cv_time_bits=no
	DZ_IF_WIDE_TIME([], [], [DZ_IF_WIDE_TIME([[#define _TIME_BITS 64]],
		[dz_cv_time_bits=yes])])])
AS_VAR_IF([dz_cv_time_bits], [yes], [AC_DEFINE([_TIME_BITS], [64],
	[Bits of a time_t, where they are a choice.])])])

# DZ_IF_WIDE_TIME(SOURCE, YES, NO)
AC_DEFUN([DZ_IF_WIDE_TIME],
[AC_COMPILE_IFELSE([AC_LANG_SOURCE([$1
#include <time.h>
_Static_assert(sizeof(time_t) >= 8, "ends in 2038");])], [$2], [$3])])

# DZ_C11: C11 with the GNU extensions, whatever the compiler's default is.
AC_DEFUN([DZ_C11],
[DZ_CFLAGS([CC], [-std=gnu11])
AS_CASE([$CC], [*-std=gnu11*], [],
	[AC_MSG_ERROR([a C11 compiler is needed])])])

# DZ_KERNEL: the kernel's headers, which musl-gcc does not look for.
AC_DEFUN([DZ_KERNEL],
[AC_CHECK_HEADER([linux/capability.h], [],
	[AC_MSG_ERROR([$CC does not find the kernel's headers; CPPFLAGS=-isystemDIR
	shows it a DIR with linux, asm and asm-generic])])])

# DZ_YES_OR_NO(OPTION, VALUE): a value that means nothing is a mistake.
AC_DEFUN([DZ_YES_OR_NO],
[AS_CASE([$2], [yes | no], [],
	[AC_MSG_ERROR([$1=$2: neither yes nor no])])])

# DZ_WARNINGS: sets WARN_CFLAGS.
AC_DEFUN([DZ_WARNINGS],
[WARN_CFLAGS=
DZ_CFLAGS([WARN_CFLAGS], [
	-Wall
	-Wextra
	-Walloca
	-Wcast-qual
	-Wduplicated-cond
	-Wformat=2
	-Wimplicit-fallthrough
	-Wlogical-op
	-Wmissing-declarations
	-Wmissing-prototypes
	-Wnull-dereference
	-Wold-style-definition
	-Wpointer-arith
	-Wshadow
	-Wstrict-prototypes
	-Wundef
	-Wvla
	-Wwrite-strings])
AC_SUBST([WARN_CFLAGS])])

# DZ_WERROR: --enable-werror, for CI.  Comes after every probe.
AC_DEFUN([DZ_WERROR],
[AC_ARG_ENABLE([werror],
	[AS_HELP_STRING([--enable-werror], [a warning is an error, for CI])],
	[DZ_YES_OR_NO([--enable-werror], [$enableval])], [enable_werror=no])
AS_VAR_IF([enable_werror], [no], [],
	[AS_VAR_APPEND([WARN_CFLAGS], [" -Werror"])])])
