# Paths are relative to the top of the tree. The tarball holds everything that the tools need.
EXTRA_DIST += \
	.ci/run \
	tools/bench \
	tools/build \
	tools/demo \
	tools/in-root \
	tools/sandbox \
	tools/test \
	tools/lib \
	tools/lint
