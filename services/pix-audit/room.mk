# The room services/pix-audit. Paths are relative to the top of the tree.
