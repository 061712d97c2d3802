# Sourced by every tool: names, places and messages. Plain bash, coreutils and util-linux.

pix_say() { printf '%s\n' "$*" >&2; }
pix_die() { printf '%s: %s\n' "${PIX_TOOL:-${0##*/}}" "$*" >&2; exit 1; }

# The checkout (or unpacked tarball) that holds the tools.
pix_top=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd -P) || exit 1

pix_cache=${PIX_CACHE_DIR:-/var/cache/dovecot-pix}

# pix_check_host HOST: stop at a name that is no host.
pix_check_host() {
	case $1 in
	2.3|2.4|system) ;;
	*) pix_die "unknown host '$1': use --host 2.3, 2.4 or system" ;;
	esac
	if [[ -n ${PIX_IN_ROOT:-} && $1 != "$PIX_IN_ROOT" ]]; then
		pix_die "this is the root of host $PIX_IN_ROOT: host $1 can't be used from here"
	fi
}

# pix_version HOST: 2.3 or 2.4, also for the host `system`.
pix_version() {
	case $1 in
	system)
		case $(dovecot --version 2>/dev/null) in
		2.3.*) echo 2.3 ;;
		2.4.*) echo 2.4 ;;
		*) pix_die "host system: no Dovecot 2.3 or 2.4 is installed" ;;
		esac ;;
	*) echo "$1" ;;
	esac
}

pix_need_root() {
	local tool
	[[ $(id -u) == 0 ]] || pix_die "must run as root: it makes private mount namespaces (use sudo)"
	for tool in mount unshare nsenter flock; do
		command -v "$tool" >/dev/null || pix_die "the command $tool is missing on this machine (packages mount and util-linux)"
	done
}
