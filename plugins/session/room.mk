# The room plugins/session. Paths are relative to the top of the tree.
