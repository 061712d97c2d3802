# The room plugins/sort. Paths are relative to the top of the tree.
