"""Makes a new service: its files from ``templates/``, and its name in every list that is written by hand.

Everything happens in a copy of the tree. The tree itself changes at the end, as a whole, or not at all.
"""
