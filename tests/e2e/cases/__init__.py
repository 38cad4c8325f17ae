"""What customers and staff reported of other shops, tried at the edge of the running system."""
