# The organisation's scripts, as they are shipped: before/ runs in front of users' own scripts, after/ behind them.
# "doveadm pix sort install" compiles them and puts them into force.
sievebeforedir = $(sharedir)/sieve/before
dist_sievebefore_DATA = \
	sieve/before/10-pix-dmarc.sieve \
	sieve/before/20-pix-virus.sieve \
	sieve/before/30-pix-spam.sieve \
	sieve/before/40-pix-impersonation.sieve \
	sieve/before/50-pix-lists.sieve
