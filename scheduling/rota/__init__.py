"""Who is on call: the rotation, the timeline, and the schedule that is stored."""
