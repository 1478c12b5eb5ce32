"""Read encoded images, and write them."""
