// Package blockhash gives a file a digest that several processor cores can compute
// together. SHA-256 of the whole runs on one, and a program of 15 MB keeps it busy
// for longer than the program takes to start.
//
// The digest speeds up the answer "this is the file with that SHA-256", and never
// gives it where it is wrong: the SHA-256 is part of what is hashed, so neither can be
// exchanged without the other. Who finds it different, or has none, hashes the whole.
package blockhash

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
)

const (
	blockBytes = 1 << 20
	// readBytes fit into a core's own cache, where they are hashed right after.
	readBytes = 128 << 10
	// maxWorkers is where memory becomes slower than the cores.
	maxWorkers = 4
)

// Sum returns the digest of r's first size bytes in lower-case hex: the SHA-256 of
// one line, "jcode blocks 1 SIZE WHOLE" with a line feed, and of the SHA-256 of each
// block of 1 MiB, the last one shorter. whole is the SHA-256 of the same bytes, which
// Sum believes. It reads from several goroutines.
func Sum(r io.ReaderAt, size int64, whole string) (string, error) {
	blocks := make([][sha256.Size]byte, (size+blockBytes-1)/blockBytes)
	workers := min(runtime.GOMAXPROCS(0), maxWorkers, len(blocks))
	errs := make([]error, workers)
	var next atomic.Int64
	var wait sync.WaitGroup
	for i := range workers {
		wait.Go(func() { errs[i] = hashBlocks(r, size, blocks, &next) })
	}
	wait.Wait()
	if err := errors.Join(errs...); err != nil {
		return "", err
	}
	sum := sha256.New()
	_, _ = fmt.Fprintf(sum, "jcode blocks 1 %d %s\n", size, whole) // a hash takes everything
	for i := range blocks {
		_, _ = sum.Write(blocks[i][:])
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// Whole returns the SHA-256 of r's first size bytes in lower-case hex, on one core. It
// reads at offsets: a file's own offset stays untouched.
func Whole(r io.ReaderAt, size int64) (string, error) {
	sum := sha256.New()
	_, err := io.CopyBuffer(sum, onlyReader{io.NewSectionReader(r, 0, size)}, make([]byte, readBytes))
	return hex.EncodeToString(sum.Sum(nil)), err
}

// hashBlocks hashes one block after the other that nobody else has taken.
func hashBlocks(r io.ReaderAt, size int64, blocks [][sha256.Size]byte, next *atomic.Int64) error {
	buffer := make([]byte, min(readBytes, size))
	sum := sha256.New()
	for {
		i := next.Add(1) - 1
		if i >= int64(len(blocks)) {
			return nil
		}
		start := i * blockBytes
		sum.Reset()
		section := io.NewSectionReader(r, start, min(blockBytes, size-start))
		n, err := io.CopyBuffer(sum, onlyReader{section}, buffer)
		if err != nil {
			return err
		}
		if n != section.Size() {
			return io.ErrUnexpectedEOF
		}
		sum.Sum(blocks[i][:0])
	}
}

// onlyReader hides WriteTo, which would choose a smaller buffer.
type onlyReader struct{ io.Reader }
