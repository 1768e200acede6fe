"""What is said, and what a reply says. Pure: the standard library only."""
