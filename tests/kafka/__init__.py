"""What others meet on our topics."""
