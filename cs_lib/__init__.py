"""Deep Learning for Computer Vision: the library behind the course."""
