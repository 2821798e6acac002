// Package guard runs a command so that nothing it starts outlives the program
// that wanted it: not when that program is killed with SIGKILL, and not if a
// descendant leaves its process group, its session and its parent.
//
// On Linux every running command has a guardian to itself: this same executable,
// started again in a session of its own, with one end of a socket whose other end
// only the program holds (the lifeline). The guardian is a child subreaper, so every
// orphan of the tree comes to it. When the lifeline ends it kills all
// descendants until none is left, removes the folders it was told to, and goes.
// One whose tree is gone while the program lives waits for the next command.
// Other Unix systems have no subreaper: there the guardian kills the process
// group. Windows needs no guardian, a job object does it. Coverage says which.
//
// A program that uses the package calls Main first in its main function, because
// that is where a guardian begins:
//
//	func main() {
//		guard.Main()
//		…
//	}
//
// A test binary calls it first in TestMain. Start refuses to work without, since
// the program would otherwise start itself again and again.
//
// A command that has been started, with what it left in the background, runs on
// until it ends, the program ends, or Terminate or Kill is called. Starting a
// guardian costs a few milliseconds, which commands one after another pay once;
// Prepare pays them ahead of time.
package guard
