"""A lesson on one page in the browser: text, picture, question and prompt, with this Python behind it."""
