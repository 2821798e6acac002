// Package cliprovider is a whole [sdk.Provider] for a vendor's command-line agent
// that answers one prompt per run, logs in by itself and runs its own tools. What
// differs from vendor to vendor is a [CLI]: tables, and a few functions without
// I/O. [New] makes the provider.
//
// # The floor, and what stands on it
//
// A CLI says how its program has always been called: that is the floor, and all
// that a program without a help text sees. Newer flags are used only where the
// installed program's own help lists them. The help is asked for once, with the
// one argument "--help", and kept for as long as the program is the same file;
// JCODE_CLI_PROBE=0 does without it, and so keeps to the floor.
//
// # A turn
//
// Generate finds the program, reads its help, refuses what the program cannot
// enforce, and has it answer. Where the program knows the conversation it is sent
// the new turn, else the transcript: on standard input if it takes it there, else
// as an argument of at most [shellout.ArgumentLimit] bytes. Its lines go through
// the CLI's [Decoder] into an [Answer].
//
// A run that failed before anything was shown is tried again for one of these
// reasons, each once: the program has lost the conversation, it rejects a flag that
// its help lists, it does not have the default model, the prompt was too long, or
// it began to wait for somebody.
//
// # Errors
//
// Why a run failed is looked up in the CLI's table of [Failure] by the beginnings
// of lines that the program printed beside its answer, and only when it failed:
// answers quote error messages.
package cliprovider
