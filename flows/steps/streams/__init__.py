"""What can be read of a platform: its posts, the same posts again, and who dealt with whom."""
