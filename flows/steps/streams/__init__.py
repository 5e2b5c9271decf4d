"""What can be read of a platform: its posts, the same posts again, who dealt with whom, and a whole blog."""
