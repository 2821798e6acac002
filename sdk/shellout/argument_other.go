//go:build !windows

package shellout

// ArgumentLimit is how many bytes of a prompt fit on a command line: Linux takes
// 131,071 in one argument.
const ArgumentLimit = 120_000
