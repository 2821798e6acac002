package agent

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const (
	agentFileBytes = 64 << 10
	agentFiles     = 100 // of one folder
)

// SubagentFolders are the folders of a project that may hold types of subagents, the
// nearest last.
func SubagentFolders(workingDir string) []string {
	var folders []string
	for _, folder := range foldersDown(workingDir) {
		folders = append(folders, filepath.Join(folder, ".jcode", "agents"))
	}
	return folders
}

// SubagentFiles are the files of types of subagents in a folder, sorted by name. A
// folder that is not there has none.
func SubagentFiles(folder string) (files []string, err error) {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, entry := range entries {
		if strings.HasSuffix(entry.Name(), ".md") && !strings.HasPrefix(entry.Name(), ".") {
			files = append(files, filepath.Join(folder, entry.Name()))
		}
	}
	return files, err
}

// LoadSubagentTypes reads the types of subagents in a folder. Faults are warnings that
// name the file and the line; a file with one of consequence is left out.
func LoadSubagentTypes(folder string) (types []SubagentType, warnings []string) {
	files, err := SubagentFiles(folder)
	if err != nil {
		warnings = append(warnings, "read subagent types: "+err.Error())
	}
	if len(files) > agentFiles {
		warnings = append(warnings, fmt.Sprintf("%s has %d files; only the first %d are read", folder, len(files), agentFiles))
		files = files[:agentFiles]
	}
	for _, file := range files {
		data, err := readAgentFile(file)
		if err != nil {
			warnings = append(warnings, "read subagent type: "+err.Error())
			continue
		}
		t, faults, ok := parseSubagentType(file, data)
		for _, fault := range faults {
			if !ok {
				fault += "; the file is not used"
			}
			warnings = append(warnings, fault)
		}
		if ok {
			types = append(types, t)
		}
	}
	return types, warnings
}

func readAgentFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // a pipe would never end
		return nil, fmt.Errorf("%s: not a file", path)
	}
	if info.Size() > agentFileBytes {
		return nil, fmt.Errorf("%s: longer than %d KiB", path, agentFileBytes>>10)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	return io.ReadAll(io.LimitReader(file, agentFileBytes))
}

// agentParser reads one file.
type agentParser struct {
	file   string
	faults []string
	bad    bool
}

// fault notes what is wrong at a line of the file.
func (p *agentParser) fault(line int, format string, values ...any) {
	p.faults = append(p.faults, fmt.Sprintf("%s:%d: %s", p.file, line, fmt.Sprintf(format, values...)))
}

// fatal is a fault with which the file cannot be used.
func (p *agentParser) fatal(line int, format string, values ...any) {
	p.bad = true
	p.fault(line, format, values...)
}

// parseSubagentType reads the front matter between two lines of three dashes, and what
// follows as the prompt.
func parseSubagentType(file string, data []byte) (t SubagentType, faults []string, ok bool) {
	p := &agentParser{file: file}
	data = bytes.ReplaceAll(bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF")), []byte("\r\n"), []byte("\n"))
	front, body, found := cutFrontMatter(data)
	if !found {
		p.fatal(1, "no front matter: the file must begin with a line ---, then name, description and so on, then another ---")
		return t, p.faults, false
	}
	t = SubagentType{Name: strings.TrimSuffix(filepath.Base(file), ".md"), File: file, Prompt: strings.ToValidUTF8(strings.TrimSpace(string(body)), "�")}
	p.frontMatter(front, &t)
	switch {
	case p.bad:
	case !isAgentName(t.Name):
		p.fatal(1, "%q is no name of a subagent type: lower-case letters, digits and -, at most 64", t.Name)
	case t.Description == "":
		p.fatal(1, "no description: it tells the model when to use the type")
	case t.Prompt == "":
		p.fatal(1+bytes.Count(front, []byte("\n"))+1, "nothing follows the front matter: the text there tells the subagent what it is")
	}
	return t, p.faults, !p.bad
}

func isAgentName(name string) bool {
	const letters, others = "abcdefghijklmnopqrstuvwxyz", "0123456789-"
	return name != "" && len(name) <= 64 && strings.Contains(letters, name[:1]) && strings.Trim(name, letters+others) == ""
}

func (p *agentParser) frontMatter(front []byte, t *SubagentType) {
	const before = 1 // the first fence
	fields, err := readFrontMatter(string(front))
	var fault *frontMatterError
	if errors.As(err, &fault) {
		p.fatal(fault.line+before, "%s", fault.message)
	}
	for _, f := range fields {
		p.setting(f, f.line+before, t)
	}
}

func (p *agentParser) setting(f field, line int, t *SubagentType) {
	switch f.key {
	case "name":
		t.Name = p.text(f, line)
	case "description":
		t.Description = strings.Join(strings.Fields(p.text(f, line)), " ")
	case "model":
		if t.Model = p.text(f, line); t.Model == "inherit" {
			t.Model = ""
		}
	case "max_turns":
		text := p.text(f, line)
		n, err := strconv.Atoi(text)
		if !p.bad && (err != nil || n < 1 || n > taskTurnsMost) {
			p.fatal(line, "max_turns: %q is no number from 1 to %d", text, taskTurnsMost)
		}
		t.MaxTurns = n
	case "permission_mode":
		t.PermissionMode = p.text(f, line)
		if modes := []string{"read-only", "edit", "auto", "bypass"}; !p.bad && !slices.Contains(modes, t.PermissionMode) {
			p.fatal(line, "permission_mode: %q is none of %s", t.PermissionMode, strings.Join(modes, ", "))
		}
	case "tools":
		p.tools(f, line, t)
	default:
		p.fault(line, "%s is not known and has no effect; there are name, description, tools, model, max_turns and permission_mode", f.key)
	}
}

func (p *agentParser) text(f field, line int) string {
	if f.isList {
		p.fatal(line, "%s must be a text", f.key)
	}
	return strings.TrimSpace(f.text)
}

// tools takes a list, or names with commas between them.
func (p *agentParser) tools(f field, line int, t *SubagentType) {
	names := f.items
	if !f.isList {
		names = strings.Split(f.text, ",")
	}
	t.Tools = []string{}
	for _, name := range names {
		name = strings.ToLower(strings.TrimSpace(name))
		switch {
		case name == "":
		case !slices.Contains(SubagentTools(), name):
			p.fault(line, "tools: a subagent has no tool %q; there are %s", name, strings.Join(SubagentTools(), ", "))
		case !slices.Contains(t.Tools, name):
			t.Tools = append(t.Tools, name)
		}
	}
	slices.Sort(t.Tools)
	if len(t.Tools) == 0 {
		p.fatal(line, "tools: none of them is there")
	}
}
