# Sourced: a private root file system, made of overlays, for one command or one sandbox.
#
# Everything here runs in a mount namespace of its own (unshare --mount), so that nothing has to be
# taken down: the mounts end with the last process that sees them. What is written to the root lives
# on a tmpfs and ends with it too.

# pix_ns_root LOWER…: mount the overlay (first LOWER wins) and set pix_new to its mount point.
pix_ns_root() {
	local at=$pix_cache/.ns lower
	mkdir -p "$at" && mount -t tmpfs -o mode=755,size=75% pix-root "$at" ||
		pix_die "could not mount: are mounts allowed here? (in a container it needs CAP_SYS_ADMIN)"
	mkdir "$at/upper" "$at/work" "$at/root"
	printf -v lower '%s:' "$@"
	mount -t overlay -o "lowerdir=${lower%:},upperdir=$at/upper,workdir=$at/work" pix-root "$at/root" ||
		pix_die "could not mount an overlay of ${*}: does this kernel have overlayfs?"
	pix_new=$at/root
	mount --rbind /proc "$pix_new/proc" &&
		mount --rbind /dev "$pix_new/dev" &&
		mount --rbind /sys "$pix_new/sys" &&
		mount -o remount,bind,ro "$pix_new/sys" || pix_die "could not bind /proc, /dev and /sys"
	if [[ -r /etc/resolv.conf ]]; then
		rm -f "$pix_new/etc/resolv.conf"
		cat /etc/resolv.conf >"$pix_new/etc/resolv.conf"
	fi
	{ cat "$pix_new/etc/hosts" 2>/dev/null; echo "127.0.0.1 $(uname -n)"; } >"$at/hosts"
	cat "$at/hosts" >"$pix_new/etc/hosts"
	# Sandboxes that are made from in here take the same lower layer, not this overlay: the kernel
	# allows overlays to be stacked only twice.
	mkdir -p "$pix_new/.pix-root"
	mount --bind "${!#}" "$pix_new/.pix-root" || pix_die "could not bind ${!#}"
}

# pix_ns_bind SOURCE [TARGET]: show SOURCE at TARGET (default: the same path).
pix_ns_bind() {
	local source=$1 target=$pix_new${2:-$1}
	if [[ -d $source ]]; then
		mkdir -p "$target"
	else
		mkdir -p "${target%/*}"
		[[ -e $target ]] || : >"$target"
	fi
	mount --rbind "$source" "$target" || pix_die "could not bind $source"
}

# pix_ns_bind_reachable DIR: like pix_ns_bind DIR, but every user can reach it, whatever the modes of
# the folders above it outside are.
pix_ns_bind_reachable() {
	local path='' part
	local -a parts
	IFS=/ read -r -a parts <<<"${1#/}"
	for part in "${parts[@]::${#parts[@]}-1}"; do
		path+=/$part
		if [[ ! -d $pix_new$path ]]; then
			mkdir "$pix_new$path"
			chmod 755 "$pix_new$path"
		elif [[ $(stat -c %A "$pix_new$path") == *[xt] ]]; then
			:
		elif [[ $(stat -c %m "$pix_new$path") == "$pix_new" ]]; then
			chmod o+x "$pix_new$path"
		else
			# Inside the checkout: nothing outside may change.
			mount -t tmpfs -o mode=755,size=1m pix-dir "$pix_new$path"
		fi
	done
	pix_ns_bind "$1"
}

pix_ns_bind_checkout() {
	local shared=${pix_top%/*}/shared
	pix_ns_bind "$pix_top"
	if [[ -d $shared ]]; then
		pix_ns_bind "$(cd "$shared" && pwd -P)" "$shared"
		mount -o remount,bind,ro "$pix_new$shared"
	fi
}

# pix_ns_exec DIR ENV… -- CMD…: become CMD inside the new root, in DIR, with a small clean environment.
pix_ns_exec() {
	local dir=$1 name
	local -a env=()
	shift
	for name in TERM CI SOURCE_DATE_EPOCH IMAPTEST IMAPTEST_TESTS ${!PIX_@}; do
		[[ -n ${!name+set} && $name != PIX_CACHE_DIR ]] && env+=("$name=${!name}")
	done
	while [[ $1 != -- ]]; do
		env+=("$1")
		shift
	done
	shift
	[[ -d $pix_new$dir ]] || dir=/
	exec chroot "$pix_new" /usr/bin/env -i -C "$dir" HOME=/tmp LANG=C.UTF-8 USER=root LOGNAME=root \
		PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		"${env[@]}" PIX_LOWER=/.pix-root "$@"
}
