"""What has to be said to whom: due events as rows, and the look at tomorrow."""
