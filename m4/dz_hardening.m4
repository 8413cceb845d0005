# SPDX-License-Identifier: ISC
# Hardening, on unless --disable-hardening.  It is the program's alone; the
# test helpers are built without it.

# DZ_HARDENING: sets HARDENING_CPPFLAGS, HARDENING_CFLAGS, HARDENING_LDFLAGS.
AC_DEFUN([DZ_HARDENING],
[AC_REQUIRE([DZ_STATIC])dnl
AC_REQUIRE([DZ_SANITIZERS])dnl
AC_ARG_ENABLE([hardening],
	[AS_HELP_STRING([--disable-hardening],
		[leave out the hardening flags])],
	[DZ_YES_OR_NO([--enable-hardening], [$enableval])],
	[enable_hardening=yes])
HARDENING_CPPFLAGS= HARDENING_CFLAGS= HARDENING_LDFLAGS=
AS_VAR_IF([enable_hardening], [no], [], [
	DZ_CFLAGS([HARDENING_CFLAGS], [
		-fstack-protector-strong
		-fstack-clash-protection
		-fcf-protection
		-mbranch-protection=standard])
	DZ_LDFLAGS([HARDENING_LDFLAGS], [
		-Wl,-z,relro
		-Wl,-z,now
		-Wl,-z,noexecstack
		-Wl,--as-needed
		-Wl,-O1
		-Wl,--hash-style=gnu])
	DZ_PIE
	DZ_FORTIFY
])
AC_SUBST([HARDENING_CPPFLAGS])
AC_SUBST([HARDENING_CFLAGS])
AC_SUBST([HARDENING_LDFLAGS])])

# DZ_PIE: position independent; a static program says so in its own way, and
# does without where the C library lacks the start files for it, or where the
# compiler makes a program of it that asks for a loader, as musl-gcc does.
AC_DEFUN([DZ_PIE],
[AC_CHECK_TOOL([READELF], [readelf], [false])
AS_VAR_IF([enable_static], [no], [dz_pie=-pie], [dz_pie=-static-pie])
AC_CACHE_CHECK([whether $CC makes programs with -fPIE $dz_pie], [dz_cv_pie], [
	dz_cv_pie=no
	DZ_IF_LINKS([], [-fPIE], [$dz_pie],
		[AS_VAR_IF([enable_static], [no], [dz_cv_pie=yes],
			[AS_IF([dz_segments=`$READELF -lW conftest$ac_exeext`],
				[AS_CASE([$dz_segments], [*INTERP*], [],
					[dz_cv_pie=yes])])])])])
AS_VAR_IF([dz_cv_pie], [yes], [
	AS_VAR_APPEND([HARDENING_CFLAGS], [" -fPIE"])
	AS_VAR_IF([enable_static], [no],
		[AS_VAR_APPEND([HARDENING_LDFLAGS], [" -pie"])],
		[STATIC_LDFLAGS=-static-pie])
])])

# DZ_FORTIFY: the highest level that the C library takes.  Nothing without
# optimisation, where glibc warns; nothing where the compiler or CPPFLAGS
# already have it; nothing under ASan, which sees more.
AC_DEFUN([DZ_FORTIFY],
[AC_CACHE_CHECK([for the level of _FORTIFY_SOURCE to ask for],
	[dz_cv_fortify], [
	dz_cv_fortify=none
	AC_COMPILE_IFELSE([AC_LANG_SOURCE([[
#if defined _FORTIFY_SOURCE || !defined __OPTIMIZE__
#error leave it alone
#endif
]])], [for dz_level in 2 3; do
		DZ_IF_LINKS([-D_FORTIFY_SOURCE=$dz_level], [], [],
			[dz_cv_fortify=$dz_level])
	done])])
AS_IF([test "$dz_cv_fortify" != none && test "$enable_sanitizers" = no],
	[HARDENING_CPPFLAGS=-D_FORTIFY_SOURCE=$dz_cv_fortify])])
