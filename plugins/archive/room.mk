# The room plugins/archive. Paths are relative to the top of the tree.
