"""A workflow engine for social casework."""
