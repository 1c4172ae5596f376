"""Charts as plain numbers: where each line, bar and tile lies. Pages draw them as SVG, prints with their own means."""
