# Paths are relative to the top of the tree.
