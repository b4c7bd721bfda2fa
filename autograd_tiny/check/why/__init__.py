"""What is wrong with a gradient, in words: read off its numbers, or found by making the mistake."""
