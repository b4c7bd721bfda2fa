"""Words in networks: the next word, what a sentence is about, each word's part, and facts as translations."""
