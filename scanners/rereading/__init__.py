"""Reading stored evidence again: do the bytes still say what the observation says?"""
