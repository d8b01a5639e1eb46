"""Bad input against every door: refused with a sentence, or set aside with its bytes; nobody falls over."""
