"""terminal - a program in a terminal of its own, steered by lines on stdin.

`keys TEXT`, `size COLUMNS ROWS`, `signal NUMBER`, `modes`. What it draws goes to stdout. On stderr there
is an answer to `modes` (are the terminal's as at the beginning?), and at the end `ended STATUS`."""

import fcntl, os, pty, select, signal, struct, sys, termios


def size(fd, columns, rows):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))


def tell(*words):
    print(*words, file=sys.stderr, flush=True)


master, slave = pty.openpty()
size(slave, 100, 30)
before = termios.tcgetattr(slave)
news, newsmaker = os.pipe()


def report(text):
    os.write(newsmaker, text.encode() + b'\n')


def run():
    """As a shell does: it has the session, and the program a process group of its own in front. (In
    one without a shell behind it nothing can be stopped.)"""
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    program = os.fork()
    if program == 0:
        os.setpgid(0, 0)
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        os.tcsetpgrp(slave, os.getpid())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        for fd in range(3):
            os.dup2(slave, fd)
        os.execv(sys.argv[1], sys.argv[1:])
    report(f'program {program}')
    while True:
        _, status = os.waitpid(program, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            report(f'ended {os.waitstatus_to_exitcode(status)}')
            os._exit(0)
        report('stopped')


if os.fork() == 0:
    run()
child = int(os.read(news, 100).split()[1])
pending = b''
while True:
    ready, _, _ = select.select([master, 0, news], [], [])
    if master in ready:
        os.write(1, os.read(master, 65536))
    if 0 in ready:
        more = os.read(0, 65536)
        if not more:
            os.kill(child, 9)
            break
        pending += more
    while b'\n' in pending:
        line, pending = pending.split(b'\n', 1)
        word, _, rest = line.partition(b' ')
        if word == b'keys':
            os.write(master, rest.decode('unicode_escape').encode('latin-1'))
        elif word == b'size':
            size(master, *map(int, rest.split()))
        elif word == b'signal':
            os.kill(child, int(rest))
        elif word == b'modes':
            tell('modes', 'same' if termios.tcgetattr(slave) == before else 'changed')
    if ready == [news]:
        what = os.read(news, 100).decode().strip()
        if what.startswith('ended'):
            tell('modes', 'same' if termios.tcgetattr(slave) == before else 'changed')
        tell(what)
        if what.startswith('ended'):
            break
