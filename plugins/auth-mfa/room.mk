# The room plugins/auth-mfa. Paths are relative to the top of the tree.
