"""From a template to paper: the markup, its tree, and the writers of each format."""
