"""What both mirrors ask of their arguments and how they divide their work, written once.

Shapes, options and whole numbers come in, and a plan or a clear error goes out. Nothing here
imports torch; what both draw (alike, from equal generators) or weigh by comes from NumPy.
"""
