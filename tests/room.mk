# Tests that 'make check' runs: unit tests with the host's lib-test.
include tests/unit/room.mk
