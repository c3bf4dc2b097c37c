"""Stands between gatecheck and one program: nothing that the program starts outlives it, and it sees only what it should.

Run by gatecheck's own interpreter with `-I -S`, as a process of one thread that imports next to nothing: it is started before every
program of a gate. What to do comes over standard input (see `gatecheck.process.programs`), how it ended goes over a pipe.
In a jail a first process of a pid namespace starts the program, and the kernel kills all that is left in the namespace when that
process ends. Elsewhere the supervisor is the heir of all that the program starts, and kills what is left. When gatecheck dies, so
does everything here.
"""
