# The room plugins/auth-oauth2. Paths are relative to the top of the tree.
