"""Drawing: plain numbers in, the bytes of a picture or the text of a page out; opens no file, does no statistics."""
