"""What the citizens' questions say: does a topic rise, which words are new, which questions are the same.

Pure: texts and counts in, findings out; no SQL, no clock, no Danish sentences. Every rule is a known statistical test
or a plain comparison of word stems, named where it stands, so that anybody can check why the screen says what it says.
"""
