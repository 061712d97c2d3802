# Sourced: the cached Debian roots in which everything is built and run.
#
# pix_root HOST prints the folder of the root for a host, made first if it is not there. A root is
# never written to after it was made: tools mount it as the lower layer of an overlay.

# Change it when the recipe below changes, so that old roots are not used any more.
pix_root_recipe=1

pix_suite() {
	case $1 in
	2.3) echo bookworm ;;
	2.4) echo trixie ;;
	*) pix_die "host '$1' has no Debian suite" ;;
	esac
}

pix_root_packages() {
	sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$pix_top/tools/lib/packages.common" \
		"$pix_top/tools/lib/packages.$1" | sort -u
}

pix_root_install_mmdebstrap() {
	command -v mmdebstrap >/dev/null && return
	command -v apt-get >/dev/null || pix_die "mmdebstrap is missing and this machine has no apt-get to install it"
	pix_say "installing mmdebstrap on this machine"
	{
		DEBIAN_FRONTEND=noninteractive apt-get -q update &&
		DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends mmdebstrap
	} </dev/null >"$1" 2>&1 || {
		tail -n 5 "$1" >&2
		pix_die "could not install mmdebstrap: is the network up? (log: $1)"
	}
}

# pix_root_sources SUITE: sources.list lines for SUITE, from the mirrors that this machine's own apt
# uses for its own suite.
pix_root_sources() {
	local suite=$1 own format lines
	own=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	format='$(ORIGIN)|$(CODENAME)|$(COMPONENT)|$(SITE)|$(TRUSTED)|$(SIGNED_BY)'
	lines=$(apt-get indextargets --format "$format" 'Identifier: Packages' 2>/dev/null | sort -u)
	if [[ $lines != Debian\|* && $lines != *$'\n'Debian\|* ]]; then
		# The machine has no package lists yet.
		DEBIAN_FRONTEND=noninteractive apt-get -q update </dev/null >/dev/null 2>&1
		lines=$(apt-get indextargets --format "$format" 'Identifier: Packages' 2>/dev/null | sort -u)
	fi
	local origin codename component site trusted signed
	while IFS='|' read -r origin codename component site trusted signed; do
		[[ $origin == Debian && $component == main ]] || continue
		case $codename in
		"$own"|"$own-updates"|"$own-security") ;;
		*) continue ;;
		esac
		if [[ $signed == /* && -r $signed ]]; then
			echo "deb [signed-by=$signed] $site $suite${codename#"$own"} main"
		else
			echo "deb $site $suite${codename#"$own"} main"
		fi
	done <<<"$lines" | sort -u
}

# What apt needs to reach the mirror: proxies, time-outs, checks that the machine has switched off.
pix_root_aptopts() {
	apt-config dump 2>/dev/null |
		grep -E '^Acquire::(([a-z]+::)?(Proxy|Proxy-Auto-Detect|Verify-Peer|CaInfo|Timeout|AllowRedirect)|Check-Valid-Until|Check-Date|Retries)(::[^ ]*)? "[^"]+";$' |
		sed -e 's/^/--aptopt=/'
}

pix_root_make() {
	local suite=$1 dir=$2 log=$3 tmp sources
	pix_need_root
	pix_root_install_mmdebstrap "$log"
	sources=$(pix_root_sources "$suite")
	[[ -n $sources ]] || pix_die "this machine's apt names no Debian mirror: configure one in /etc/apt and run apt-get update"
	tmp=$(mktemp -d "$pix_cache/.new-$suite-XXXXXX") || pix_die "could not write to $pix_cache (check PIX_CACHE_DIR)"
	chmod 755 "$tmp"
	pix_say "making the Debian root '$suite' (about a minute; log: $log)"
	local -a opts=()
	mapfile -t opts < <(pix_root_aptopts)
	# /etc/hosts and /etc/resolv.conf are mount points for in-root; nothing may start a service.
	if ! mmdebstrap --variant=minbase --mode=root --skip=check/qemu "${opts[@]}" \
		--dpkgopt=force-unsafe-io \
		--include="$(pix_root_packages "$suite" | paste -sd,)" \
		--customize-hook='printf "127.0.0.1 localhost\n::1 localhost\n" >"$1/etc/hosts"' \
		--customize-hook='printf "#!/bin/sh\nexit 101\n" >"$1/usr/sbin/policy-rc.d"; chmod 755 "$1/usr/sbin/policy-rc.d"' \
		--customize-hook='chroot "$1" apt-get clean; rm -f "$1"/etc/machine-id; : >"$1/etc/machine-id"' \
		"$suite" "$tmp/root" - <<<"$sources" >"$log" 2>&1
	then
		rm -rf --one-file-system "$tmp"
		grep -E '^(E:|W:|Err)' "$log" | tail -n 8 >&2
		pix_die "could not make the Debian root '$suite': is the mirror reachable? (log: $log)"
	fi
	mv "$tmp/root" "$dir" && rmdir "$tmp" || pix_die "could not put the new root at $dir"
}

# Roots of other keys that nobody used for three days go away.
pix_root_prune() {
	local suite=$1 keep=$2 old
	for old in "$pix_cache/root-$suite"-*/; do
		old=${old%/}
		[[ -d $old && $old != "$keep" ]] || continue
		[[ -z $(find "$old.used" -newermt '-3 days' 2>/dev/null) ]] || continue
		cat /proc/[0-9]*/mountinfo 2>/dev/null | grep -qF "$old" && continue
		rm -rf --one-file-system "$old" "$old.used" "$old.log"
	done
	find "$pix_cache" -maxdepth 1 -name '.new-*' -mmin +120 -exec rm -rf --one-file-system {} +
}

pix_root() {
	local host=$1 suite key dir
	if [[ -n ${PIX_LOWER:-} ]]; then
		# Inside a root: in-root keeps its pristine lower layer reachable.
		echo "$PIX_LOWER"
		return
	fi
	if [[ $host == system ]]; then
		echo /
		return
	fi
	suite=$(pix_suite "$host") || exit 1
	key=$({ echo "$pix_root_recipe $suite"; pix_root_packages "$suite"; } | sha256sum)
	dir=$pix_cache/root-$suite-${key:0:12}
	if [[ ! -d $dir ]]; then
		mkdir -p "$pix_cache" || pix_die "could not make $pix_cache (check PIX_CACHE_DIR)"
		(
			flock 9
			[[ -d $dir ]] && exit 0
			pix_root_make "$suite" "$dir" "$dir.log"
			: >"$dir.used"
			pix_root_prune "$suite" "$dir"
		) 9>"$pix_cache/.lock-$suite" || exit 1
	fi
	: >"$dir.used" 2>/dev/null
	echo "$dir"
}
