"""Pictures of the experiments: charts, matrices, points, networks, automata, as SVG."""
