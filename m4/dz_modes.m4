# SPDX-License-Identifier: ISC
# Other ways to build the program: static, with sanitizers, for coverage.

# DZ_STATIC: --enable-static makes a program that needs no shared library,
# for containers and rescue systems.  Sets STATIC_LDFLAGS for the program and
# HELPER_STATIC_LDFLAGS for the test helpers that are static always.
AC_DEFUN([DZ_STATIC],
[AC_ARG_ENABLE([static],
	[AS_HELP_STRING([--enable-static],
		[make a program that needs no shared library])],
	[DZ_YES_OR_NO([--enable-static], [$enableval])], [enable_static=no])
DZ_LDFLAGS([HELPER_STATIC_LDFLAGS], [-static])
AS_IF([test "$enable_static" != no], [
	AS_IF([test -z "$HELPER_STATIC_LDFLAGS"],
		[AC_MSG_ERROR([--enable-static: no static C library])])
	STATIC_LDFLAGS=-static
	AC_DEFINE([STATIC_BUILD], [1], [the program is linked statically])
])
AC_SUBST([STATIC_LDFLAGS])
AC_SUBST([HELPER_STATIC_LDFLAGS])])

# DZ_SANITIZERS: --enable-sanitizers.  Sets SANITIZER_CFLAGS, which the
# linker gets as well.
AC_DEFUN([DZ_SANITIZERS],
[AC_ARG_ENABLE([sanitizers],
	[AS_HELP_STRING([--enable-sanitizers],
		[build with ASan and UBSan, for testing])],
	[DZ_YES_OR_NO([--enable-sanitizers], [$enableval])],
	[enable_sanitizers=no])
SANITIZER_CFLAGS=
AS_IF([test "$enable_sanitizers" != no], [
	AS_IF([test "$enable_static" != no],
		[AC_MSG_ERROR([--enable-sanitizers excludes --enable-static])])
	DZ_CFLAGS([SANITIZER_CFLAGS], [
		-fsanitize=address
		-fsanitize=undefined
		-fno-sanitize-recover=all
		-fno-omit-frame-pointer])
	AS_CASE([$SANITIZER_CFLAGS],
		[*=address*=undefined*], [],
		[AC_MSG_ERROR([--enable-sanitizers: $CC has none])])
])
AM_CONDITIONAL([SANITIZERS], [test "$enable_sanitizers" != no])
AC_SUBST([SANITIZER_CFLAGS])])

# DZ_COVERAGE: --enable-coverage.  Sets COVERAGE_CFLAGS, which the linker
# gets as well, and COVERAGE_LDFLAGS, for tests/gcov.c.  Its counters need
# sections of their own, and no exec may set them to zero.
AC_DEFUN([DZ_COVERAGE],
[AC_ARG_ENABLE([coverage],
	[AS_HELP_STRING([--enable-coverage], [build for gcov(1)])],
	[DZ_YES_OR_NO([--enable-coverage], [$enableval])],
	[enable_coverage=no])
COVERAGE_CFLAGS=
AS_IF([test "$enable_coverage" != no],
	[DZ_CFLAGS([COVERAGE_CFLAGS],
		[--coverage -fprofile-update=atomic -fdata-sections
		-fno-builtin-fork -fno-builtin-execve])])
COVERAGE_LDFLAGS=
AS_IF([test "$enable_coverage" != no],
	[COVERAGE_LDFLAGS="-Wl,--wrap=__gcov_exit -Wl,-T,\$(srcdir)/tests/gcov.ld"])
AM_CONDITIONAL([COVERAGE], [test "$enable_coverage" != no])
AC_SUBST([COVERAGE_LDFLAGS])
AC_SUBST([COVERAGE_CFLAGS])])
