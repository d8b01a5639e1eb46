"""One truth, many channels: the guide in force as speech, sms, web text, files and a post, made from the same texts.

Rule kept: nothing is sent from here; each text is there to be copied, and a person says when it is out.
"""
