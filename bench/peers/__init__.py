"""Small programs that ours is compared with."""
