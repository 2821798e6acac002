package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
)

const blockBytes = 1 << 20

// blockDigest is what the host's package blockhash computes, on one core: whole is
// the SHA-256 of the same file.
func blockDigest(path string, size int64, whole string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	sum := sha256.New()
	_, _ = fmt.Fprintf(sum, "jcode blocks 1 %d %s\n", size, whole) // a hash takes everything
	for {
		block := sha256.New()
		n, err := io.CopyN(block, f, blockBytes)
		if n > 0 {
			_, _ = sum.Write(block.Sum(nil))
		}
		if errors.Is(err, io.EOF) {
			return hex.EncodeToString(sum.Sum(nil)), nil
		}
		if err != nil {
			return "", fmt.Errorf("hash %s: %w", path, err)
		}
	}
}
