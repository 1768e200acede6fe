"""Getting it there: attempts, retries, receipts, fallbacks, posts, replies."""
