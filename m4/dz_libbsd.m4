# SPDX-License-Identifier: ISC

# DZ_LIBBSD: libbsd in overlay mode, from the archive where there is one.  Two
# more shared libraries cost about a fifth of a whole start, and of the
# archive only the few objects used are linked.  Sets LIBBSD_CFLAGS and
# LIBBSD_LIBS.
AC_DEFUN([DZ_LIBBSD],
[PKG_CHECK_MODULES([LIBBSD], [libbsd-overlay], [],
	[AC_MSG_ERROR([libbsd is needed (Debian: libbsd-dev)])])
dz_save_CPPFLAGS=$CPPFLAGS dz_save_LIBS=$LIBS
CPPFLAGS="$CPPFLAGS $LIBBSD_CFLAGS"
AC_CACHE_CHECK([for the archive of libbsd], [dz_cv_libbsd], [
	dz_cv_libbsd=shared
	for dz_libs in "-l:libbsd.a" "-l:libbsd.a -l:libmd.a"; do
		LIBS="$dz_libs $dz_save_LIBS"
		AC_LINK_IFELSE([DZ_LIBBSD_SOURCE],
			[dz_cv_libbsd=$dz_libs; break])
	done])
AS_VAR_IF([dz_cv_libbsd], [shared], [], [LIBBSD_LIBS=$dz_cv_libbsd])
LIBS="$LIBBSD_LIBS $dz_save_LIBS"
AC_LINK_IFELSE([DZ_LIBBSD_SOURCE], [],
	[AC_MSG_ERROR([a program with libbsd does not link: $LIBBSD_LIBS])])
CPPFLAGS=$dz_save_CPPFLAGS LIBS=$dz_save_LIBS])

# DZ_LIBBSD_SOURCE: what the BSDs have and the program uses.
AC_DEFUN([DZ_LIBBSD_SOURCE], [AC_LANG_PROGRAM([[
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
]], [[
	const char *error;
	char buf[8];
	void *mode = setmode("g-w");

	return (int)strtonum("1", 0, 2, &error) + getmode(mode, 0) +
	    (int)strlcpy(buf, "x", sizeof(buf));
]])])
