"""What a process settles with its machine: matrix kernels, limits of malloc, memory given back, how it rounds.

The door, engines and tasks use it; it uses nothing of ours.
The package imports nothing: `processor` acts before numpy is loaded.
"""
