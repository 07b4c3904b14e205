"""A library as small as the assignment."""
