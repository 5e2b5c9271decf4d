"""HOW IT LOOKS: pages made from published tables only."""
