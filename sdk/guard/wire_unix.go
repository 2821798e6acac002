//go:build unix

package guard

import (
	"encoding/binary"
	"errors"
)

// What the program tells the guardian, and what the guardian tells the program.
const (
	msgStart     = 'S' // an order; the files come with it
	msgTerminate = 'T' // grace in nanoseconds
	msgSignal    = 'G' // signal number, for the group of the command
	msgQuery     = 'Q'
	msgRelease   = 'L'

	msgStarted = 's' // pid
	msgFailed  = 'e' // errno
	msgExited  = 'x' // wait status
	msgAnswer  = 'd' // pids of the descendants
	msgGone    = 'g'
)

// order is the start message: what of a Command is not a file.
type order struct {
	path, dir          string
	args, env, folders []string
	// orphans are folders to remove when the program died.
	orphans  []string
	terminal bool
	// landlock says that the last file is a ruleset for the command.
	landlock bool
}

// The bits of an order's last byte.
const (
	flagTerminal = 1 << iota
	flagLandlock
	flagsEnd
)

var errMalformed = errors.New("malformed message")

func (o order) encode() []byte {
	var b []byte
	b = appendStrings(b, []string{o.path, o.dir})
	b = appendStrings(b, o.args)
	b = appendStrings(b, o.env)
	b = appendStrings(b, o.folders)
	b = appendStrings(b, o.orphans)
	var flags byte
	if o.terminal {
		flags |= flagTerminal
	}
	if o.landlock {
		flags |= flagLandlock
	}
	return append(b, flags)
}

func decodeOrder(b []byte) (order, error) {
	var lists [5][]string
	for i := range lists {
		var err error
		if lists[i], b, err = takeStrings(b); err != nil {
			return order{}, err
		}
	}
	if len(lists[0]) != 2 || len(b) != 1 || b[0] >= flagsEnd {
		return order{}, errMalformed
	}
	return order{
		path: lists[0][0], dir: lists[0][1],
		args: lists[1], env: lists[2], folders: lists[3], orphans: lists[4],
		terminal: b[0]&flagTerminal != 0, landlock: b[0]&flagLandlock != 0,
	}, nil
}

func appendStrings(b []byte, list []string) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	for _, s := range list {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	return b
}

func takeStrings(b []byte) ([]string, []byte, error) {
	count, b, err := takeNumber(b)
	if err != nil || count > uint64(len(b)) {
		return nil, nil, errMalformed
	}
	list := make([]string, 0, count)
	for range count {
		var n uint64
		if n, b, err = takeNumber(b); err != nil || n > uint64(len(b)) {
			return nil, nil, errMalformed
		}
		list = append(list, string(b[:n]))
		b = b[n:]
	}
	return list, b, nil
}

func encodeNumbers(list ...int) []byte {
	var b []byte
	for _, n := range list {
		b = binary.AppendUvarint(b, uint64(n)) //nolint:gosec // pids, signals and durations are not negative
	}
	return b
}

func decodeNumbers(b []byte) ([]int, error) {
	var list []int
	for len(b) > 0 {
		var n uint64
		var err error
		if n, b, err = takeNumber(b); err != nil || int(n) < 0 { //nolint:gosec // checked here
			return nil, errMalformed
		}
		list = append(list, int(n)) //nolint:gosec // checked above
	}
	return list, nil
}

// decodeNumber is decodeNumbers for a message that holds exactly one.
func decodeNumber(b []byte) (int, error) {
	list, err := decodeNumbers(b)
	if err != nil || len(list) != 1 {
		return 0, errMalformed
	}
	return list[0], nil
}

func takeNumber(b []byte) (uint64, []byte, error) {
	n, size := binary.Uvarint(b)
	if size <= 0 {
		return 0, nil, errMalformed
	}
	return n, b[size:], nil
}
