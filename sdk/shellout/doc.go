// Package shellout runs a vendor's command-line program for one turn: prompt in,
// answer out, and nothing of it left behind. Every provider that stands on a
// vendor's program uses it, bundled or not.
//
// # A turn
//
// Find the program, run it, read its lines, judge its end: the example shows it.
// [RunLines] is for programs that print one JSON object on a line, [RunText] for
// those that print the answer itself, [Collect] for small outputs such as a list
// of models, [Probe] for help texts, which it caches.
//
// # What the package answers for
//
//   - The program runs in a session of its own under sdk/guard: it and all it
//     starts are gone when the run returns, and within a second of the death of
//     this process. A process that holds standard output cannot delay that.
//   - Cancelling the context, a limit, or an error of the caller's function sends
//     the command's [Step] ladder, at most five seconds of it, then SIGKILL. That
//     it was us is remembered: an exit status of 0 after our signal is still an
//     error of kind cancelled.
//   - After the vendor's last event the program gets a grace to leave by itself.
//     A program that stays is ended, and the turn remains a success.
//   - Standard error is read to its end whatever comes, and the last of it kept
//     without control bytes and secrets.
//
// What an exit status means without a last event is the caller's to judge: the
// facts are in [Exit].
//
// # Errors
//
// Errors of this package are [*sdk.Error]. A program that is not there or is for
// another machine is of kind cli_missing, one that may not be executed, a missing
// folder or a bad path of kind configuration, too many bytes of arguments of kind
// context_too_long, bytes that no argument can hold of kind invalid_request. A
// program that says nothing, at its start or later, is of kind network: nobody
// said overloaded. Only the silence at the start is retryable, since afterwards
// the program may have run tools.
//
// A program that uses this package calls guard.Main first in main; plugin.Serve
// does it.
package shellout
