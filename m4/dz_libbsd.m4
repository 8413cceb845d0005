# SPDX-License-Identifier: ISC

# DZ_LIBBSD: libbsd in overlay mode, from the archive where there is one.  Two
# more shared libraries cost about a fifth of a whole start, and of the
# archive only what is used is linked.  Where a program with it does
# not link, as with musl or another machine's compiler, src/compat.c does.
# Sets LIBBSD_CFLAGS and LIBBSD_LIBS.
AC_DEFUN([DZ_LIBBSD],
[AC_ARG_WITH([libbsd],
	[AS_HELP_STRING([--without-libbsd],
		[do without libbsd, even if it is there])],
	[DZ_YES_OR_NO([--with-libbsd], [$withval])], [with_libbsd=check])
dz_libbsd=none
AS_VAR_IF([with_libbsd], [no], [],
	[PKG_CHECK_MODULES([LIBBSD], [libbsd-overlay],
		[DZ_LIBBSD_LINKS], [:])])
AS_CASE([$with_libbsd,$dz_libbsd],
	[yes,none], [AC_MSG_ERROR([libbsd is asked for, and cannot be used])],
	[*,none], [LIBBSD_CFLAGS='' LIBBSD_LIBS=''],
	[AC_DEFINE([HAVE_LIBBSD], [1], [libbsd is linked])])])

# DZ_LIBBSD_LINKS: sets dz_libbsd to what to link, or none.
AC_DEFUN([DZ_LIBBSD_LINKS],
[dz_save_CPPFLAGS=$CPPFLAGS dz_save_LIBS=$LIBS
CPPFLAGS="$CPPFLAGS $LIBBSD_CFLAGS"
AC_MSG_CHECKING([how to link libbsd])
AS_IF([test "${enable_static:-no}" = no],
	[dz_shared=$LIBBSD_LIBS], [dz_shared=-l:libbsd.a])
for dz_libs in "-l:libbsd.a" "-l:libbsd.a -l:libmd.a" "$dz_shared"; do
	LIBS="$dz_libs $dz_save_LIBS"
	AC_LINK_IFELSE([DZ_LIBBSD_SOURCE],
		[dz_libbsd=$dz_libs LIBBSD_LIBS=$dz_libs; break])
done
AC_MSG_RESULT([$dz_libbsd])
CPPFLAGS=$dz_save_CPPFLAGS LIBS=$dz_save_LIBS])

# DZ_LIBBSD_SOURCE: what the BSDs have and the program uses.
AC_DEFUN([DZ_LIBBSD_SOURCE], [AC_LANG_PROGRAM([[
#include <string.h>
]], [[
	char text[8];

	return (int)strlcpy(text, "text", sizeof text);
]])])
