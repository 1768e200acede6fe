"""Who is on call: the rotation, the timeline, and the stored schedule."""
