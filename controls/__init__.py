"""What must hold, and what does the evidence say about it?"""
