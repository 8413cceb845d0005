# SPDX-License-Identifier: ISC
# What stands around the program: completions, tests, the closing summary.

# DZ_COMPLETION(SHELL, DIRECTORY): --with-SHELL-completion-dir.
AC_DEFUN([DZ_COMPLETION],
[AC_ARG_WITH([$1-completion-dir],
	[AS_HELP_STRING([--with-$1-completion-dir=DIR],
		[where $1 finds completions @<:@$2@:>@])],
	[], [with_$1_completion_dir=yes])
AS_CASE([$with_$1_completion_dir],
	[yes], [$1completiondir='$2'],
	[no], [$1completiondir=],
	[$1completiondir=$with_$1_completion_dir])
AC_SUBST([$1completiondir])])

# DZ_COMPLETIONS: one switch for each shell.
AC_DEFUN([DZ_COMPLETIONS],
[DZ_COMPLETION([bash], [${datadir}/bash-completion/completions])
DZ_COMPLETION([zsh], [${datadir}/zsh/site-functions])
DZ_COMPLETION([fish], [${datadir}/fish/vendor_completions.d])])

# DZ_BATS: the test runner; without it only "make check" is impossible.
AC_DEFUN([DZ_BATS],
[AC_ARG_VAR([BATS], [bats-core, runs the tests])
AC_PATH_PROG([BATS], [bats])])

# DZ_SUMMARY: what came out of it all.
AC_DEFUN([DZ_SUMMARY],
[AS_VAR_IF([enable_hardening], [no], [dz_hardening=no],
	[dz_hardening="$HARDENING_CPPFLAGS$HARDENING_CFLAGS"])
dz_modes=
for dz_mode in static sanitizers coverage werror; do
	eval "dz_value=\$enable_$dz_mode"
	AS_IF([test "$dz_value" != no], [AS_VAR_APPEND([dz_modes], [" $dz_mode"])])
done
cat <<EOF

$PACKAGE_NAME $PACKAGE_VERSION

  compiler     $CC $CFLAGS
  hardening    ${dz_hardening# }
  linking     ${STATIC_LDFLAGS:+ $STATIC_LDFLAGS}$HARDENING_LDFLAGS
  libbsd       $dz_libbsd
  modes       ${dz_modes:- plain}
  prefix       $prefix
  tests        ${BATS:-not possible: bats is missing (Debian: bats)}

EOF])

# DZ_RUNSTATEDIR
# The run directory's parent is /run, whatever the prefix: it must be there at
# boot, and go at shutdown.  --runstatedir says otherwise.
AC_DEFUN([DZ_RUNSTATEDIR],
[AS_CASE([$runstatedir],
    ['' | '${localstatedir}/run'], [runstatedir=/run])
AC_SUBST([runstatedir])])
