"""Reviews and ratings."""
