//go:build unix

package guard

import (
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	firstStrike = 2 * time.Millisecond  // until the second stroke
	slowStrike  = 50 * time.Millisecond // between strokes when they change nothing
	giveUpAfter = 30 * time.Second      // for what cannot be killed: another user's, or stuck in the kernel
	trimFirst   = 50 * time.Millisecond // not earlier: the first command may be waiting
	trimAgain   = 2 * time.Second       // after a command started or ended
)

var mainCalled atomic.Bool

// Main turns the process into a guardian if it was started as one, and then does
// not return. Otherwise it returns at once. It must be the first thing main does
// in every program that uses the package, before flags, logs and files.
func Main() {
	if len(os.Args) == 2 && os.Args[1] == argMarker && os.Getenv(envMarker) != "" { //nolint:forbidigo // how a guardian knows itself, before there is any configuration
		// There is nothing to flush, and under the race detector os.Exit sleeps a
		// second, for which every end of a tree would wait.
		syscall.Exit(runGuardian())
	}
	mainCalled.Store(true)
}

// guardian is the state of a guardian process. One goroutine owns it, reaping
// included: a pid is thus never signalled after it was given back.
type guardian struct {
	conn     *conn
	messages chan message // closed when the lifeline ends, and nil then
	children chan os.Signal
	timer    *time.Timer
	trimAt   time.Time // zero if nothing is to be trimmed

	tree
}

// tree is the one that the guardian guards now; the zero value while it waits for
// a command. The next command comes only when nothing of the last is left, so
// which process belongs to which command stays a matter of lineage.
type tree struct {
	order    order
	pid      int    // of the command, and its group; 0 before it runs
	reaped   bool   // the command's exit was reported
	release  func() // lets go of the command's thread; nil before it runs
	released bool   // the end of the lifeline is no order to kill

	deadline  time.Time // when a polite end becomes a kill; zero without one
	killing   bool
	killSince time.Time
	interval  time.Duration // until the next stroke
}

func runGuardian() int {
	// Commands are forked by this goroutine, and the kernel takes the end of their
	// thread for the end of their parent.
	runtime.LockOSThread()
	conn, err := newConn(0)
	if err != nil {
		return 1
	}
	closeInherited()
	debug.SetGCPercent(50) // it allocates little; a lower limit has it collect at once, which costs more than it frees
	becomeReaper()
	g := &guardian{
		conn:     conn,
		messages: make(chan message),
		children: make(chan os.Signal, 1),
		timer:    time.NewTimer(trimFirst),
		trimAt:   time.Now().Add(trimFirst),
	}
	signal.Notify(g.children, syscall.SIGCHLD)
	survive()
	go g.listen()
	return g.loop()
}

// closeInherited closes the files that the program itself was started with, a
// pipe of its caller for example, which would see no end while the guardian
// lives. What this process opened is marked to close on exec, they are not.
func closeInherited() {
	entries, err := os.ReadDir(fdFolder)
	if err != nil {
		return
	}
	for _, e := range entries {
		fd, err := strconv.Atoi(e.Name())
		if err != nil || fd < 3 {
			continue
		}
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if err == nil && flags&unix.FD_CLOEXEC == 0 {
			_ = unix.Close(fd)
		}
	}
}

// survive keeps the signals of a terminal or a service manager from ending the
// guardian before its tree. They are caught, not ignored, because the command
// would inherit that; what is ignored already stays so for the same reason.
func survive() {
	drop := make(chan os.Signal, 1) // never read: a full channel drops
	for _, s := range []os.Signal{
		syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM,
		syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGPIPE, syscall.SIGALRM,
	} {
		if !signal.Ignored(s) {
			signal.Notify(drop, s)
		}
	}
}

func (g *guardian) listen() {
	defer close(g.messages)
	for {
		m, err := g.conn.recv()
		if err != nil {
			return
		}
		g.messages <- m
	}
}

// loop runs until nothing is left to guard and nobody could send another command.
// It returns the exit code.
func (g *guardian) loop() int {
	for {
		select {
		case m, ok := <-g.messages:
			if !ok {
				g.lifelineEnded()
			} else if err := g.handle(m); err != nil {
				g.kill()
			}
		case <-g.children:
			g.orphans()
		case <-g.timer.C:
			g.tick()
		}
		if g.over() && g.finish() {
			return 0
		}
		if g.killing && time.Since(g.killSince) > giveUpAfter {
			g.removeFolders()
			return 1 // the program sees the lifeline end without a goodbye
		}
	}
}

// finish says goodbye to a tree of which nothing is left. It reports whether the
// guardian is to go too: without a program, or when it refused a command.
func (g *guardian) finish() bool {
	g.removeFolders()
	if g.release != nil {
		g.release()
	}
	unused := g.pid == 0
	_ = g.conn.send(msgGone, nil) // nobody listens if the program died
	g.tree = tree{}
	g.trimSoon()
	return unused || g.messages == nil
}

func (g *guardian) lifelineEnded() {
	g.messages = nil
	if !g.released {
		g.order.folders = append(g.order.folders, g.order.orphans...)
		g.kill()
	}
}

func (g *guardian) removeFolders() {
	for _, folder := range g.order.folders {
		_ = os.RemoveAll(folder) // there is nobody to tell
	}
}
