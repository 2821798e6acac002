// Package fingerprint tells whether a file is as it was, by what the system says of it
// and without reading it. It knows nothing, and says so, where a program could set all
// that the system says: on file systems without a time of change of their own, and on
// systems other than Linux and macOS.
package fingerprint

import "time"

// File is what the system says of a file, or of a folder and the names in it, that
// changes with its content: with any write the time of the last change, which no program
// can set. Two are compared with ==.
type File struct {
	Device   uint64 `json:"device"`
	Inode    uint64 `json:"inode"`
	Size     int64  `json:"size"`
	Modified int64  `json:"modified_ns"`
	Changed  int64  `json:"changed_ns"`
}

// How old a file's last change must be when it is looked at: one that is younger could
// change once more within the resolution of the clock that stamps changes.
const (
	// Settled is enough for every system, and what is asked where a mistake would have a
	// changed program run.
	Settled = 2 * time.Second
	// settledFine is enough where fractions of a second are stamped: by the system's
	// tick, which is 10 ms and may come late.
	settledFine = 100 * time.Millisecond
)

// Before reports whether the last change of the file was so long before a moment.
func (f File) Before(moment time.Time, age time.Duration) bool {
	return moment.Sub(time.Unix(0, f.Changed)) >= age
}

// SettledBefore reports whether it was long enough before for any later change to show.
func (f File) SettledBefore(moment time.Time) bool {
	if f.Changed%int64(time.Second) == 0 { // whole seconds: an old ext4, HFS+
		return f.Before(moment, Settled)
	}
	return f.Before(moment, settledFine)
}
