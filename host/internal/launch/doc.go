// Package launch turns a plugin program into a running [sdk.Provider] and ends it
// again. It is the only package of the host that knows go-plugin, whose defaults
// do not suit a program that holds other people's keys: here the environment is an
// allow-list, standard input is a lifeline, the plugin lives in a session of its
// own, and its log lines are read by code that expects the worst of them.
//
// # Start
//
// The program is opened once and hashed. A digest that plugins.lock demands is
// compared before anything is executed, and on Linux what was hashed is what is
// executed: the open file, not the path. The plugin finds a private socket folder,
// a token and an environment of nothing but PATH and the like; what the user
// granted it comes later, in Configure, and nowhere else.
//
// # Life
//
// The socket and its folder are removed as soon as the connection stands, so that
// no crash can leave them behind; a janitor removes what a crash in those few
// milliseconds left. Standard error goes through a pump that caps, strips, redacts
// and keeps the last 64 KiB for the error messages.
//
// # End
//
// Drain, then end of the lifeline, then SIGTERM and SIGKILL for the group. Bundled
// plugins of kind http answer the end of the lifeline within milliseconds and run
// nothing themselves. All others run under package guard, which kills whatever
// they started, also when host and plugin are killed at the same moment. On Linux
// that is every descendant, on other Unix systems the process group, on Windows
// the job.
//
// # Failure
//
// Everything that can go wrong is an [*Error] with a reason, a quotation and a
// remedy. A [Supervisor] starts a plugin that died again, three times in five
// minutes. Whether a request is sent again is its caller's decision.
package launch
