"""Release, grade and return the assignments of the course."""
