# The room services/pix-archive. Paths are relative to the top of the tree.
