# The room services/pix-identity. Paths are relative to the top of the tree.
