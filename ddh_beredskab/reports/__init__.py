"""Paper: one module per printed document, each a template beside it (`templates/*.typ`) and the facts it is given."""
