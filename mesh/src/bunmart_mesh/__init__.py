"""The call policy, what is rendered from it, and the certificates of the mesh: all of it for production."""
