// Package session keeps conversations: one append-only file of JSON lines per
// session, under sessions/<project>/<id>.jsonl of jcode's home, and beside it a
// folder <id>/ for spooled tool output.
//
// A turn costs what it adds: nothing is ever rewritten. A process that dies in
// the middle of a line leaves a torn last line, which the next writer cuts off
// and reports; damage anywhere else is an error that names file and line. One
// process writes a session at a time.
package session
