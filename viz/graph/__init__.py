"""A recorded graph as the parts of a picture: nodes, wires and boxes, what they are called, what is folded."""
