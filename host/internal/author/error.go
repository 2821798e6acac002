package author

// Kind says what sort of failure an [Error] is.
type Kind string

// The kinds.
const (
	// KindUsage: what was asked for makes no sense.
	KindUsage Kind = "usage"
	// KindFile: a file or folder cannot be read or written.
	KindFile Kind = "file"
	// KindBuild: the go command is missing, or could not build it.
	KindBuild Kind = "build"
)

// Error is why a plugin could not be made or built.
type Error struct {
	// Op is what was being done, with its object: "new plugin acme".
	Op   string
	Kind Kind
	// Detail is what was found; may be empty when Err says it.
	Detail string
	// Remedy is the next command; may be empty.
	Remedy string
	// Output is what the compiler said, in its lines; may be empty.
	Output string
	Err    error
}

// Error is one line.
func (e *Error) Error() string {
	text := e.Op
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Hint returns the remedy.
func (e *Error) Hint() string { return e.Remedy }
