"""Show output folders of `carreau model` on this machine, until a bundle is made of them."""
