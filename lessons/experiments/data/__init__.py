"""What the experiments learn from: small images, made here, and a book."""
