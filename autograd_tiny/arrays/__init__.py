"""What NumPy offers beyond single operations: numbers moved about, products by axes, running totals, linear algebra."""
