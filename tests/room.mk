# Tests that 'make check' runs: unit tests with the host's lib-test.
include tests/unit/room.mk
include tests/fuzz/room.mk
# The integration tests, their harness and messages are part of the tarball.
EXTRA_DIST += tests/integration tests/mail
