package shellout

// For the tests of what reads the output.
var (
	ReadLines     = readLines
	ReadText      = readText
	EnvironmentOn = environmentOn
	ErrLast       = errLast
)

// Unit is the length of what must not be split at the beginning of data.
func Unit(data []byte) int { return unit(data) }

// TailOf is what is kept of writes to standard error.
func TailOf(c Command, writes ...[]byte) string {
	t := newTail(c)
	for _, b := range writes {
		_, _ = t.Write(b)
	}
	t.finish()
	return t.String()
}
