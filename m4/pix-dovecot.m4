dnl PIX_DOVECOT: find the host and refuse one that was never tested.
AC_DEFUN([PIX_DOVECOT], [
  AC_ARG_WITH([dovecot],
    [AS_HELP_STRING([--with-dovecot=DIR], [folder of the file dovecot-config (default: PREFIX/lib/dovecot or /usr/lib/dovecot)])],
    [dovecotdir=$withval],
    [dovecotdir=/usr/lib/dovecot
     AS_IF([test "x$prefix" != xNONE && test -f "$prefix/lib/dovecot/dovecot-config"],
       [dovecotdir=$prefix/lib/dovecot])])
  AC_ARG_WITH([moduledir],
    [AS_HELP_STRING([--with-moduledir=DIR], [where modules are installed (default: the host's own folder)])],
    [pix_moduledir=$withval], [pix_moduledir=])
  AC_ARG_WITH([pkglibexecdir],
    [AS_HELP_STRING([--with-pkglibexecdir=DIR], [where services are installed (default: the host's own folder)])],
    [pix_pkglibexecdir=$withval], [pix_pkglibexecdir=])
  AC_ARG_ENABLE([untested-dovecot],
    [AS_HELP_STRING([--enable-untested-dovecot], [build for a Dovecot outside the tested versions])],
    [], [enable_untested_dovecot=no])

  AC_MSG_CHECKING([for $dovecotdir/dovecot-config])
  AS_IF([test -f "$dovecotdir/dovecot-config"], [AC_MSG_RESULT([yes])],
    [AC_MSG_RESULT([no])
     AC_MSG_ERROR([there is no dovecot-config in $dovecotdir: install dovecot-dev, or name its folder by --with-dovecot=DIR])])
  eval `grep '^dovecot_@<:@a-z_@:>@*=' "$dovecotdir/dovecot-config"`
  eval `grep '^LIBDOVECOT@<:@A-Z0-9_@:>@*=' "$dovecotdir/dovecot-config"`
  pix_host_moduledir=$dovecot_moduledir
  AS_IF([test -n "$pix_moduledir"], [dovecot_moduledir=$pix_moduledir])
  pix_libexecdir=$dovecot_pkglibexecdir
  AS_IF([test -n "$pix_pkglibexecdir"], [pix_libexecdir=$pix_pkglibexecdir])

  AC_MSG_CHECKING([the version of Dovecot])
  pix_dovecot_version=`sed -n 's/^#define PACKAGE_VERSION  *"\(@<:@^" @:>@*\).*/\1/p' "$dovecot_pkgincludedir/config.h" | head -n 1`
  AC_MSG_RESULT([$pix_dovecot_version])
  AS_CASE([$pix_dovecot_version],
    [2.3.19|2.3.19.*], [pix_host=2.3],
    [2.4.1|2.4.1-*], [pix_host=2.4],
    [AS_IF([test "$enable_untested_dovecot" = yes],
      [AC_MSG_WARN([Dovecot $pix_dovecot_version was not tested with this suite])
       AS_CASE([$pix_dovecot_version], [2.3.*], [pix_host=2.3], [pix_host=2.4])],
      [AC_MSG_ERROR([Dovecot $pix_dovecot_version is outside the tested versions (2.3.19 and 2.4.1): --enable-untested-dovecot builds for it at your own risk])])])

  LIBDOVECOT_CPPFLAGS="-isystem $dovecot_pkgincludedir"
  LIBSIEVE_CPPFLAGS="-isystem $dovecot_pkgincludedir/sieve"
  DOVECOT_RPATH="-Wl,-rpath,$dovecot_pkglibdir"
  AC_SUBST([dovecot_moduledir])
  AC_SUBST([pix_host_moduledir])
  AC_SUBST([dovecot_pkglibdir])
  AC_SUBST([pix_libexecdir])
  AC_SUBST([dovecotdir])
  AC_SUBST([pix_dovecot_version])
  AC_SUBST([pix_host])
  AC_SUBST([LIBDOVECOT])
  AC_SUBST([LIBDOVECOT_SQL])
  AC_SUBST([LIBDOVECOT_STORAGE])
  AC_SUBST([LIBDOVECOT_LOGIN])
  AC_SUBST([LIBDOVECOT_LDA])
  AC_SUBST([LIBDOVECOT_CPPFLAGS])
  AC_SUBST([LIBSIEVE_CPPFLAGS])
  AC_SUBST([DOVECOT_RPATH])
])

dnl PIX_COMPILER: warnings, hardening, sanitizers.
AC_DEFUN([PIX_COMPILER], [
  AC_ARG_ENABLE([werror],
    [AS_HELP_STRING([--enable-werror], [make warnings errors])],
    [pix_werror=$enableval], [pix_werror=no])
  AC_ARG_ENABLE([sanitize],
    [AS_HELP_STRING([--enable-sanitize], [build everything with ASan and UBSan (for make check)])],
    [pix_sanitize=$enableval], [pix_sanitize=no])
  AC_ARG_ENABLE([hardening],
    [AS_HELP_STRING([--disable-hardening], [leave hardening to the compiler's defaults])],
    [pix_hardening=$enableval], [pix_hardening=yes])
  PIX_CFLAGS="-std=gnu11 -fPIC -fvisibility=hidden -ffunction-sections -fdata-sections"
  PIX_CFLAGS="$PIX_CFLAGS -Wall -Wextra -Wformat=2 -Wshadow=local -Wstrict-prototypes -Wmissing-prototypes"
  PIX_CFLAGS="$PIX_CFLAGS -Wundef -Wpointer-arith -Wold-style-definition -Wimplicit-fallthrough"
  PIX_CFLAGS="$PIX_CFLAGS -Wno-unused-parameter -Wno-format-nonliteral"
  AS_IF([test "$pix_werror" = yes], [PIX_CFLAGS="$PIX_CFLAGS -Werror"])
  PIX_LDFLAGS="-Wl,--gc-sections -Wl,--as-needed"
  AS_IF([test "$pix_sanitize" = yes],
    [PIX_CFLAGS="$PIX_CFLAGS -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer"
     PIX_LDFLAGS="$PIX_LDFLAGS -fsanitize=address,undefined"
     pix_hardening=no])
  AS_IF([test "$pix_hardening" = yes],
    [PIX_CFLAGS="$PIX_CFLAGS -fstack-protector-strong"
     AS_CASE([" $CFLAGS $CPPFLAGS "], [*FORTIFY_SOURCE*], [], [*-O0*], [],
       [PIX_CFLAGS="$PIX_CFLAGS -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2"])
     PIX_LDFLAGS="$PIX_LDFLAGS -Wl,-z,relro -Wl,-z,now"])
  AC_SUBST([PIX_CFLAGS])
  AC_SUBST([PIX_LDFLAGS])
])

dnl PIX_PART(NAME, DESCRIPTION): --disable-NAME and the conditional PIX_NAME.
AC_DEFUN([PIX_PART], [
  AC_ARG_ENABLE([$1], [AS_HELP_STRING([--disable-$1], [leave out: $2])],
    [pix_part_$1=$enableval], [pix_part_$1=yes])
  AM_CONDITIONAL(m4_toupper([PIX_$1]), [test "$pix_part_$1" = yes])
  AS_IF([test "$pix_part_$1" = yes],
    [PIX_PART_CPPFLAGS="$PIX_PART_CPPFLAGS -D[]m4_toupper([PIX_HAVE_$1])"])
  AC_SUBST([PIX_PART_CPPFLAGS])
])
