package agent

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// InstructionFiles are the files that tell how to work in a folder; in each
// folder the first one there counts.
var InstructionFiles = []string{"AGENTS.md", "CLAUDE.md"}

const instructionBytes = 32 << 10

// Instruction is one file of instructions.
type Instruction struct {
	Path, Text string
	// Cut says that the file is longer than what is read of it.
	Cut bool
}

// Instructions reads the files that apply: jcode's home first, then from the root
// of the repository down to workingDir, so that the nearest comes last. Problems
// are warnings.
func Instructions(home, workingDir string) (found []Instruction, warnings []string) {
	read := func(path string) bool {
		instruction, err := readInstruction(path)
		switch {
		case err == nil && strings.TrimSpace(instruction.Text) != "":
			found = append(found, instruction)
			if instruction.Cut {
				warnings = append(warnings, fmt.Sprintf("%s is longer than %d KiB; the rest is left out", path, instructionBytes>>10))
			}
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			warnings = append(warnings, "read instructions: "+err.Error())
		}
		return err == nil
	}
	read(filepath.Join(home, InstructionFiles[0]))
	for _, folder := range foldersDown(workingDir) {
		for _, name := range InstructionFiles {
			if read(filepath.Join(folder, name)) {
				break
			}
		}
	}
	return found, warnings
}

// foldersDown lists the folders from the root of the repository to dir; outside
// a repository only dir itself.
func foldersDown(dir string) []string {
	root, _ := gitRoot(dir)
	folders := []string{dir}
	for at := dir; at != root; at = filepath.Dir(at) {
		folders = append(folders, filepath.Dir(at))
	}
	slices.Reverse(folders)
	return folders
}

func readInstruction(path string) (Instruction, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Instruction{}, err
	}
	if !info.Mode().IsRegular() { // a pipe would never end
		return Instruction{}, fmt.Errorf("%s: not a file", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return Instruction{}, err
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, instructionBytes+1))
	if err != nil {
		return Instruction{}, err
	}
	cut := len(data) > instructionBytes
	text := strings.ToValidUTF8(string(data[:min(len(data), instructionBytes)]), "")
	return Instruction{Path: path, Text: text, Cut: cut}, nil
}

func instructionText(instructions []Instruction) string {
	if len(instructions) == 0 {
		return ""
	}
	var out strings.Builder
	out.WriteString("Instructions of the user and the project. The later ones count more.")
	for _, instruction := range instructions {
		fmt.Fprintf(&out, "\n\n# %s\n\n%s", instruction.Path, strings.TrimSpace(instruction.Text))
		if instruction.Cut {
			fmt.Fprintf(&out, "\n\n[cut after %d KiB; the rest is in the file]", instructionBytes>>10)
		}
	}
	return out.String()
}
