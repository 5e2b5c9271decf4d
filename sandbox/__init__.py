"""A SMALL WORLD: simulated platforms over real HTTP, and the campaigns that live on them."""
